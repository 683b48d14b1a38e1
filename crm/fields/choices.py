"""The items of a drop-down, and where a type gets them from."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Protocol


@dataclass(frozen=True)
class Item:
    """A choice: its name, and what some drop-downs need beside it."""

    id: int
    name: str
    retired: bool = False
    is_default: bool = False
    colour: str = "gray"
    days: int | None = None
    parent_id: int | None = None
    code: str = ""
    former: str = ""
    """Of somebody who left: how a search calls them, a message id with %(name)s."""
    other_names: tuple[str, ...] = ()
    """What it is called in other languages: whoever types one of those means it, too."""
    beside: str = ""
    """What tells it apart from another one of the same name; kept only where there is one (`Choices.of`)."""

    @property
    def full_name(self) -> str:
        """The name as a drop-down offers it and a group is called: no two of them read the same."""
        return f"{self.name} ({self.beside})" if self.beside else self.name

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.other_names)


@dataclass(frozen=True)
class Choices:
    """The items of one drop-down in their order, findable by id."""

    items: tuple[Item, ...] = ()
    by_id: dict[int, Item] = field(default_factory=dict)

    @classmethod
    def of(cls, items: list[Item]) -> "Choices":
        named = Counter(item.name for item in items)
        told_apart = [item if not item.beside or named[item.name] > 1 else replace(item, beside="") for item in items]
        return cls(tuple(told_apart), {item.id: item for item in told_apart})

    def name(self, key: int | None) -> str:
        item = self.by_id.get(key) if key is not None else None
        return item.name if item else ""

    def full_name(self, key: int | None) -> str:
        item = self.by_id.get(key) if key is not None else None
        return item.full_name if item else ""

    def default(self) -> Item | None:
        return next((item for item in self.items if item.is_default and not item.retired), None)


class Lookups(Protocol):
    """The choices that are the same for everybody; `crm.entities.lookups` reads them from the database."""

    @property
    def levels(self) -> Choices: ...
    @property
    def provinces(self) -> Choices: ...
    @property
    def cities(self) -> Choices: ...
    @property
    def people(self) -> Choices: ...
    @property
    def units(self) -> Choices: ...
    @property
    def product_categories(self) -> Choices: ...
    @property
    def roles(self) -> Choices: ...
    def dictionary(self, name: str) -> Choices: ...
