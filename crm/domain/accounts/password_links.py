"""One-time links to set a password: for who forgot it, and for who is invited (A-1, O-1).

Whoever knows the link may set the person's password, so it holds 256 random bits of which only the hash is kept, it is
good once and not for long, and it dies with the password and the email address for which it was made. The second
factor is still asked for at signing in.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from crm.domain.accounts.sign_in import end_sessions, find_user, token_hash
from crm.domain.platform.mail import is_mail_configured, queue_email
from crm.domain.platform.settings import FirmSettings, read_settings
from crm.entities.record_saving import Actor, stamp
from crm.errors import DomainError
from crm.i18n import N_, say
from crm.models import MailMessage, PasswordLink, SystemLog, User

RESET, INVITATION = "reset", "invitation"
GOOD_FOR = {RESET: timedelta(minutes=30), INVITATION: timedelta(days=7)}
MAX_RESETS, WITHIN = 3, timedelta(hours=1)
"""So many links a person is sent in so long a time, whoever asks for them."""
KEPT = timedelta(days=30)
ASKED = "password_asked"
"""The kind of row in the system log of whoever asks at the login page, for a login that exists or not."""
MAX_REQUESTS, ASKED_WITHIN = 10, timedelta(minutes=15)
"""So often one address may ask."""
DEAD = N_("This link was already used or has expired. Please ask for a new one.")

SUBJECTS = {
    RESET: N_("Set a new password for %(login)s"),
    INVITATION: N_("%(firm)s: your login is %(login)s"),
}
BODIES = {
    RESET: N_(
        "Open the address below within 30 minutes and choose a new password. If you did not ask for this, please "
        "ignore this email: nothing has changed."
    ),
    INVITATION: N_("Open the address below within 7 days and choose your password. After that you can sign in."),
}


def can_email_links(firm: FirmSettings) -> bool:
    """Whether links can be sent: there must be a mail server, and the address under which the program is reached.

    It is never taken from the request that asks for a link, which may name any host.
    """
    return is_mail_configured(firm) and bool(firm.mail_site)


def make_link(session: Session, user: User, purpose: str, now: datetime, made_by_id: int | None = None) -> str:
    """The token of a new link; earlier ones of the person for the same purpose are dead from now on."""
    session.execute(delete(PasswordLink).where(PasswordLink.user_id == user.id, PasswordLink.made_at < now - KEPT))
    end_links(session, user.id, now, purpose)
    token = secrets.token_urlsafe(32)
    session.add(
        PasswordLink(
            token_hash=token_hash(token),
            user_id=user.id,
            purpose=purpose,
            mark=_credentials_mark(user),
            made_at=now,
            made_by_id=made_by_id,
            expires_at=now + GOOD_FOR[purpose],
        )
    )
    session.flush()
    return token


def end_links(session: Session, user_id: int, now: datetime, purpose: str = "") -> None:
    """No link of the person opens anything any more, or none of a purpose."""
    ending = update(PasswordLink).where(PasswordLink.user_id == user_id, PasswordLink.ended_at.is_(None))
    if purpose:
        ending = ending.where(PasswordLink.purpose == purpose)
    session.execute(ending.values(ended_at=now).execution_options(synchronize_session=False))


def person_of_link(session: Session, token: str, now: datetime) -> User | None:
    """Whose password the token may set; None for one that is used, expired, unknown, or of a closed account."""
    statement = (
        select(User, PasswordLink.mark)
        .join(PasswordLink, PasswordLink.user_id == User.id)
        .where(PasswordLink.token_hash == token_hash(token), *_is_open(now))
    )
    row = session.execute(statement).first()
    if row is None:
        return None
    user: User = row[0]
    return user if user.is_active and row[1] == _credentials_mark(user) else None


def set_password_by_link(session: Session, token: str, password_hash: str, actor: Actor) -> User:
    """The person's new password; all their sessions end, and the link with them.

    `actor` is the person, as nobody else may know the token. Raises DomainError where the link is dead.
    """
    user = person_of_link(session, token, actor.now)
    statement = update(PasswordLink).where(PasswordLink.token_hash == token_hash(token), *_is_open(actor.now))
    statement = statement.values(ended_at=actor.now).returning(PasswordLink.id)
    # Of two who use it at once, one finds it open.
    if user is None or session.scalar(statement.execution_options(synchronize_session=False)) is None:
        raise DomainError(DEAD)
    user.password_hash, user.must_change_password = password_hash, False
    stamp(user, actor)
    end_links(session, user.id, actor.now)
    end_sessions(session, user.id, actor.now)
    session.flush()
    return user


def asked_from(session: Session, address: str, now: datetime) -> timedelta:
    """How long nobody at the address may ask; zero while there are tries left."""
    recent = (SystemLog.kind == ASKED, SystemLog.address == address, SystemLog.at > now - ASKED_WITHIN)
    moments = session.scalars(
        select(SystemLog.at).where(*recent).order_by(SystemLog.at.desc()).limit(MAX_REQUESTS)
    ).all()
    if len(moments) < MAX_REQUESTS:
        return timedelta()
    return min(max(moments[-1] + ASKED_WITHIN - now, timedelta()), ASKED_WITHIN)


def send_reset_link(session: Session, login: str, path: str, now: datetime) -> User | None:
    """Queue the email for whoever has the login; None where there is nobody, or none can or may be sent."""
    user = find_user(session, login)
    if user is None or not _resets_left(session, user.id, now):
        return None
    return user if email_link(session, user, RESET, path, now) is not None else None


def _resets_left(session: Session, user_id: int, now: datetime) -> bool:
    """Whether one more may be sent to the person: nobody's mailbox is filled by strangers."""
    recent = select(func.count()).where(
        PasswordLink.user_id == user_id, PasswordLink.purpose == RESET, PasswordLink.made_at > now - WITHIN
    )
    return (session.scalar(recent) or 0) < MAX_RESETS


def email_link(
    session: Session, user: User, purpose: str, path: str, now: datetime, made_by_id: int | None = None
) -> MailMessage | None:
    """Make a link and queue its email; None where no email can go to the person, and no link is made then.

    `path` is the address within this site, up to the token.
    """
    firm = read_settings(session)
    if not can_email_links(firm) or not user.email or not user.is_active:
        return None
    token = make_link(session, user, purpose, now, made_by_id)
    values = {"login": user.login, "firm": firm.firm_name}
    body = say(user.language or firm.language, BODIES[purpose])
    key = f"password-link-{token_hash(token)}"
    return queue_email(session, key, user.id, SUBJECTS[purpose], values, now, body, private_url=f"{path}{token}")


def _is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return PasswordLink.ended_at.is_(None), PasswordLink.expires_at > now


def _credentials_mark(user: User) -> str:
    """Another password or address, another mark."""
    return hashlib.sha256(f"{user.password_hash}\n{user.email or ''}".encode()).hexdigest()
