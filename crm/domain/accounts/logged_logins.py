"""What the system log keeps of a login that was typed (L-2, A-9).

A password typed into the wrong field must not stand there, nor in an export of the log. So only the login of somebody
who is there, or was, is kept as it is. Of anything else stand the first two characters and a mark: the same for the
same text, so that tries can be counted, and made with the installation's key, so that nobody can find the text by
trying.
"""

import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.installation.encryption import derived_key
from crm.models import User
from crm.models.encrypted import KEY
from crm.text import login_key
from crm.text.visible import escape_invisible

LABEL = b"shuke-crm unknown logins in the log, 1"
SHOWN = 2
SHORT = 6
"""Below so many characters one is shown, and of fewer than three none: most of it would stand there."""
MARK_DIGITS = 10


def logged_login(session: Session, login: str) -> str:
    """The name under which the system log keeps, and counts, the tries of what was typed as login."""
    key = login_key(login)
    known = User.login_key.in_({key, login.strip().casefold()[:60]})
    if not key or session.scalar(select(User.id).where(known).limit(1)) is not None:
        return key
    secret = derived_key(str(getattr(session.get_bind().dialect, KEY)), LABEL)
    mark = hmac.digest(secret, key.encode(errors="surrogatepass"), "sha256").hex()[:MARK_DIGITS]
    return f"{escape_invisible(key[: _shown_length(key)])}… #{mark}"


def _shown_length(key: str) -> int:
    return SHOWN if len(key) >= SHORT else int(len(key) > SHOWN)
