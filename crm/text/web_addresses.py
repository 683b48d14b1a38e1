"""Addresses of pages, as people write them: what may become a link (hostile case 36)."""

from __future__ import annotations

import html
import re
import unicodedata

from crm.text.characters import is_blank, is_invisible
from crm.text.numbers import half_width

MAX_LENGTH = 200
SCHEMES = ("http", "https")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_PORT = re.compile(r"[0-9]{1,5}(?:[/?#]|$)")
_PART = re.compile(r"\w[\w-]*", re.IGNORECASE)
_NUMBERED = re.compile(r"\[[0-9a-f:.]+\]", re.IGNORECASE)


def normalize_url(typed: str) -> str | None:
    """The address, half width and with its scheme; None where it is none, or of another one than http and https.

    Without a scheme it gets http, which every server answers or leads on from: a link without one would lead to a page
    of this program.

    It must be one to the most willing reader, too: with compatible letters made plain and entities decoded, so that
    nothing becomes another scheme on its way into a page.
    """
    address = half_width(typed[: 2 * MAX_LENGTH]).replace("。", ".").strip().removeprefix("//")
    if len(address) > MAX_LENGTH or not address:
        return None
    readings = {address, unicodedata.normalize("NFKC", address), html.unescape(address)}
    schemes = {_scheme_of(reading) for reading in readings}
    if len(schemes) > 1 or None in schemes:
        return None
    return address if schemes.pop() else f"http://{address}"


def _scheme_of(address: str) -> str | None:
    """http, https or nothing before the name of a server; None for any other text."""
    if any(is_blank(c) or is_invisible(c) for c in address):
        return None
    scheme, after_scheme = _split_scheme(address)
    if scheme not in ("", *SCHEMES) or (scheme and not after_scheme.startswith("//")):
        return None
    return scheme if _is_host(after_scheme.removeprefix("//"), bool(scheme)) else None


def _split_scheme(address: str) -> tuple[str, str]:
    """(scheme, what follows); example.com:8080 has none."""
    match = _SCHEME.match(address)
    if not match:
        return "", address
    name, after_scheme = match[1], address[match.end() :]
    if _PORT.match(after_scheme) and "." in name:
        return "", address
    return name.lower(), after_scheme


def _is_host(after_scheme: str, single: bool) -> bool:
    """Whether it begins with the name of a server, one word only where `single`; what stands behind it is free."""
    host = after_scheme
    for mark in "/?#":
        host = host.partition(mark)[0]
    if "@" in host or "\\" in after_scheme:
        return False
    name, colon, port = host.rpartition(":")
    if not colon or port.endswith("]"):
        name, port = host, "0"
    if not (port.isascii() and port.isdigit() and len(port) <= 5):
        return False
    if _NUMBERED.fullmatch(name):
        return True
    parts = name.removesuffix(".").split(".")
    known = len(parts) > 1 and len(parts[-1]) > 1
    return (known or single) and all(_PART.fullmatch(part) for part in parts)
