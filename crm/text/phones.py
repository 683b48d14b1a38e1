"""Telephone numbers, however they were typed.

Rules of our own: a library such as phonenumbers asks for one country in which a number without a code is dialled, knows
no parts of numbers and no 轉, and a firm's files hold numbers of Taiwan, the mainland, Hong Kong, Macau side by side.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_NOT_DIGITS = re.compile(r"[^0-9]+")
_EXTENSION = re.compile(r"#|\*|分機|分机|轉|转|內線|内线|ext|extension|x(?=\s*\d)", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(
    r"((?:\+?(?:00)?(?:86|886)\)?[- ]?\(?0?|0)[1-9][0-9]{0,2}\)?[- ]?(?:[0-9]{7,8}|[0-9]{3,4}[- ][0-9]{4}))"
    r"-[0-9]{1,5} ?"
)
"""0755-83661234-801: after the whole number of a town only an extension can follow."""
_NEXT_NUMBER = re.compile(r"[、,;/|~\n或]|(?<=\d)\s{2,}(?=[(+\d])")
_FLOAT = re.compile(r"\s*\d+\.0+\s*")  # what a spreadsheet makes of a number typed without a dash
_BEGINS = re.compile(r"[+0-9]")
_GROUP = re.compile(r"[0-9]+")
_MIN_LENGTH = 5
TAIWAN, MAINLAND, HONG_KONG, MACAU = "886", "86", "852", "853"
OWN = (TAIWAN, MAINLAND, HONG_KONG, MACAU)
"""Countries whose numbers are written with and without the code: by those who call within them."""
WITHOUT_TRUNK = (HONG_KONG, MACAU, "1")
_NEVER_ZERO = ("1", "400", "800")
"""With what the mainland's numbers begin that have no zero before them."""
_COUNTRY = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2}")
"""The calling codes as the world's plan gives them out: those of two figures are these, all others have three."""
_ABROAD = re.compile(r"00(?:2(?=886|86|852|853))?(?=[1-9])")  # 002 is dialled before a country's code in Taiwan
_MIN_LENGTH_ABROAD = 8
_IMPLIED = re.compile(
    r"(?:(886)0?(?=[2-9][0-9]{7,8}$)"
    r"|(86)0?(?=(?:1[3-9][0-9]{9}|10[0-9]{8}|2[0-9]{9}|[3-9][0-9]{9,10})$)"
    r"|(852)(?=[2-9][0-9]{7}$)|(853)(?=[268][0-9]{7}$))"
)
"""A country's code without + or 00 before it: only where a whole number follows that is one there."""
_MAX_GROUP_LENGTH = 4
_LOCAL = {
    TAIWAN: re.compile(r"2(?P<a>[0-9]{8})|4(?!9[0-9]{7}$)(?P<b>[0-9]{7,8})|[35678](?P<c>[0-9]{7})|49(?P<d>[0-9]{7})"),
    "": re.compile(r"(?:37|82|89)(?P<a>[0-9]{6})"),
    MAINLAND: re.compile(r"(?:10|2[0-9])(?P<a>[0-9]{8})|(?!400|800)[3-9][0-9]{2}(?P<b>[0-9]{7,8})"),
}
"""What stands after the area code. 037 has three figures, and 03 beginning with a 7 cannot be told from it."""
MIN_LOCAL_LENGTH, MAX_LOCAL_LENGTH = 6, 8
MARK = "\ue003"
"""Stands around a number without its area code in the index, so that it is found as a whole."""
_DIALLED = re.compile(r"0[1-9][0-9]{7,10}|1[3-9][0-9]{9}")
_RUN = re.compile(r"(?<![0-9a-z])(?:\+[ (]?|\( ?\+?)?[0-9](?:[0-9 ().+/-]*[0-9])?(?![0-9])")
_LABEL = (
    r"(?:tel(?:ephone)?|phone|mobile|fax|(?:聯[繫絡]|联[系络])?(?:電話|电话)|手[機机]|行[動动](?:電話|电话)?)[ .:]*"
)
_ONLY_NUMBER = re.compile(
    rf"(?:{_LABEL})?[+(]*[0-9][0-9 ().+\-\u2010-\u2015]*(?:(?:{_EXTENSION.pattern})[ .:]*[0-9]+)?", re.IGNORECASE
)
_LABEL_BEFORE = re.compile(rf"(?:^|(?<=[ ,;:/(]))(?:{_LABEL})$")
"""How a number is called where it is copied from: a signature, a link to dial."""
_AFTER = re.compile(r" ?(?:#|\*|分机|转|内线|ext(?:ension)?\.?|x) ?[0-9]+")


