"""What a kind of record is, declared once: everything that speaks of all kinds is a loop over these declarations.

A `FieldSet` is fields alone (the settings, a policy, the lines of a document); an `Entity` is a kind of record.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, true

from crm.fields import FieldType, Reference
from crm.i18n import N_
from crm.models.custom_values import column_of, is_custom, value_of
from crm.models.permissions import Right, right


@dataclass(frozen=True)
class Field:
    """`key` is the form's name and the import's key; `attribute` the model's where it differs.

    `label` and `help` are message ids. `importable` fields can stand in an import's template.
    `past`: a day that usually is over, or today; entering a later one is questioned.
    `autocomplete`: what a browser may fill in; of a password that is not said it is a new one.
    `start`: the value that a new record begins with.
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
    permission: Right | None = None
    past: bool = False
    autocomplete: str = ""
    start: Any = None

    @property
    def attr(self) -> str:
        return self.attribute or self.key

    def is_kept_in(self, record: Any) -> bool:
        """Whether the record (or its model) has a place for it; some fields of forms stand for other records."""
        return hasattr(record, "custom" if is_custom(self.attr) else self.attr)

    def value_of(self, record: Any) -> Any:
        return value_of(record, self.attr)

    def column_of(self, model: Any) -> Any:
        """What stands for it in a statement."""
        return column_of(model, self.attr)

    def is_doubtful(self, value: Any, today: date) -> bool:
        """Whether the value is a day to come where that is usually a slip."""
        return self.past and isinstance(value, date) and value > today


NEW_PASSWORD, OLD_PASSWORD, NOT_FILLED = "new-password", "current-password", "one-time-code"
"""Values of `autocomplete`. Browsers pass `off` by and fill in the login of who is signed in; a code that is good once
they know of nobody, so NOT_FILLED stays empty."""
TO_COME = N_("%(day)s is in the future. Please check the date.")
"""The message about a doubtful day, in forms and in the check of an import."""


_field_sets: dict[type, list["FieldSet"]] = {}


class FieldSet:
    """The fields of a form, in its order."""

    def __init__(self, key: str, label: str, model: type, fields: tuple[Field, ...]) -> None:
        self.key = key
        self.label = label
        self.model: Any = model
        self.fields = fields
        self._by_key = {field.key: field for field in fields}
        _field_sets.setdefault(model, []).append(self)

    def __getitem__(self, key: str) -> Field:
        return self._by_key[key]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def pick(self, *keys: str) -> tuple[Field, ...]:
        return tuple(self._by_key[key] for key in keys)


def field_sets_of(model: type) -> list[FieldSet]:
    """All declared fields of the model: the log's labels."""
    return _field_sets.get(model, [])


class OnDelete(StrEnum):
    """What becomes of a record when the one it belongs to is deleted."""

    GOES_ALONG = "goes along"
    FORBIDS = "forbids"
    STAYS = "stays"


Keys = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Makes of a record's values the columns by which records are compared."""

Condition = Callable[[], ColumnElement[bool]]


@dataclass(frozen=True)
class BelongsTo:
    """That records of a kind belong to one of another kind, named by `attribute`.

    `deletable` and `transferable` narrow which of them go along: completed schedule items stay, an approved order
    keeps its salesperson (C-7, C-8). Without `handed_over` none changes hands. `refusal` is the message id, with
    %(count)s, where they forbid the deletion; `label` names those that go along, where not all do. `tab` tells
    whether they have a tab in the other's file.
    """

    entity: str
    attribute: str
    on_delete: OnDelete = OnDelete.GOES_ALONG
    deletable: Condition | None = None
    transferable: Condition | None = None
    refusal: str = ""
    label: str = ""
    tab: bool = True


@dataclass(frozen=True)
class SearchFields:
    """The attributes by which a record is found: names and titles, those of which the initials count too, numbers."""

    names: tuple[str, ...] = ("name",)
    initials_of: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ("code",)
    phones: tuple[str, ...] = ()
    with_customer: bool = False
    """Whether its customer, and the products on its lines, find it too."""
    parameter: str = "q"
    """The list's parameter that takes what was typed in the search box of all kinds."""


@dataclass(frozen=True)
class Happening:
    """Something that happens to records of a kind, as the timeline of their customer says it (C-10).

    `message` is the message id that the line begins with; empty: the kind's label. `when` narrows which records of a
    customer (by its id) it happened to. The others name attributes of the record:

    - `at` is the moment (nothing happened yet where it is empty), `person` who did it;
    - `title`, `note`, `amount` and `state` stand in the line, `text` below it in full;
    - `first` and `second` hold the ids of what is named there (a way of contact, a contact);
    - `next_at` is what was planned by it.
    """

    at: str = "created_at"
    message: str = ""
    person: str = "created_by_id"
    title: str = ""
    note: str = ""
    text: str = ""
    amount: str = ""
    state: str = ""
    first: str = ""
    second: str = ""
    next_at: str = ""
    when: Callable[[Any], ColumnElement[bool]] | None = None


