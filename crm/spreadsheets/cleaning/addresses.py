"""Addresses on the net."""

import re

from crm.i18n import N_
from crm.spreadsheets.cleaning.texts import Warn, half_width, ignore_warnings, is_blank_or_placeholder, text
from crm.spreadsheets.errors import CleaningError
from crm.spreadsheets.sheet import Cell
from crm.text import normalize_url

_BETWEEN = re.compile(r"[;,、/|\s]+")
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]{1,64}@((?:\w[\w-]{0,62}\.)+[\w-]{2,63})")
_MAILTO = re.compile("mailto:", re.IGNORECASE)


def email(value: Cell, warn: Warn = ignore_warnings) -> str | None:
    """One address, its domain in lower case; of several the first, with a warning."""
    if is_blank_or_placeholder(value):
        return None
    typed = half_width(value).replace("。", ".").replace(" @", "@").replace("@ ", "@")
    written = _IN_BRACKETS.findall(typed) or _BETWEEN.split(_MAILTO.sub("", typed))
    addresses = [address for part in written if (address := part.strip().rstrip(".")) and "@" in address]
    if not addresses or not _is_email(addresses[0]):
        raise CleaningError(N_("“%(value)s” is not an email address."), value=typed)
    if len(addresses) > 1:
        warn(N_("Only the first of several email addresses was used: %(value)s"), {"value": addresses[0]})
    name, _, domain = addresses[0].rpartition("@")
    return f"{name}@{domain.lower()}"


def website(value: Cell, warn: Warn = ignore_warnings) -> str | None:
    """Half width, with its scheme. Only http and https are links; other schemes raise (hostile case 36)."""
    if is_blank_or_placeholder(value):
        return None
    typed = text(value) or ""
    address = normalize_url(typed)
    if address is None:
        raise CleaningError(N_("“%(value)s” is not a web address that begins with http:// or https://."), value=typed)
    return address


def _is_email(address: str) -> bool:
    name, _, _domain = address.rpartition("@")
    return bool(_EMAIL.fullmatch(address)) and ".." not in name and not name.startswith(".") and name[-1:] != "."
