"""The private address of a person's calendar: made, renewed, revoked, and who is behind it (S-6).

Whoever knows the address reads the calendar, without signing in: so it holds 256 random bits, of which only the hash
is kept. It is shown when it is made, and never again.
"""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.accounts.sign_in import token_hash
from crm.domain.customers.owners import ACTIVE
from crm.entities.record_saving import Actor
from crm.models import CalendarAddress, Permission, User, rights_of


def make_address(session: Session, actor: Actor) -> str:
    """The secret part of a new address; a former one is dead from now on."""
    revoke_address(session, actor)
    token = secrets.token_urlsafe(32)
    session.add(CalendarAddress(user_id=actor.user_id, token_hash=token_hash(token), made_at=actor.now))
    session.flush()
    return token


def revoke_address(session: Session, actor: Actor) -> None:
    former = address_of(session, actor.user_id)
    if former is not None:
        session.delete(former)
        session.flush()


def address_of(session: Session, user_id: int) -> CalendarAddress | None:
    return session.scalars(select(CalendarAddress).where(CalendarAddress.user_id == user_id)).first()


def person_of_token(session: Session, token: str) -> User | None:
    """The person of this token, with their rights; None where the account is closed or may no longer see a schedule."""
    statement = (
        select(User)
        .join(CalendarAddress, CalendarAddress.user_id == User.id)
        .where(CalendarAddress.token_hash == token_hash(token), *ACTIVE)
    )
    user = session.scalars(statement).first()
    if user is None:
        return None
    user.rights = rights_of(session, user)
    return user if user.rights.may(Permission.SCHEDULE_VIEW) else None
