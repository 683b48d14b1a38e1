"""The addresses of a declared kind."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for

from crm.domain.platform.deletion import delete_record, dependent_records
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.registry import entity
from crm.extensions import db
from crm.web.access import actor, can, can_add, get_or_404, requires, rights
from crm.web.back_links import back_to
from crm.web.customer_file import file_of
from crm.web.entity_pages.forms import record_form, save_form
from crm.web.entity_pages.listing import table_of, table_of_customer
from crm.web.formatting import shown_values
from crm.web.menu import menu_of
from crm.web.reference_search import suggestions
from crm.web.respond import form_again, page, saved
from crm.web.table import bulk_page, table_export, table_page
from crm.web.translation import gettext as _
from crm.web.urls import record_number

View = Callable[..., Any]


def blueprint_of(kind: Entity) -> Blueprint:
    """All pages of the kind; each view gets the kind first."""
    blueprint = Blueprint(kind.key, __name__)
    view, save = kind.permission("view"), kind.permission("save")

    def add(rule: str, name: str, function: View, permission: Any, methods: tuple[str, ...] = ("GET",)) -> None:
        def of_kind(**values: Any) -> Any:
            return function(kind, **values)

        blueprint.add_url_rule(rule, name, requires(permission)(of_kind), methods=list(methods))

    root, record_root = f"/{kind.key.replace('_', '-')}", f"/{kind.key.replace('_', '-')}/<int:id>"
    add(root, "index", index, view)
    add(f"{root}/new", "new", new, save)
    add(root, "create", create, save, ("POST",))
    add(record_root, "show", show, view)
    add(record_root, "update", update, save, ("POST",))
    add(f"{record_root}/delete", "ask_delete", ask_delete, save)
    add(f"{record_root}/delete", "delete", delete, save, ("POST",))
    add(f"{root}/bulk", "bulk", bulk, save, ("POST",))
    add(f"{root}/find", "find", find, view)
    if "export" in kind.verbs:
        add(f"{root}/export", "export", export, kind.permission("export"))
    if kind.parent("customers") is not None:
        tab = menu_of("customers")(requires(view)(lambda id: of_customer(kind, id)))
        blueprint.add_url_rule(f"/customers/<int:id>{root}", "of_customer", tab)
    return blueprint


def index(kind: Entity) -> Any:
    return page(
        "entities/index.html",
        kind=kind,
        table=table_page(table_of(kind)),
        may_add=policy.may(rights(), kind, policy.ADD),
    )


def export(kind: Entity) -> Any:
    return table_export(table_of(kind))


def bulk(kind: Entity) -> Any:
    return bulk_page(table_of(kind), url_for(f"{kind.key}.index"))


def find(kind: Entity) -> Any:
    return suggestions(kind.key)


def of_customer(kind: Entity, id: int) -> Any:
    customer = get_or_404("customers", id)
    table = table_page(table_of_customer(kind), {"id": id}, (kind.model.customer_id == id,))
    may_add = can_add(kind.key, customer)
    return page("entities/of_customer.html", kind=kind, table=table, may_add=may_add, **file_of(customer, kind.key))


def new(kind: Entity) -> Any:
    customer_id = request.args.get("customer_id", type=record_number)
    defaults = {"customer_id": get_or_404("customers", customer_id).id} if customer_id else {}
    return page("entities/form.html", **_page_values(kind, None, record_form(kind, None, defaults)))


def create(kind: Entity) -> Any:
    form = record_form(kind)
    return save_form(kind, form) or form_again("entities/form.html", form.status, **_page_values(kind, None, form))


def show(kind: Entity, id: int) -> Any:
    record = get_or_404(kind, id)
    return page("entities/form.html", **_page_values(kind, record, record_form(kind, record)))


def update(kind: Entity, id: int) -> Any:
    record = get_or_404(kind, id)
    form = record_form(kind, record)
    return save_form(kind, form, record) or form_again(
        "entities/form.html", form.status, **_page_values(kind, record, form)
    )


def _page_values(kind: Entity, record: Any, form: Any) -> dict[str, Any]:
    changeable = record is None or can(policy.CHANGE, record)
    return {
        "kind": kind,
        "record": record,
        "name": kind.name_of(record) if record is not None else "",
        "form": form,
        "changeable": changeable,
        "shown": shown_values(kind, record) if record is not None and not changeable else [],
    }


def ask_delete(kind: Entity, id: int) -> Any:
    record = get_or_404(kind, id, policy.DELETE)
    dependents = [
        (_(entity(key).plural), len(records))
        for key, records in dependent_records(db.session(), record).items()
        if records
    ]
    return page("entities/delete.html", kind=kind, record=record, name=kind.name_of(record), dependents=dependents)


def delete(kind: Entity, id: int) -> Any:
    record = get_or_404(kind, id)
    delete_record(db.session(), record, actor())
    return saved(
        back_to(url_for(f"{kind.key}.index")),
        _("%(what)s has been deleted.", what=kind.name_of(record)),
        changed=kind.event,
    )
