"""The operation log in words: what an act is called, on what, and each field from what to what (A-9).

Nothing is shown by its number: people, choices and records are named as they are called now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Boolean, Select, select

from crm.domain.platform.dictionaries import DICTIONARIES
from crm.domain.platform.log_names import TABLES, Names, kind_of, named_model
from crm.domain.platform.merging import MERGED, UNDONE
from crm.domain.platform.purging import PURGED
from crm.domain.reports.registry import REPORTS
from crm.entities.change_log import CHANGED, CREATED, DELETED, EXPORTED, GRANTED, IMPORTED, PRINT, RESTORED
from crm.entities.custom_fields import KINDS as FIELD_KINDS
from crm.entities.custom_fields import all_custom_fields
from crm.entities.customers import CUSTOMER
from crm.entities.entity import Entity, Field, field_sets_of
from crm.entities.listing import LISTINGS, Reader
from crm.entities.logged import Kind, Logged, labels_of, logged_kinds
from crm.entities.registry import entities
from crm.fields import Amount, Choice, Day, FieldType, FixedChoice, MomentType, SeveralChoices, YesNo
from crm.i18n import N_, filled
from crm.models import OperationLog
from crm.models.approval_rules import BY_AMOUNT, BY_LEVEL, BY_PRICE
from crm.models.customers import OWNED, POOL, RECYCLED
from crm.models.permissions import SCOPE_LABELS, VERB_LABELS, Scope, function_of, functions, right

ACTIONS = FixedChoice(
    options=(
        (CREATED, N_("Created")),
        (CHANGED, N_("Edited")),
        (DELETED, N_("Deleted")),
        (RESTORED, N_("Restored")),
        (PURGED, N_("Deleted permanently")),
        (MERGED, N_("Merged")),
        (UNDONE, N_("Merge undone")),
        (IMPORTED, N_("Imported")),
        (EXPORTED, N_("Exported")),
        (PRINT, N_("Printed")),
        (GRANTED, N_("Permissions changed")),
    )
)

LABELS = {
    "rows": N_("Rows"),
    "files": N_("Attachments"),
    "search": N_("Conditions"),
    "template": N_("Print template"),
    "safety": N_("Backup of the former state"),
    "imported": N_("Imported"),
    "updated": N_("Updated"),
    "merged": N_("Merged"),
    "roles": N_("Roles"),
    "custom": N_("More information"),
}
"""What acts tell that change no field."""
RESTORE, BACKUP = "restore", "backup"
ALSO = {RESTORE: N_("Data restore"), BACKUP: N_("Data backup"), "people": N_("Person")}
"""Other keys of the log; people stand under 組織架構, and are told apart from units."""

WORDS = {
    "set": N_("%(field)s: %(after)s"),
    "cleared": N_("%(field)s: %(before)s → (empty)"),
    "changed": N_("%(field)s: %(before)s → %(after)s"),
    "secret": N_("%(field)s was changed"),
    "added": N_("%(field)s: added %(after)s"),
    "removed": N_("%(field)s: removed %(before)s"),
    "both": N_("%(field)s: added %(after)s; removed %(before)s"),
}
ARRANGED = {"months"}
"""Lists whose order counts: the log shows them before and after, not what was added and removed."""
MAX_LENGTH = 200


@dataclass(frozen=True)
class FieldChange:
    """One field of an entry. `operation` names the sentence."""

    label: str
    before: str
    after: str
    operation: str


def sentence(reader: Reader, change: FieldChange) -> str:
    values = {"field": change.label, "before": _shortened(change.before), "after": _shortened(change.after)}
    return filled(reader.say(WORDS[change.operation]), values)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_LENGTH else f"{line[: MAX_LENGTH - 1]}…"


def function_label(key: str) -> str:
    """The message id of what the entry is about, as the menu calls it where it does."""
    if key in ALSO:
        return ALSO[key]
    known = next((function.label for function in functions() if function.key == key), None)
    if known is not None:
        return known
    kind = kind_of(key)
    if kind is not None:
        return kind.label
    return str(LISTINGS[key].title) if key in LISTINGS else key


def function_options() -> tuple[tuple[str, str], ...]:
    """(key, message id) of all that can stand in the log, in the order of the menu, then what has no place in it."""
    order = [function.key for function in functions()]
    exported = [key for key, listing in LISTINGS.items() if listing.export_permission is not None]
    known = {*(kind.key for kind in logged_kinds()), *exported, *REPORTS, *ALSO}
    known |= {f"import_{kind.key}" for kind in entities() if kind.imported}
    order_of = {key: order.index(key) if key in order else len(order) for key in known}
    labels = {key: function_label(key) for key in known}
    return tuple(sorted(labels.items(), key=lambda entry: (order_of[entry[0]], entry[1], entry[0])))


def describe_changes(reader: Reader, key: str, changes: Mapping[str, Any], names: Names) -> list[FieldChange]:
    """Each field of an entry in words; those that the reader may not see are left out."""
    kind = kind_of(key)
    fields, labels = _fields(reader, kind), _labels(kind)
    described = []
    for attribute, pair in changes.items():
        field = fields.get(attribute)
        if (key, attribute) in UNSAID:
            continue
        if field is not None and field.permission is not None and not reader.rights.may(field.permission):
            continue
        label = reader.say(field.label if field is not None else labels.get(attribute, attribute))
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        if (isinstance(kind, Logged) and attribute in kind.secret) or names.hides(kind, attribute, (before, after)):
            described.append(FieldChange(label, "", "", "secret"))
            continue
        values = _Values(reader, key, kind, attribute, field, names)
        described.append(_field_change(label, values, before, after))
    return described


def _field_change(label: str, values: "_Values", before: Any, after: Any) -> FieldChange:
    lists = [side for side in (before, after) if side is not None]
    if lists and all(isinstance(side, list | dict) for side in lists) and values.attribute not in ARRANGED:
        removed, added = _difference(values.several(before), values.several(after))
        operation = "both" if removed and added else "removed" if removed else "added"
        comma = values.reader.say(N_(", "))
        return FieldChange(label, comma.join(removed), comma.join(added), operation)
    was, is_now = values.one(before), values.one(after)
    if not was:
        return FieldChange(label, "", is_now, "set")
    return FieldChange(label, was, is_now, "changed" if is_now else "cleared")


def _difference(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    return [item for item in before if item not in after], [item for item in after if item not in before]


def _fields(reader: Reader, kind: Kind | None) -> dict[str, Field]:
    if kind is None:
        return {}
    model = (kind.labelled or kind.model) if isinstance(kind, Logged) else kind.model
    by_attribute = {field.attr: field for fields in field_sets_of(model) for field in fields}
    if isinstance(kind, Entity):
        by_attribute |= {field.attr: field for field in all_custom_fields(reader.session, kind)}
    return by_attribute


def _labels(kind: Kind | None) -> Mapping[str, str]:
    return {**LABELS, **labels_of(kind)} if kind is not None else LABELS


@dataclass(frozen=True)
class _Values:
    """The values of one attribute in words."""

    reader: Reader
    key: str
    kind: Kind | None
    attribute: str
    field: Field | None
    names: Names

    def one(self, value: Any) -> str:
        if value is None or value in ("", [], {}):
            return ""
        if isinstance(value, list) and not (self.field and isinstance(self.field.type, SeveralChoices)):
            return self.reader.say(N_(", ")).join(self.several(value))
        try:
            if self.kind is not None and (named := named_model(self.kind, self.attribute)) is not None:
                return self.names.of_table(named.__tablename__, value)
            return (
                shown_log_value(self.reader, self.field.type, value)
                if self.field is not None
                else self._of_column(value)
            )
        except (ValueError, TypeError, ArithmeticError, InvalidOperation):
            return str(value)

    def several(self, values: Any) -> list[str]:
        if isinstance(values, dict):
            return [
                permission_words(self.reader, p) + self.reader.say(N_(" (%(text)s)")) % {"text": _scope(self.reader, s)}
                for p, s in values.items()
            ]
        return [self._part_text(value) for value in values or ()]

    def _part_text(self, value: Any) -> str:
        kind = self.field.type if self.field is not None else None
        if isinstance(kind, Choice | SeveralChoices):
            return kind.choices(self.reader).name(value) or str(value)
        if isinstance(value, int):
            choices = PARTS.get(self.attribute)
            return (choices(self.reader).name(value) if choices else "") or str(value)
        if self.attribute == "permissions":
            return permission_words(self.reader, str(value))
        if self.attribute in CUSTOMERS_FIELDS and value in CUSTOMER:
            return self.reader.say(CUSTOMER[value].label)
        return str(value)

    def _of_column(self, value: Any) -> str:
        if self.attribute == "search":
            return search_words(self.reader, self.key, str(value))
        if self.attribute == "dictionary":
            return dictionary_label(self.reader, str(value))
        if (self.key, self.attribute) in MODULES:
            return self.reader.say(function_label(str(value)))
        if value in FIXED.get((self.key, self.attribute), {}):
            return self.reader.say(FIXED[self.key, self.attribute][value])
        model = self.kind.model if self.kind is not None else None
        column = getattr(getattr(model, "__table__", None), "c", {}).get(self.attribute) if model is not None else None
        if column is None:
            return str(value)
        target = next((key.column.table.name for key in column.foreign_keys), "")
        if target in TABLES:
            return TABLES[target](self.reader).name(value) or f"#{value}"
        if isinstance(column.type, Boolean):
            return self.reader.say(YesNo().show(value, self.reader))
        if isinstance(value, str) and hasattr(column.type, "process_bind_param") and "T" in value[:11]:
            return MomentType().show(datetime.fromisoformat(value), self.reader)
        return str(value)


MODULES = {
    ("approval_rules", "document"),
    ("attachments", "kind"),
    ("import_templates", "kind"),
    ("custom_fields", "entity"),
    ("numbering", "entity"),
    ("prints", "module"),
    ("saved_searches", "list_key"),
    ("saved_reports", "report"),
}
"""(key, attribute) of the attributes that hold the key of a function."""
FIXED = {
    ("approval_rules", "condition"): {
        BY_AMOUNT: N_("The amount is above a limit"),
        BY_PRICE: N_("A price is below the lowest selling price"),
        BY_LEVEL: N_("The customer has a certain level"),
    },
    ("custom_fields", "kind"): {key: kind.label for key, kind in FIELD_KINDS.items()},
    ("organisation", "kind"): {"company": N_("Company"), "department": N_("Department")},
    ("customers", "pool"): {OWNED: N_("Has an owner"), POOL: N_("Customer pool"), RECYCLED: N_("Recycled pool")},
}
UNSAID = {("attachments", "digest"), ("attachments", "record_id")}
"""What says nothing to people."""
PARTS: dict[str, Any] = {
    "roles": TABLES["roles"],
    "members": TABLES["users"],
    "participants": TABLES["users"],
    "receivers": TABLES["users"],
    "recycle_exempt_levels": TABLES["customer_levels"],
    "lookup_statuses": lambda reader: reader.lookups.dictionary("customer_status"),
}
"""Lists of numbers: what these are the numbers of."""
CUSTOMERS_FIELDS = ("lookup_columns", "duplicate_fields")


def dictionary_label(reader: Reader, name: str) -> str:
    if name in DICTIONARIES:
        return reader.say(DICTIONARIES[name])
    for kind in entities():
        for field in all_custom_fields(reader.session, kind):
            if getattr(field.type, "dictionary", "") == name:
                return str(field.label)
    return name


def permission_words(reader: Reader, permission: str) -> str:
    """客戶拜訪 · 查看."""
    declared = right(permission)
    try:
        label = function_of(declared.function).label
    except KeyError:
        return permission
    return f"{reader.say(label)} · {reader.say(VERB_LABELS.get(declared.verb, declared.verb))}"


def _scope(reader: Reader, scope: Any) -> str:
    return reader.say(SCOPE_LABELS[Scope(int(scope))])


def search_words(reader: Reader, key: str, query: str) -> str:
    """The conditions of an exported list as its search names them; what it does not know stays as it is."""
    listing = LISTINGS.get(key)
    if listing is None:
        return query
    filters = {name: filter_ for filter_ in listing.filters for name in filter_.names}
    columns = {column.key: column.label for column in (*listing.columns, *listing.more)}
    conditions = []
    for name, value in parse_qsl(query):
        filter_ = filters.get(name)
        if filter_ is not None and value:
            options = dict(filter_.options(reader)) if filter_.options else {}
            conditions.append(reader.say(filter_.label) + reader.say(N_(": ")) + str(options.get(value, value)))
        elif name == "av" and value:
            conditions.append(value)
        elif name == "af" and value in columns:
            conditions.append(reader.say(columns[value]))
    return ", ".join(conditions)


def shown_log_value(reader: Reader, kind: FieldType, value: Any) -> str:
    """A value of the log as its field shows it."""
    if isinstance(kind, Day):
        value = date.fromisoformat(value)
    elif isinstance(kind, MomentType):
        value = datetime.fromisoformat(value)
    elif isinstance(kind, Amount):
        value = Decimal(str(value))
    text = kind.show(value, reader)
    if isinstance(kind, Choice) and not text:
        return f"#{value}"
    return reader.say(text) if text and isinstance(kind, YesNo | FixedChoice) else text or str(value)


def entries_of_record(kind: Entity, record_id: int) -> Select[Any]:
    """What was done with one record, the newest first."""
    row = OperationLog
    own_entries = select(row).where(row.entity == kind.key, row.record_id == record_id)
    return own_entries.order_by(row.at.desc(), row.id.desc())