class PhoneNumber(NamedTuple):
    """One number: `country` where it was written, `national` without it and the zero before the area code.

    `is_complete`: written with a country or a zero, so that no area code is missing.
    """

    country: str
    national: str
    is_complete: bool

    @property
    def key(self) -> str:
        """What numbers are compared by in a column; a far country's keep their code, which tells them apart."""
        return self.national if self.country in ("", *OWN) else self.country + self.national

    @property
    def written(self) -> str:
        """One writing of it, from which the same number is read."""
        return (
            f"+{self.country}{self.national}" if self.country else f"{'0' if self.is_complete else ''}{self.national}"
        )

    @property
    def local(self) -> tuple[str, ...]:
        """What is dialled in its own area; nothing for mobiles and for those that may lack the area code."""
        if not self.is_complete:
            return ()
        countries = (TAIWAN, "") if self.country == TAIWAN else (self.country,) if self.country else _LOCAL
        matches = (_LOCAL[c].fullmatch(self.national) for c in countries if c in _LOCAL)
        return tuple(next(filter(None, match.groups())) for match in matches if match)

    @property
    def spellings(self) -> tuple[str, ...]:
        """The digits of all writings of it: with and without zero and country."""
        zero = "" if self.country in WITHOUT_TRUNK else "0"
        plain = dict.fromkeys((self.national, zero + self.national))
        codes = (self.country,) if self.country else OWN
        abroad = (f"{prefix}{code}{number}" for code in codes for prefix in ("", "00") for number in plain)
        return (*plain, *abroad)

    def prefixes(self, typed: str) -> tuple[str, ...]:
        """With what the digits of a number begin that begins with the `typed` ones, in any writing."""
        zero = "" if self.country in WITHOUT_TRUNK else "0"
        if self.country:
            bare = (self.national,) if not zero or self.national.startswith(_NEVER_ZERO) else ()
            plain, codes = [zero + self.national, *bare], [self.country]
        else:
            plain, codes = [typed], [TAIWAN, MAINLAND] if typed.startswith("0") else list(OWN)
        after = dict.fromkeys((self.national, zero + self.national))
        return (*plain, *(f"{prefix}{code}{number}" for code in codes for prefix in ("", "00") for number in after))

    @property
    def areas(self) -> tuple[str, ...]:
        """How it is written where it is dialled: all of it in Hong Kong and Macau, else without the area code."""
        return (self.national,) if self._has_no_area else self.local

    @property
    def _has_no_area(self) -> bool:
        return self.country in (HONG_KONG, MACAU) and len(self.national) == MAX_LOCAL_LENGTH

    @property
    def indexed(self) -> tuple[str, ...]:
        """What the index holds of it: one of these, whichever way it is written."""
        number = self.country + self.national if self._has_no_area else self.national
        return (number, *(f"{MARK}{area}{MARK}" for area in self.areas))

    def parts(self, typed: str) -> tuple[str, ...]:
        """The digits of which the writings of a number hold some that has the `typed` digits in it."""
        if self._has_no_area:
            return (self.country + self.national,)
        if self.country or _DIALLED.fullmatch(typed):
            return (self.national,)
        return (typed, *(code + self.national for code in (TAIWAN, MAINLAND) if typed.startswith("0")))

    @property
    def may_lack_area(self) -> bool:
        return not self.is_complete and MIN_LOCAL_LENGTH <= len(self.national) <= MAX_LOCAL_LENGTH


def digits(text: str) -> str:
    """The digits alone, full width as half width."""
    return _NOT_DIGITS.sub("", unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=1024)
def phone_numbers(text: str) -> tuple[PhoneNumber, ...]:
    """Each number in a field that may hold several (02-25317099、0912-345678), none twice."""
    plain = unicodedata.normalize("NFKC", text)
    if _FLOAT.fullmatch(plain):
        plain = plain.partition(".")[0]
    numbers = (_number(part) for part in _NEXT_NUMBER.split(plain))
    return tuple(dict.fromkeys(n for n in numbers if n is not None and len(n.national) >= _MIN_LENGTH))


def dialled(typed: str) -> str:
    """The digits of a number without those of its extension."""
    return digits(_number_part(unicodedata.normalize("NFKC", typed)))


