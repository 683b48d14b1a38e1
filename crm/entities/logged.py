"""What the operation log records (A-9): the kinds of record, and what a firm sets up, each declared once.

A class that is declared here (or is a kind of record) is written by the session's flush; `NOT_LOGGED` names all others
with the reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import inspect

from crm.entities.entity import Entity, Field, field_sets_of
from crm.entities.registry import entities, entity_of, is_entity
from crm.i18n import N_
from crm.models import (
    ApprovalRule,
    Attachment,
    Bulletin,
    CalendarAddress,
    City,
    CustomerLevel,
    CustomField,
    DictionaryItem,
    ImportTemplate,
    NumberingRule,
    OrgUnit,
    PrintTemplate,
    ProductCategory,
    Province,
    Role,
    SavedReport,
    SavedSearch,
    StandIn,
    User,
)

_EXCLUDED = frozenset(
    (
        "id version created_at updated_at created_by_id deleted_at deleted_by_id search_text first_day last_day custom"
    ).split()
)


def _always(record: Any) -> bool:
    return True


@dataclass(frozen=True)
class Logged:
    """Rows of `model` stand in the log under `key`; `label` says what they are.

    `named` is the attribute that names a row. Of the attributes in `secret` only that they changed is told, those in
    `excluded` are nobody's business. `when`: which rows are told. `is_single`: all rows are one thing of settings, its
    attributes are the rows' `key` and their values. `labelled` is the class whose fields name the attributes, where
    it is not the model; `labels` are those of attributes that no form shows.
    """

    key: str
    label: str
    model: Any
    named: str = "name"
    secret: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    when: Callable[[Any], bool] = _always
    is_single: bool = False
    labelled: Any = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)

    def name_of(self, record: Any) -> str:
        return str(getattr(record, self.named, None) or "")


Kind = Entity | Logged
_declared: dict[type, Logged] = {}


def declare_logged(*kinds: Logged) -> None:
    _declared.update({kind.model: kind for kind in kinds})


def logged_kind(record: Any) -> Kind | None:
    """How the record (or the model) stands in the log; None where it does not."""
    if is_entity(record):
        return entity_of(record)
    return _declared.get(record if isinstance(record, type) else type(record))


def logged_kinds() -> tuple[Kind, ...]:
    return (*entities(), *_declared.values())


@cache
def logged_keys(model: Any) -> Mapping[str, None]:
    """The attributes whose changes are logged, in order: all that people set, none that is derived."""
    columns: Any = inspect(model).column_attrs
    kind = _declared.get(model)
    not_logged = _EXCLUDED | kind.excluded if kind is not None else _EXCLUDED
    not_logged |= getattr(model, "DERIVED", frozenset())
    return {c.key: None for c in columns if c.key not in not_logged and not c.key.endswith("_key")}


def secret_keys(kind: Kind) -> frozenset[str]:
    return kind.secret if isinstance(kind, Logged) else frozenset()


def labels_of(kind: Kind, own: Iterable[Field] = ()) -> dict[str, str]:
    """Attribute → the message id of its label; `own` are the fields that the firm added to the kind (D-2)."""
    model = (kind.labelled or kind.model) if isinstance(kind, Logged) else kind.model
    shown = {field.attr: field.label for fields in field_sets_of(model) for field in fields}
    own_labels = {field.attr: field.label for field in own}
    return {**LABELS, **(kind.labels if isinstance(kind, Logged) else {}), **shown, **own_labels}


LABELS = {
    "pinyin": N_("Pinyin code"),
    "position": N_("Order of display"),
    "name": N_("Name"),
    "code": N_("Code"),
    "unit_id": N_("Department"),
    "lines": N_("Lines"),
    "months": N_("Monthly amounts"),
    "participants": N_("Participants"),
    "is_default": N_("Default"),
    "retired": N_("Retired"),
    "pool": N_("Ownership"),
    "owned_since": N_("Owned since"),
    "idle_since": N_("Without contact since"),
    "level_before_id": N_("Level before"),
    "next_contact_before": N_("Next contact before"),
    "revises_id": N_("Revises quote"),
    "opportunity_id": N_("Opportunity"),
    "quote_id": N_("Quote"),
    "submitted_at": N_("Submitted at"),
    "submitted_by_id": N_("Submitted by"),
    "reverses_id": N_("Reverses receipt"),
    "record_id": N_("Contact record"),
    "series_id": N_("Repeated series"),
    "series_day": N_("Day in the series"),
    "on_its_own": N_("Changed individually"),
    "custom": N_("Custom fields"),
    "built_in": N_("Built in"),
}
"""Labels of attributes that no form shows, and of changes beside a record's attributes."""


