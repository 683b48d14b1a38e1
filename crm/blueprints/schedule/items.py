"""One item: showing, entering, changing, completing, deleting (S-2 to S-4). All of it in a box, or as plain pages."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from crm.blueprints.schedule import blueprint
from crm.catalogue.schedule import DONE_KEYS, FORM_KEYS, ITEM
from crm.catalogue.types import parse_day
from crm.domain import clock
from crm.domain import schedule as verbs
from crm.domain.errors import DomainError
from crm.extensions import db
from crm.models import Customer, Permission, ScheduleItem
from crm.web.access import acting, may, requires, rights, visible_or_404
from crm.web.clock import now
from crm.web.firm import settings
from crm.web.forms import RecordForm, form_for
from crm.web.references import shown_reference
from crm.web.respond import page, saved
from crm.web.saving import attempt
from crm.web.sessions import safe_next
from crm.web.showing import shown_values

CHANGED = "schedule-changed"


def own_or_403(id: int) -> ScheduleItem:
    """The item, if it stands in the person's own schedule or was made by them; 404 where it may not be seen."""
    item: ScheduleItem = visible_or_404(ScheduleItem, id)
    if not verbs.may_change(item, rights().user_id):
        abort(403)
    return item


def back() -> str:
    """Where the person came from; without scripts one returns there."""
    given = request.values.get("next")
    return safe_next(given) if given else url_for("schedule.index")


@blueprint.get("/schedule/<int:id>")
@requires(Permission.SCHEDULE_VIEW)
def show(id: int) -> Any:
    item = visible_or_404(ScheduleItem, id)
    mine = may(Permission.SCHEDULE_SAVE) and verbs.may_change(item, rights().user_id)
    seen = shown_reference("customers", item.customer_id)
    return page("schedule/show.html", item=item, facts=facts_of(item), customer=seen, mine=mine, back=back())


def facts_of(item: ScheduleItem) -> list[tuple[str, str]]:
    """What is filled in; a whole day needs no clock."""
    keys = ("starts_at", "ends_at", "content", "remind_minutes", "owner_id", "done_at", "done_by_id", "done_note")
    facts = dict(zip(keys, shown_values(ITEM, item, keys), strict=True))
    if item.all_day:
        for key in ("starts_at", "ends_at"):
            facts[key] = (facts[key][0], facts[key][1][:10])
    return [fact for fact in facts.values() if fact[1]]


@blueprint.get("/schedule/new")
@requires(Permission.SCHEDULE_SAVE)
def new() -> Any:
    return _form(item_form(None), None)


@blueprint.post("/schedule")
@requires(Permission.SCHEDULE_SAVE)
def create() -> Any:
    return _save(None)


@blueprint.get("/schedule/<int:id>/edit")
@requires(Permission.SCHEDULE_SAVE)
def edit(id: int) -> Any:
    item = own_or_403(id)
    return _form(item_form(item), item)


@blueprint.post("/schedule/<int:id>")
@requires(Permission.SCHEDULE_SAVE)
def update(id: int) -> Any:
    return _save(own_or_403(id))


def item_form(item: ScheduleItem | None) -> RecordForm:
    """The form of S-2; a new item begins at the next full hour, or on the day it was asked for."""
    zone = settings().zone
    start = now().astimezone(zone).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    with suppress(KeyError, DomainError):
        start = clock.at_hour(parse_day(request.args["day"]), 9, zone)
    customer = request.args.get("customer_id", type=int)
    return form_for(ITEM.pick(*FORM_KEYS), item, {"starts_at": start, "customer_id": customer})


def _form(form: RecordForm, item: ScheduleItem | None, code: int = 200) -> Any:
    return page("schedule/form.html", code, form=form, item=item, back=back())


def _save(item: ScheduleItem | None) -> Any:
    form = item_form(item)

    def verb() -> ScheduleItem:
        return verbs.save_item(db.session(), item, _values(form, item), acting(), form.opened_version)

    if attempt(form, verb, item) is None:
        return _form(form, item, form.status)
    return saved(back(), _("The schedule is saved."), CHANGED)


def _values(form: RecordForm, item: ScheduleItem | None) -> dict[str, Any]:
    """What was typed. A customer that the person may not see is shown as none, and stays."""
    values = form.values()
    if item and item.customer_id and not values["customer_id"]:
        seen = Customer.visible_to(rights()).where(Customer.id == item.customer_id)
        if db.session.scalars(seen.limit(1)).first() is None:
            del values["customer_id"]
    return values


@blueprint.get("/schedule/<int:id>/complete")
@requires(Permission.SCHEDULE_SAVE)
def complete(id: int) -> Any:
    return _completion(own_or_403(id), form_for(ITEM.pick(*DONE_KEYS)))


@blueprint.post("/schedule/<int:id>/complete")
@requires(Permission.SCHEDULE_SAVE)
def completed(id: int) -> Any:
    item, form = own_or_403(id), form_for(ITEM.pick(*DONE_KEYS))

    def verb() -> ScheduleItem:
        return verbs.complete_item(db.session(), item, form["done_note"].data, acting())

    if attempt(form, verb) is None:
        return _completion(item, form, form.status)
    return saved(back(), _("“%(title)s” is completed.", title=item.title), CHANGED)


def _completion(item: ScheduleItem, form: RecordForm, code: int = 200) -> Any:
    return page("schedule/complete.html", code, form=form, item=item, back=back())


@blueprint.get("/schedule/<int:id>/delete")
@requires(Permission.SCHEDULE_SAVE)
def question(id: int) -> Any:
    """✕ asks first (S-3)."""
    return page("schedule/delete.html", item=own_or_403(id), back=back())


@blueprint.post("/schedule/<int:id>/delete")
@requires(Permission.SCHEDULE_SAVE)
def delete(id: int) -> Any:
    item = own_or_403(id)
    verbs.delete_item(db.session(), item, acting())
    return saved(back(), _("“%(title)s” is deleted.", title=item.title), CHANGED)
