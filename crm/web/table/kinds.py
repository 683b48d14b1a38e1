"""The list of a kind of record: what follows from the declaration, once for all kinds (C-5)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from crm.domain.platform.affected_records import count_deleted_with
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.merging import MAX_RECORDS, WRONG_NUMBER, merge
from crm.entities import policy
from crm.entities.custom_fields import is_customised
from crm.entities.entity import Entity
from crm.entities.listing import Reader
from crm.entities.listing.customer_filters import join_customer
from crm.errors import DomainError
from crm.i18n import N_
from crm.models.states import State
from crm.web.formatting import badge
from crm.web.table.bulk.action import BulkAction
from crm.web.table.cells import CUSTOMER_CODE
from crm.web.table.declaration import Column, Table, column


def table_of_kind(kind: Entity, **declared: Any) -> Table:
    """The list with addresses, rights, rows and event of the kind; `declared` are the other fields of a `Table`."""
    exported = "export" in kind.verbs
    known: dict[str, Any] = {
        "key": kind.key,
        "title": kind.plural,
        "model": kind.model,
        "permission": kind.permission("view"),
        "rows": lambda rights: policy.reachable_ids(kind, rights),
        "joins": join_customer(kind.model) if kind.parent("customers") is not None else None,
        "endpoint": f"{kind.key}.index",
        "row_endpoint": f"{kind.key}.show",
        "depends": (kind.model.__tablename__, "customers", "users", "org_units"),
        "export_permission": kind.permission("export") if exported else None,
        "export_endpoint": f"{kind.key}.export" if exported else "",
        "bulk_endpoint": f"{kind.key}.bulk",
        "event": kind.event,
        "own_fields": is_customised(kind),
        "card": kind.card,
    }
    if kind.parent("customers") is not None:
        declared["more"] = (*declared.get("more", ()), CUSTOMER_CODE)
    table = Table(**{**known, **declared})
    return replace(table, bulk=(*table.bulk, merging(kind))) if kind.mergeable and table.bulk else table


def tab_of_customer(table: Table, **declared: Any) -> Table:
    """The same as the tab of a customer: without what finds the customer."""
    known = {
        "columns": tuple(col for col in table.columns if col.key != "customer"),
        "filters": (),
        "more": (),
        "own_fields": False,
        "advanced": False,
        "endpoint": f"{table.key}.of_customer",
        "export_endpoint": "",
    }
    return replace(table, **{**known, **declared})


def deleting(
    kind: Entity, question: str, done: str, verb: Callable[..., Any] = delete_record, **options: Any
) -> BulkAction:
    """【刪除】 of the ticked rows; `question` and `done` are message ids with %(count)s."""
    return BulkAction(
        "delete",
        N_("Delete"),
        policy.permission_for(kind, policy.DELETE),
        verb,
        question,
        done,
        policy_action=policy.DELETE,
        danger=True,
        **{"side_effects": count_deleted_with, **options},
    )


def merging(kind: Entity) -> BulkAction:
    """【合併】 of two or three ticked rows, on a page of its own (C-4)."""

    def leads(ids: Sequence[int], back: str) -> str:
        if not 2 <= len(ids) <= MAX_RECORDS:
            raise DomainError(WRONG_NUMBER)
        return url_for("merging.choose", kind=kind.key, ids=list(ids), next=back)

    permission = policy.permission_for(kind, policy.MERGE)
    return BulkAction("merge", N_("Merge"), permission, merge, "", "", policy_action=policy.MERGE, leads=leads)


def columns_of(kind: Entity) -> Callable[..., Column]:
    """Makes the columns of the kind's fields by their keys; those that are not `sorted_` do not sort the list."""

    def declared(key: str, *, sorted_: bool = False, **options: Any) -> Column:
        return column(kind[key], getattr(kind.model, kind[key].attr), None if sorted_ else (), **options)

    return declared


def state_cell(states: type[State]) -> Callable[[Reader, str], Markup]:
    """The cell of a column of states: the badge."""

    def cell(reader: Reader, state: str) -> Markup:
        shown = badge(states(state))
        return Markup(f'<span class="state c-{escape(shown["tone"])}">{escape(shown["state"])}</span>')

    return cell
