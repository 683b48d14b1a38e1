"""The firm's picture: on every page's bar, on the login page and on sheets for paper (D-6)."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.domain.platform.settings import FirmSettings, change_settings
from crm.errors import DomainError
from crm.i18n import N_
from crm.models import FirmLogo

DRAWABLE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"})
NO_PICTURE = N_("%(name)s is no picture that can be shown. Please choose a PNG, JPEG, GIF, WebP or BMP file.")


def check_picture(media_type: str, name: str) -> None:
    """Raises DomainError for what is no picture by its content. SVG is none: it can hold programs."""
    if media_type not in DRAWABLE:
        raise DomainError(NO_PICTURE, name=name)


def save_logo(session: Session, picture: Path) -> None:
    """The small PNG that was drawn of the sent file becomes the firm's logo."""
    png = picture.read_bytes()
    digest = sha256(png).hexdigest()
    width, height = (int.from_bytes(png[offset : offset + 4], "big") for offset in (16, 20))
    session.execute(delete(FirmLogo).where(FirmLogo.digest != digest))
    if session.get(FirmLogo, digest) is None:
        session.add(FirmLogo(digest=digest, png=png, width=width, height=height))
    change_settings(session, logo=digest)


def remove_logo(session: Session) -> None:
    session.execute(delete(FirmLogo))
    change_settings(session, logo="")


def embedded_logo(session: Session, firm: FirmSettings) -> str:
    """The picture as an address that holds it whole: sheets fetch nothing. Empty where there is none."""
    logo = session.get(FirmLogo, firm.logo) if firm.logo else None
    return f"data:image/png;base64,{b64encode(logo.png).decode()}" if logo is not None else ""