def _adding(field: Field, key: str, belongs_to: tuple[BelongsTo, ...]) -> Field:
    """The field of the customer that a record must belong to offers those to which one can be added."""
    link = next((link for link in belongs_to if link.attribute == field.attr and link.entity == "customers"), None)
    if link is None or not field.required or not isinstance(field.type, Reference) or field.type.target != link.entity:
        return field
    return replace(field, type=replace(field.type, adding=key))


@dataclass(frozen=True)
class PrintLayout:
    """How records of a kind are printed (A-11); a kind that says no more prints the fields of its form.

    `document` is what stands above the sheet, `label` what its templates are listed under: label and plural of the
    kind where they are empty. `own` are keys of the kind's fields, under names without `_id`; `more` what is read
    beside them, `lines` what is said of each line. `pieces` names the files of the built-in template, `place` puts a
    kind behind others in the list.
    """

    document: str = ""
    label: str = ""
    own: tuple[str, ...] = ()
    more: tuple[Field, ...] = ()
    lines: tuple[Field, ...] = ()
    lines_label: str = ""
    pieces: tuple[str, ...] = ()
    place: int = 0


class Entity(FieldSet):
    """A kind of record.

    `key` names its addresses (`/quotes`, `quotes.show`), its function in the menu and its permissions
    (`quotes:view`). `label`, `plural` are message ids. `named` is the attribute that names a record; `owner` the one
    that says whose it is, empty where that is decided by the customer it belongs to. `group` is the group of the
    menu, for a kind whose function is not declared elsewhere. `columns` are the fields its list shows at first, `card`
    the columns that a row shows on a telephone (what a kind leaves out is found by the types of its columns).
    Such a kind can be imported from files unless `imported` says no; what is printed says so by `printing`.

    `keys` makes the columns by which records are compared; `person`: the name is a person's.

    As something to choose in other forms: `offered` narrows what is offered, `name_key` is an indexed attribute with
    the folded name, and the first filled attribute of `detail` tells records of one name apart.

    `mergeable`: whether two of them can be made one; documents that were decided on, and what happened once, cannot.
    `timeline` says what of it stands in the timeline of the customer that it belongs to; without it, that it was made.
    `held`: which deleted records still mean something to others, and stay in the database when the bin is emptied.

    `unfinished`: which records somebody else takes over when their owner leaves the firm (A-2). Nothing said: those
    that go along with their customer, or all.
    """

    def __init__(
        self,
        key: str,
        label: str,
        model: type,
        fields: tuple[Field, ...],
        *,
        plural: str,
        named: str = "name",
        owner: str = "",
        belongs_to: tuple[BelongsTo, ...] = (),
        searched: SearchFields | None = None,
        numbered: bool = False,
        group: str = "",
        columns: tuple[str, ...] = (),
        card: tuple[str, ...] = (),
        offered: Condition | None = None,
        name_key: str = "",
        keys: Keys | None = None,
        person: bool = False,
        detail: tuple[str, ...] = (),
        verbs: tuple[str, ...] = ("view", "save", "export"),
        imported: bool = True,
        printing: PrintLayout | None = None,
        held: Condition | None = None,
        mergeable: bool = True,
        unfinished: Condition | None = None,
        timeline: tuple[Happening, ...] | None = None,
    ) -> None:
        super().__init__(key, label, model, tuple(_adding(field, key, belongs_to) for field in fields))
        self.plural = plural
        self.named = named
        self.owner = owner
        self.belongs_to = belongs_to
        self.searched = searched
        self.numbered = numbered
        self.group = group
        self.columns = columns
        self.card = card
        self.offered = offered
        self.name_key = name_key
        self.keys = keys
        self.person = person
        self.detail = detail
        self.verbs = verbs
        self.imported = imported and bool(group)
        self.printing = printing
        self.held = held
        self.mergeable = mergeable
        self.unfinished = unfinished
        self.timeline = (Happening(title=named),) if timeline is None else timeline
        self.event = f"{key}-changed"

    def permission(self, verb: str) -> Right:
        """The right to do something with records of this kind."""
        return right(f"{self.key}:{verb}")

    def named_column(self) -> Any:
        return getattr(self.model, self.named)

    def name_of(self, record: Any) -> str:
        return str(getattr(record, self.named) or "")

    def parent(self, key: str) -> BelongsTo | None:
        """How a record of this kind belongs to one of the kind `key`."""
        return next((link for link in self.belongs_to if link.entity == key), None)

    def left_by_owner(self) -> ColumnElement[bool]:
        """Which records somebody else takes over when their owner leaves; the others keep the owner's name."""
        link = self.parent("customers")
        condition = self.unfinished or (link.transferable if link is not None else None)
        return condition() if condition is not None else true()