declare_logged(
    Logged(
        "people",
        N_("Person"),
        User,
        secret=frozenset({"password_hash"}),
        excluded=frozenset({"workbench", "workbench_version"}),
        labels={
            "password_hash": N_("Password"),
            "must_change_password": N_("Must change the password"),
            "language": N_("Language"),
            "disabled_at": N_("Disabled at"),
            "grants": N_("Personal permissions"),
            "successor": N_("Takes over"),
        },
    ),
    Logged(
        "organisation", N_("Organisation"), OrgUnit, labels={"kind": N_("Type"), "position": N_("Order of display")}
    ),
    Logged(
        "roles",
        N_("Role"),
        Role,
        labels={"key": N_("Built in"), "permissions": N_("Permission settings"), "members": N_("Role members")},
    ),
    Logged(
        "dictionaries",
        N_("Dictionary item"),
        DictionaryItem,
        labels={"dictionary": N_("Dictionary"), "name": N_("Item name"), "value": N_("Value")},
    ),
    Logged(
        "custom_fields",
        N_("Custom field"),
        CustomField,
        named="label",
        labels={
            "entity": N_("Module"),
            "label": N_("Field name"),
            "kind": N_("Kind of field"),
            "heading": N_("Group"),
            "help": N_("Help text"),
            "start": N_("Default value"),
            "required": N_("Required"),
            "restricted": N_("Restricted"),
        },
    ),
    Logged(
        "attachments",
        N_("Attachment"),
        Attachment,
        labels={"kind": N_("Module"), "record_id": N_("Record"), "digest": N_("Content"), "name": N_("File name")},
    ),
    Logged(
        "approval_rules",
        N_("Approval rule"),
        ApprovalRule,
        named="",
        labels={
            "role_id": N_("Role"),
            "person_id": N_("Who decides"),
            "second_id": N_("Second person"),
        },
    ),
    Logged(
        "approval_stand_ins",
        N_("Stand-in for approvals"),
        StandIn,
        named="",
        labels={"user_id": N_("Who is away"), "stand_in_id": N_("Who decides instead"), "active": N_("Active")},
    ),
    Logged("levels", N_("Customer level"), CustomerLevel),
    Logged("provinces", N_("Province"), Province, labels={"region_id": N_("Region")}),
    Logged("cities", N_("City"), City, labels={"province_id": N_("Province")}),
    Logged("numbering", N_("Numbering rule"), NumberingRule, named="entity", labels={"entity": N_("Module")}),
    Logged("categories", N_("Product category"), ProductCategory),
    Logged(
        "prints",
        N_("Print template"),
        PrintTemplate,
        secret=frozenset({"body", "choices"}),
        labels={
            "module": N_("Module"),
            "built_in": N_("Built in"),
            "body": N_("Template text"),
            "paper": N_("Paper"),
            "choices": N_("Common choices"),
        },
    ),
    Logged(
        "import_templates",
        N_("Import template"),
        ImportTemplate,
        labels={"kind": N_("Module"), "columns": N_("Columns")},
    ),
    Logged("bulletins", N_("Bulletin"), Bulletin, named="title"),
    Logged(
        "saved_searches",
        N_("Saved search"),
        SavedSearch,
        when=lambda search: search.shared or any(inspect(search).attrs.shared.history.deleted or ()),
        labels={
            "list_key": N_("List"),
            "user_id": N_("Person"),
            "shared": N_("Shared"),
            "query": N_("Conditions"),
        },
    ),
    Logged(
        "saved_reports",
        N_("Saved report"),
        SavedReport,
        excluded=frozenset({"emailed_for"}),
        labels={
            "report": N_("Report"),
            "user_id": N_("Person"),
            "query": N_("Conditions"),
            "role_id": N_("Shared with role"),
            "every": N_("Sending schedule"),
            "weekday": N_("Day of the week"),
            "month_day": N_("Day of the month"),
            "hour": N_("Hour"),
            "receivers": N_("Recipients"),
        },
    ),
    Logged(
        "calendar_addresses",
        N_("Calendar address"),
        CalendarAddress,
        named="",
        secret=frozenset({"token_hash"}),
        labels={"user_id": N_("Person"), "token_hash": N_("Private address"), "made_at": N_("Created on")},
    ),
)
