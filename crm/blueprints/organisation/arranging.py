"""調動人員 and 排序: several people into another department, and the order of all (A-1, A-3)."""

from typing import Any

from flask import abort, flash, request, url_for
from sqlalchemy import select

from crm.blueprints.organisation import blueprint
from crm.blueprints.organisation.forms import offer_places
from crm.domain.organisation.ordering import DOWN, UP, arrange_people, arrange_units, move_person, move_unit
from crm.domain.organisation.people import move_people
from crm.domain.organisation.units import flatten, people_within, unit_tree, units_within
from crm.entities.people import MOVE_FORM
from crm.errors import FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import OrgUnit, Permission, User
from crm.web.access import actor, requires, rights
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.respond import go, page, saved
from crm.web.static_files import static_url
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number

MAX_NUMBERS = 500
"""So many at once: more than any firm has departments beside each other, or people in one."""


@blueprint.get("/organisation/move")
@requires(Permission.ORGANISATION_SAVE)
def choose_move() -> Any:
    form = _move_form()
    return _show_move(form, set(_numbers(request.args.getlist("people"))))


@blueprint.post("/organisation/move")
@requires(Permission.ORGANISATION_SAVE)
def move() -> Any:
    form, chosen_ids = _move_form(), set(_numbers(request.form.getlist("people")))
    count = attempt(form, lambda: _move(chosen_ids, form["unit_id"].data))
    if count is None:
        return _show_move(form, chosen_ids, form.status)
    return saved(url_for("organisation.index"), _("%(count)s people have a new department.", count=count))


def _move_form() -> RecordForm:
    form = form_for(MOVE_FORM)
    offer_places(form, "unit_id")
    return form


def _move(person_ids: set[int], unit_id: int) -> int:
    reached = select(User).where(User.id.in_(person_ids), people_within(rights(), Permission.ORGANISATION_SAVE))
    people = db.session.scalars(reached.order_by(User.id)).all()
    if not person_ids:
        raise FieldError("people", N_("Please tick who is to be moved."))
    if len(people) < len(person_ids):
        abort(404)
    return move_people(db.session(), people, unit_id, actor())


def _show_move(form: RecordForm, ticked: set[int], code: int = 200) -> Any:
    units = flatten(unit_tree(db.session(), rights(), Permission.ORGANISATION_SAVE))
    return page("organisation/move.html", code, form=form, units=units, ticked=ticked)


@blueprint.get("/organisation/order")
@requires(Permission.ORGANISATION_SAVE)
def order() -> Any:
    nodes = unit_tree(db.session(), rights(), Permission.ORGANISATION_SAVE)
    scripts = [static_url("vendor/Sortable.min.js"), static_url("js/order.js")]
    return page("organisation/order.html", nodes=nodes, more_scripts=scripts)


@blueprint.post("/organisation/order")
@requires(Permission.ORGANISATION_SAVE)
def arrange() -> Any:
    """One step (`up`, `down`), or all that stand beside each other in a new order (`order`), as p3 or u7."""
    pressed = [name for name in ("up", "down", "order") if request.form.get(name)]
    if len(pressed) != 1:
        abort(400)
    marks = request.form[pressed[0]].split()[:MAX_NUMBERS]
    kinds = {mark[:1] for mark in marks}
    if len(kinds) != 1 or kinds - {"p", "u"}:
        abort(400)
    rows = _rows(kinds.pop(), _numbers(mark[1:] for mark in marks))
    if pressed[0] == "order":
        arranged = arrange_people if isinstance(rows[0], User) else arrange_units
        arranged(db.session(), rows, actor())
    else:
        move_verb = move_person if isinstance(rows[0], User) else move_unit
        move_verb(db.session(), rows[0], UP if pressed[0] == "up" else DOWN, actor())
    flash(_("The order has been saved."), "done")
    return go(url_for("organisation.order"))


def _rows(kind: str, ids: list[int]) -> list[Any]:
    """The rows in the order of their numbers; 404 for what the right does not reach."""
    permission = Permission.ORGANISATION_SAVE
    model: Any = User if kind == "p" else OrgUnit
    reached = people_within(rights(), permission) if kind == "p" else units_within(rights(), permission)
    rows = {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(ids), reached))}
    if not ids or set(ids) - set(rows):
        abort(404)
    return [rows[id] for id in dict.fromkeys(ids)]


def _numbers(texts: Any) -> list[int]:
    return [int(text) for text in list(texts)[:MAX_NUMBERS] if is_record_number(text)]
