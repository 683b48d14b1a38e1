"""Login names: of one script and width, so that no two of them look the same (L-1, A-1)."""

from __future__ import annotations

import unicodedata

from crm.text.characters import is_blank, is_invisible

MAX_LENGTH = 60
_CYRILLIC = dict(zip("авеіјкмнорсԁѕтухһԛԝь", "abeijkmhopcdstyxhqwb", strict=True))
_GREEK = dict(zip("αεικνορτυχωγ", "aeiknoptuxwy", strict=True))
_ALIKE = str.maketrans(_CYRILLIC | _GREEK)


def normalize_login(login: str) -> str:
    """The login as it is kept: half width, without what cannot be seen, single blanks."""
    visible = "".join(" " if is_blank(c) else c for c in login[: 4 * MAX_LENGTH] if is_blank(c) or not is_invisible(c))
    return " ".join(unicodedata.normalize("NFKC", visible).split())


def login_key(login: str) -> str:
    """The form in which logins are compared and logged: width and case do not matter, nor do invisible characters."""
    return normalize_login(login).casefold()[:MAX_LENGTH]


def login_skeleton(login: str) -> str:
    """The same for two logins that look alike though their characters are of different alphabets."""
    return login_key(login).translate(_ALIKE)


def is_of_one_script(login: str) -> bool:
    """Whether all letters are of one script, and all other signs ASCII."""
    scripts = set()
    for character in login:
        if character.isascii() and not character.isalpha():
            continue
        if not character.isalpha():
            return False
        scripts.add(unicodedata.name(character, character).partition(" ")[0])
    return len(scripts) <= 1
