"""One declaration per field of an entity; forms, lists, search, import and export refer to it."""

from collections.abc import Iterator
from dataclasses import dataclass

from crm.fields.types import FieldType
from crm.models.permissions import Permission


@dataclass(frozen=True)
class Field:
    """`key` is the form's name and the import's key; `attribute` the model's where it differs.

    `label` and `help` are message ids. `importable` fields can stand in an import's template.
    """

    key: str
    label: str
    type: FieldType
    required: bool = False
    help: str = ""
    group: str = ""
    attribute: str = ""
    editable: bool = True
    importable: bool = True
    wide: bool = False
    permission: Permission | None = None

    @property
    def attr(self) -> str:
        return self.attribute or self.key


class Entity:
    """The fields of one kind of record, in the order of its form."""

    def __init__(self, key: str, label: str, model: type, fields: tuple[Field, ...]) -> None:
        self.key = key
        self.label = label
        self.model = model
        self.fields = fields
        self._by_key = {field.key: field for field in fields}

    def __getitem__(self, key: str) -> Field:
        return self._by_key[key]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def pick(self, *keys: str) -> tuple[Field, ...]:
        return tuple(self._by_key[key] for key in keys)
