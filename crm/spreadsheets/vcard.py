"""Reads contacts of phones and mail programs: vCard 2.1 to 4.0, several in a file, as a table (I-5).

Values of which a contact has one take the first that fits; what is left over stands in the notes, so that nothing is
lost. Pictures, sounds and keys are passed over.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from crm.spreadsheets import messages
from crm.spreadsheets.encodings import decode
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.limits import MAX_CELL_TEXT, MAX_LINES
from crm.spreadsheets.sheet import Cell, Sheet

NAME, COMPANY, DEPARTMENT, TITLE = "姓名", "公司名稱", "部門", "職務"
MOBILE, PHONE, EMAIL, ADDRESS = "手機", "電話", "電子郵件", "地址"
GENDER, BIRTHDAY, WECHAT, QQ, NOTES = "性別", "生日", "微信", "QQ", "備註"
HEADINGS = (NAME, COMPANY, DEPARTMENT, TITLE, MOBILE, PHONE, EMAIL, ADDRESS, GENDER, BIRTHDAY, WECHAT, QQ, NOTES)
MAX_HEAD = 2_000
"""Characters before the colon of a line."""
_BEGIN = re.compile(r"\s*BEGIN:VCARD\b", re.IGNORECASE)
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CJK = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_LINES = re.compile(r"\r\n|\r|\n")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?")
_UNSEEN = frozenset(
    "BEGIN END VERSION PRODID REV UID PHOTO LOGO SOUND KEY N FN KIND TZ GEO MAILER CLASS SORT-STRING LABEL SOURCE NAME"
    " PROFILE XML CLIENTPIDMAP AGENT LANG".split()
)
_PLAIN = {"TITLE": TITLE, "NOTE": NOTES, "X-WECHAT": WECHAT, "X-QQ": QQ}
_GENDERS = {"M": "男", "F": "女"}


@dataclass(frozen=True)
class Line:
    """One property: its name, the words of its parameters (in capitals), and its value."""

    name: str
    words: frozenset[str]
    value: str


@dataclass
class Card:
    values: dict[str, str] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    """What has no place of its own."""

    def put(self, heading: str, value: str, label: str = "") -> None:
        if not value or self.values.get(heading) == value:
            return
        if heading not in self.values:
            self.values[heading] = value
        else:
            self.more.append(f"{label or heading}: {value}")

    def row(self) -> list[Cell]:
        notes = "\n".join(filter(None, (self.values.get(NOTES, ""), *self.more)))
        if len(notes) > MAX_CELL_TEXT:
            raise SpreadsheetError(messages.LONG_CELL, line=1, characters=MAX_CELL_TEXT)
        return [({**self.values, NOTES: notes}).get(heading) or None for heading in HEADINGS]


def is_vcard(content: bytes) -> bool:
    first_bytes = content[:200]
    codec = "utf-16" if first_bytes.startswith(_MARKS) else "utf-8-sig"
    return _BEGIN.match(first_bytes[: len(first_bytes) // 2 * 2].decode(codec, "ignore")) is not None


def read_vcard(data: bytes, encoding: str | None, max_rows: int) -> Sheet:
    """One row a card under headings that the import knows. Raises SpreadsheetError."""
    text, used = decode(data, encoding)
    if text.count("\n") + text.count("\r") > 2 * MAX_LINES:
        raise SpreadsheetError(messages.TOO_MANY_ROWS, rows=max_rows)
    rows: list[list[Cell]] = [list(HEADINGS)]
    card: Card | None = None
    for line in _properties(text, used):
        if line.name == "BEGIN":
            _add_card(card, rows, max_rows)
            card = Card()
        elif line.name == "END":
            _add_card(card, rows, max_rows)
            card = None
        elif card is not None:
            _add_line(card, line)
    _add_card(card, rows, max_rows)
    if len(rows) == 1:
        raise SpreadsheetError(messages.EMPTY)
    return Sheet(rows, encoding=used, separator=None)


def _add_card(card: Card | None, rows: list[list[Cell]], max_rows: int) -> None:
    if card is None or not (card.values or card.more):
        return
    if len(rows) >= max_rows:
        raise SpreadsheetError(messages.TOO_MANY_ROWS, rows=max_rows)
    rows.append(card.row())


def _properties(text: str, used: str) -> Iterator[Line]:
    for line in _unfolded(text):
        head, value = _split_at_colon(line)
        if not head:
            continue
        name, *parameters = head.upper().split(";")
        name = name.rpartition(".")[2].strip()
        words = frozenset(
            word.strip(' "')
            for parameter in parameters
            for word in parameter.rpartition("=")[2].replace('"', "").split(",")
        )
        if name not in ("PHOTO", "LOGO", "SOUND", "KEY"):
            yield Line(name, words, _decoded(value, words, parameters, used))


def _unfolded(text: str) -> Iterator[str]:
    """Whole lines: what goes on in the next one begins there with a blank, or ends here with = (quoted-printable)."""
    parts: list[str] = []
    soft = False
    for line in _LINES.split(text):
        if parts and (soft or line[:1] in (" ", "\t")):
            parts.append(line if soft else line[1:])
        else:
            if parts:
                yield "".join(parts)
            parts = [line]
        soft = line.endswith("=") and "QUOTED-PRINTABLE" in parts[0][:MAX_HEAD].upper()
        if soft:
            parts[-1] = parts[-1][:-1]
    if parts:
        yield "".join(parts)


def _split_at_colon(line: str) -> tuple[str, str]:
    """What stands before the first colon outside of quotation marks, and behind it."""
    quoted = False
    for index, character in enumerate(line[:MAX_HEAD]):
        if character == '"':
            quoted = not quoted
        elif character == ":" and not quoted:
            return line[:index], line[index + 1 :]
    return "", ""


def _decoded(value: str, words: frozenset[str], parameters: list[str], used: str) -> str:
    if "QUOTED-PRINTABLE" not in words and not ({"BASE64", "B"} & words):
        return value
    raw = value.encode("ascii", "ignore")
    if "QUOTED-PRINTABLE" in words:
        data = quopri.decodestring(raw)
    else:
        try:
            data = binascii.a2b_base64(raw)
        except binascii.Error:
            return value
    charset = next(
        (parameter.partition("=")[2].strip(' "') for parameter in parameters if parameter.startswith("CHARSET=")), ""
    )
    for codec in (charset.lower(), "utf-8", {"big5": "cp950"}.get(used, used), "gb18030"):
        try:
            return data.decode({"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950"}.get(codec, codec))
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return data.decode("utf-8", "replace")


def _split(value: str, at: str = ";") -> list[str]:
    """The parts of a value; a backslash keeps what follows it."""
    parts, current, escaped = [], [], False
    for character in value:
        if escaped:
            current.append("\n" if character in "nN" else character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == at:
            parts.append("".join(current).strip())
            current = []
        else:
            current.append(character)
    return [*parts, "".join(current).strip()]


def _unescaped_text(value: str) -> str:
    return _split(value, "\0")[0]


def _add_line(card: Card, line: Line) -> None:
    name, value = line.name, line.value
    if name == "FN":
        card.values[NAME] = _unescaped_text(value) or card.values.get(NAME, "")
    elif name == "N" and NAME not in card.values:
        card.put(NAME, _full_name(_split(value)))
    elif name == "ORG":
        company, *parts = _split(value)
        card.put(COMPANY, company)
        card.put(DEPARTMENT, " ".join(filter(None, parts)))
    elif name == "TEL":
        _take_phone(card, line)
    elif name == "EMAIL":
        card.put(EMAIL, _unescaped_text(value).removeprefix("mailto:"))
    elif name == "ADR":
        card.put(ADDRESS, _address(_split(value)))
    elif name == "BDAY":
        _take_birthday(card, _unescaped_text(value))
    elif name == "GENDER":
        card.put(GENDER, _GENDERS.get(_split(value)[0].upper(), ""))
    elif name in _PLAIN:
        card.put(_PLAIN[name], _unescaped_text(value))
    elif name not in _UNSEEN and not name.startswith("X-AB") and (readable := _unescaped_text(value)):
        card.more.append(f"{name.removeprefix('X-')}: {readable}")


def _full_name(parts: list[str]) -> str:
    family, given, middle = (*parts, "", "", "")[:3]
    if _CJK.search(family + given):
        return f"{family}{middle}{given}"
    return " ".join(filter(None, (given, middle, family)))


def _take_phone(card: Card, line: Line) -> None:
    number = _unescaped_text(line.value).removeprefix("tel:").strip()
    if line.words & {"FAX", "PAGER"}:
        if number:
            card.more.append(f"FAX: {number}")
    else:
        card.put(MOBILE if line.words & {"CELL", "MOBILE", "IPHONE"} else PHONE, number)


def _take_birthday(card: Card, value: str) -> None:
    day = _DAY.fullmatch(value)
    if day is not None:
        card.put(BIRTHDAY, "-".join(day.groups()))
    elif value:
        card.more.append(f"{BIRTHDAY}: {value}")


def _address(parts: list[str]) -> str:
    box, extended, street, city, region, code, country = (*parts, *[""] * 7)[:7]
    if _CJK.search(street + city + region):
        return f"{code}{country if _CJK.search(country) else ''}{region}{city}{street}{extended}{box}"
    return ", ".join(filter(None, (street, extended, box, city, region, code, country)))
