"""What follows from a record's values: its pinyin code, its keys, the texts by which it is found.

Pure, and the only place: a session's flush asks for one record, a file's import for ten thousand rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm import text
from crm.entities.entity import Entity
from crm.entities.keys import code_key
from crm.models.custom_values import texts_of
from crm.text.folding import SEPARATOR

Values = Mapping[str, Any]
NAMES_END = "\ue002"
"""Stands in `search_text` after the names and initials, so that names alone can be asked for too."""


class Attributes(Mapping[str, Any]):
    """A record as the mapping that the functions here take."""

    def __init__(self, record: Any) -> None:
        self._record = record

    def __getitem__(self, key: str) -> Any:
        return getattr(self._record, key)

    def get(self, key: str, default: Any = None) -> Any:
        return getattr(self._record, key, default)

    def __iter__(self) -> Iterator[str]:
        return iter(vars(self._record))

    def __len__(self) -> int:
        return len(vars(self._record))


def pinyin_for(name: str, typed: str | None, former: str | None = None, person: bool = False) -> str:
    """The pinyin code: what somebody wrote (`typed`), or made from the name; a made one follows a changed name."""
    renamed = bool(former) and name != former
    if not typed or (renamed and typed == text.pinyin_code(former or "", person=person)):
        typed = text.pinyin_code(name, person=person)
    return typed.lower()


def pinyin_of(kind: Entity, values: Values, before: Values | None = None) -> str:
    """The same from the values of a form or a row, and the record as it was."""
    former = before[kind.named] if before is not None else None
    former_pinyin = before["pinyin"] if before is not None else None
    return pinyin_for(values.get(kind.named) or former or "", values.get("pinyin", former_pinyin), former, kind.person)


def keys_of(kind: Entity, values: Values) -> dict[str, Any]:
    """The columns by which records of the kind are compared."""
    made = kind.keys(values) if kind.keys is not None else {}
    return {**made, "code_key": code_key(values)} if kind.numbered else made


class SearchTexts:
    """The two texts by which a record is found: its column and its document in the index.

    The code stands between names and other numbers; an import gets it after all the rest is made ready.
    """

    __slots__ = ("_column", "_document", "_names", "_numbers", "code")

    def __init__(self, names: Sequence[str | None], code: str | None, numbers: Sequence[str | None]) -> None:
        self.code = code
        self._names = names
        self._numbers = numbers
        self._column: tuple[str, str] | None = None
        self._document: tuple[str, str] | None = None

    def prepare(self, indexed: bool) -> None:
        """Do the work that the code is not needed for."""
        self._column = text.search_text(self._names), text.search_text(self._numbers)
        if indexed:
            self._document = text.index_text(self._names), text.index_text(self._numbers)
            self._names = self._numbers = ()  # ten thousand of these lie in memory

    @property
    def column(self) -> str:
        names, numbers = self._column or (text.search_text(self._names), text.search_text(self._numbers))
        parts = (text.search_text([self.code]), numbers) if self.code else (numbers,)
        return f"{names}{NAMES_END}{SEPARATOR.join(filter(None, parts))}"

    @property
    def document(self) -> str:
        names, numbers = self._document or (text.index_text(self._names), text.index_text(self._numbers))
        parts = (names, text.index_text([self.code]), numbers) if self.code else (names, numbers)
        return f" {SEPARATOR} ".join(filter(None, parts))


def search_texts_of(kind: Entity, values: Values) -> SearchTexts:
    """By which names, initials and numbers a record of the kind is found, and by the texts of the firm's own fields."""
    searched = kind.searched
    assert searched is not None
    names = [values.get(key) for key in searched.names]
    if hasattr(kind.model, "pinyin"):
        names.append(values.get("pinyin"))
    names += [text.pinyin_code(values.get(key) or "") or None for key in searched.initials_of]
    phones = [values.get(key) for key in searched.phones]
    numbers = [values.get(key) for key in searched.numbers if key != "code"]
    numbers += [*phones, *(piece for phone in phones if phone for piece in text.index_phone(phone))]
    numbers += texts_of(values.get("custom"))
    return SearchTexts(names, values.get("code") if "code" in searched.numbers else None, numbers)