def parse_phone(typed: str) -> PhoneNumber | None:
    """What was typed, if it is a telephone number or a part of one; what it is called and an extension may stand by."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    return _number(plain) if _ONLY_NUMBER.fullmatch(plain) else None


def phone_keys(text: str) -> tuple[str, ...]:
    """The key of each number in the field, none twice."""
    return tuple(dict.fromkeys(number.key for number in phone_numbers(text)))


def phone_key(text: str) -> str:
    """The first number of the text for comparing: without a country of ours, leading zeros, extension.

    (02)2531-7099, +886-2-2531-7099 and 02-25317099#12 have the same key. Empty where there is no number
    and for 00000000.
    """
    return next(iter(phone_keys(text)), "")


SAME, LOCAL = "same", "local"


def same_phone(number: PhoneNumber, text: str, shortest_local: int = MIN_LOCAL_LENGTH) -> str:
    """Whether one of the field's numbers is the same (`SAME`), or may be but for an area code that one lacks (`LOCAL`).

    Less than `shortest_local` figures without an area code say too little.
    """
    likenesses = {_same(number, other, shortest_local) for other in phone_numbers(text)}
    return SAME if SAME in likenesses else LOCAL if LOCAL in likenesses else ""


def _same(number: PhoneNumber, other: PhoneNumber, shortest_local: int) -> str:
    if number.country and other.country and number.country != other.country:
        return ""
    if number.national == other.national or number.key == other.key:  # 1 415 555 2671 is +1 415 555 2671
        return SAME
    shorter, longer = (number, other) if number.may_lack_area else (other, number)
    is_local = shorter.may_lack_area and shorter.national in longer.local
    return LOCAL if is_local and len(shorter.national) >= shortest_local else ""


def index_phone(value: str) -> tuple[str, ...]:
    """What to index beside a telephone value so that it is found as people dial it.

    The index leaves marks out, so only a number with a country code needs more: 02-2531 is to find
    +886-2-2531-7099, too. One without an area code is to be found by whoever types the code.
    """
    indexed = []
    for part in _NEXT_NUMBER.split(unicodedata.normalize("NFKC", value)):
        number = _number(part)
        if number is None or len(number.national) < _MIN_LENGTH:
            continue
        dialled = "0" + number.national
        if number.country not in ("", *WITHOUT_TRUNK) and not digits(part).startswith(dialled):
            indexed.append(dialled)
        if number.may_lack_area:
            indexed.append(f"{MARK}{number.national}{MARK}")
    return tuple(indexed)


def typed_numbers(folded: str) -> tuple[str, list[PhoneNumber]]:
    """What somebody typed into a search, folded: without the numbers in it, and these.

    A number counts that can be nothing else: with a country, with the zero, or a mainland mobile. Parts of numbers and
    other figures stay in the text.
    """
    numbers: list[PhoneNumber] = []
    texts, at = [], 0
    for run in _RUN.finditer(folded):
        if run.start() < at:
            continue
        words, run_numbers = _of_run(run[0])
        before = folded[at : run.start()]
        texts.append(_LABEL_BEFORE.sub("", before) if run_numbers and not words else before)
        numbers += run_numbers
        texts.append(words)
        after = _AFTER.match(folded, run.end()) if run_numbers and not words else None
        at = after.end() if after else run.end()
    return " ".join([*texts, folded[at:]]) if numbers else folded, numbers


def _of_run(run: str) -> tuple[str, list[PhoneNumber]]:
    """The figures and marks in a row: one number, or else several words that may each be one."""
    single = _unmistakable(run)
    if single is not None:
        return "", [single]
    words = run.split()
    word_numbers = [_unmistakable(word) for word in words] if len(words) > 1 else [None]
    other_words = [word for word, number in zip(words, word_numbers, strict=True) if number is None]
    return (" ".join(other_words), [n for n in word_numbers if n is not None]) if any(word_numbers) else (run, [])


def _unmistakable(run: str) -> PhoneNumber | None:
    number = _number(run)
    if number is None or len(number.national) < _MIN_LENGTH:
        return None
    return number if number.country or _DIALLED.fullmatch(dialled(run)) else None


def _number(part: str) -> PhoneNumber | None:
    written = _number_part(part)
    figures = _NOT_DIGITS.sub("", written)
    country, after_country = _country(written.startswith("+"), figures, written)
    national = after_country.lstrip("0")
    return PhoneNumber(country, national, bool(country) or figures.startswith("0")) if national else None


def _number_part(part: str) -> str:
    """The number alone, from its first sign on, without what it is called and its extension."""
    number = _EXTENSION.split(part, maxsplit=1)[0]
    begins = _BEGINS.search(number)
    written = number[begins.start() :] if begins else ""
    extended = _DASHED_EXTENSION.fullmatch(written)
    return extended[1] if extended else written


def _country(plus: bool, figures: str, written: str) -> tuple[str, str]:
    """The country's code and what follows; none where no + or 00 says that it is one and it can mean something else."""
    prefix = _ABROAD.match(figures)
    if plus or prefix:
        abroad = figures.lstrip("0") if plus and not prefix else figures[prefix.end() :] if prefix else figures
        code = _COUNTRY.match(abroad)
        if code and (plus or code[0] in OWN or len(abroad) - code.end() >= _MIN_LENGTH_ABROAD):
            return code[0], abroad[code.end() :]
        return "", figures
    implied = _IMPLIED.match(figures)
    if implied is None:
        return "", figures
    code_alone = next(filter(None, implied.groups()))
    groups = _GROUP.findall(written)
    if len(groups) > 1 and not len(code_alone) <= len(groups[0]) <= len(code_alone) + _MAX_GROUP_LENGTH:
        return "", figures
    return code_alone, figures[implied.end() :]
