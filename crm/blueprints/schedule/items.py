"""One item: showing, entering, changing, completing, deleting (S-2 to S-4). All of it in a box, or as plain pages."""

import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import abort, request, url_for

from crm import clock
from crm.blueprints.schedule import blueprint
from crm.blueprints.schedule.warnings import overlap_messages, warn_of_overlaps
from crm.domain.schedule import items as verbs
from crm.domain.schedule.invitations import format_time
from crm.domain.schedule.participants import participants, possible_participants
from crm.domain.schedule.series import requested_rule, rule_of
from crm.entities import policy
from crm.entities.record_saving import check_version, require_version
from crm.entities.schedule import DELETING, DONE_KEYS, FORM_KEYS, FREQUENCIES, ITEM, REPEATED_FORM_KEYS
from crm.errors import DomainError
from crm.extensions import db
from crm.fields import parse_day
from crm.i18n import N_
from crm.models import Customer, Permission, ScheduleItem
from crm.models.schedule import FOLLOWING, THIS_ONE
from crm.web import checkboxes  # noqa: F401  (the control of the participants)
from crm.web.access import actor, get_or_404, requires, rights
from crm.web.firm_settings import field_context, settings
from crm.web.form_saving import attempt
from crm.web.formatting import show_day, show_person, shown_values
from crm.web.forms import RecordForm, form_for
from crm.web.references import shown_reference
from crm.web.request_clock import now
from crm.web.respond import page, saved
from crm.web.sessions import safe_next
from crm.web.translation import gettext as _
from crm.web.urls import record_number

CHANGED = "schedule-changed"
MOVES = (
    ("-1d", N_("A day earlier")),
    ("1d", N_("A day later")),
    ("7d", N_("A week later")),
    ("-1h", N_("An hour earlier")),
    ("1h", N_("An hour later")),
)
MOVED_BY = re.compile(r"(-?[0-9]{1,3})([dh])")


def back() -> str:
    """Where the person came from; without scripts one returns there."""
    next_url = request.values.get("next")
    return safe_next(next_url) if next_url else url_for("schedule.index")


@blueprint.get("/schedule/<int:id>")
@requires(Permission.SCHEDULE_VIEW)
def show(id: int) -> Any:
    item = get_or_404("schedule", id)
    customer_name = shown_reference("customers", item.customer_id)
    return page(
        "schedule/show.html",
        item=item,
        facts=facts_of(item),
        customer=customer_name,
        overlaps=overlap_messages([item]),
        moves=[(by, _(label)) for by, label in MOVES if by[-1] == "d" or not item.all_day],
        back=back(),
    )


def facts_of(item: ScheduleItem) -> list[tuple[str, str]]:
    """What is filled in; a whole day needs no clock."""
    keys = ("starts_at", "ends_at", "content", "remind_minutes", "owner_id", "done_at", "done_by_id", "done_note")
    facts = dict(zip(keys, shown_values(ITEM, item, keys), strict=True))
    if item.all_day:
        has_several_days = item.last_day != item.first_day
        facts["starts_at"] = (facts["starts_at"][0], show_day(item.first_day))
        facts["ends_at"] = (facts["ends_at"][0], show_day(item.last_day) if has_several_days else "")
    facts["participants"] = (_("Participants"), _listed_participants(item))
    facts["repeat"] = (_("Repetition"), _repetition_text(item))
    return [fact for fact in facts.values() if fact[1]]


def _listed_participants(item: ScheduleItem) -> str:
    return _(", ").join(sorted(show_person(id) for id in participants(db.session(), item.id)))


def _repetition_text(item: ScheduleItem) -> str:
    rule = rule_of(db.session(), item)
    if rule is None:
        return ""
    how_often = _(FREQUENCIES.show(rule.frequency, field_context()))
    text = _("%(how_often)s until %(day)s", how_often=how_often, day=show_day(rule.last_day))
    return f"{text} ({_('this one was changed alone')})" if item.on_its_own else text


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
    item = get_or_404("schedule", id, policy.CHANGE)
    return _form(item_form(item), item)


@blueprint.post("/schedule/<int:id>")
@requires(Permission.SCHEDULE_SAVE)
def update(id: int) -> Any:
    return _save(get_or_404("schedule", id))


def item_form(item: ScheduleItem | None) -> RecordForm:
    """The form of S-2; a new item begins at the next full hour of today, or on the day it was asked for."""
    taking_part = participants(db.session(), item.id if item else None)
    zone = settings().zone
    start = clock.next_start(now(), zone)
    with suppress(KeyError, DomainError):
        start = clock.at_hour(parse_day(request.args["day"]), 9, zone)
    customer = request.args.get("customer_id", type=record_number)
    defaults: dict[str, Any] = {"starts_at": start, "customer_id": customer, "participants": taking_part}
    rule = rule_of(db.session(), item)
    if rule is not None:
        defaults.update(applies_to=THIS_ONE, repeat=rule.frequency, repeat_until=rule.last_day)
    form = form_for(ITEM.pick(*(REPEATED_FORM_KEYS if rule else FORM_KEYS)), item, defaults)
    _offer_people(form, item, taking_part)
    return form


def _offer_people(form: RecordForm, item: ScheduleItem | None, taking_part: set[int]) -> None:
    """Colleagues with a schedule of their own; who took part before and has left since is still named."""
    owner_id = item.owner_id if item else rights().user_id
    offered = {user.id: user.name for user in possible_participants(db.session(), owner_id=owner_id)}
    former = {id: show_person(id) for id in sorted(taking_part) if id not in offered}
    form["participants"].offer((id, name, True) for id, name in {**offered, **former}.items())


def _form(form: RecordForm, item: ScheduleItem | None, code: int = 200) -> Any:
    return page("schedule/form.html", code, form=form, item=item, back=back())


def _save(item: ScheduleItem | None) -> Any:
    form = item_form(item)
    form.rule(
        ("starts_at", "ends_at", "all_day"), lambda start, end, all_day: verbs.check_times(start, end, all_day, actor())
    )
    form.rule(("repeat", "repeat_until"), lambda often, until: requested_rule({"repeat": often, "repeat_until": until}))

    def verb() -> ScheduleItem:
        return verbs.save_item(db.session(), item, _values(form, item), actor(), form.opened_version)

    saved_item = attempt(form, verb, item)
    if saved_item is None:
        return _form(form, item, form.status)
    warn_of_overlaps(saved_item)
    return saved(back(), _("The schedule has been saved."), CHANGED)


def _values(form: RecordForm, item: ScheduleItem | None) -> dict[str, Any]:
    """What was typed. A customer that the person may not see is shown as none, and stays."""
    values = form.values()
    if item and item.customer_id and not values["customer_id"]:
        visible = Customer.visible_to(rights()).where(Customer.id == item.customer_id)
        if db.session.scalars(visible.limit(1)).first() is None:
            del values["customer_id"]
    return values


@blueprint.post("/schedule/<int:id>/move")
@requires(Permission.SCHEDULE_SAVE)
def move(id: int) -> Any:
    """To another day or hour (S-1): `by` is 3d or -1h, dragged there in a grid or pressed in the item's box."""
    item = get_or_404("schedule", id)
    opened_version = require_version(request.form.get("version", type=record_number))
    check_version(item, opened_version)
    by = MOVED_BY.fullmatch(request.form.get("by", ""))
    if by is None:
        abort(400)
    steps = timedelta(**{"days" if by[2] == "d" else "hours": int(by[1])})
    warn_of_overlaps(verbs.move_item(db.session(), item, steps, actor(), opened_version))
    text = _("“%(title)s” is now on %(when)s.", title=item.title, when=format_time(item, settings().zone))
    return saved(back(), text, CHANGED)


@blueprint.get("/schedule/<int:id>/complete")
@requires(Permission.SCHEDULE_SAVE)
def complete(id: int) -> Any:
    return _completion(get_or_404("schedule", id, verbs.COMPLETE), form_for(ITEM.pick(*DONE_KEYS)))


@blueprint.post("/schedule/<int:id>/complete")
@requires(Permission.SCHEDULE_SAVE)
def completed(id: int) -> Any:
    item, form = get_or_404("schedule", id), form_for(ITEM.pick(*DONE_KEYS))

    def verb() -> ScheduleItem:
        return verbs.complete_item(db.session(), item, form["done_note"].data, actor())

    if attempt(form, verb) is None:
        return _completion(item, form, form.status)
    return saved(back(), _("“%(title)s” has been completed.", title=item.title), CHANGED)


def _completion(item: ScheduleItem, form: RecordForm, code: int = 200) -> Any:
    return page("schedule/complete.html", code, form=form, item=item, back=back())


@blueprint.get("/schedule/<int:id>/delete")
@requires(Permission.SCHEDULE_SAVE)
def question(id: int) -> Any:
    """✕ asks first (S-3); of a repetition also, how much is meant."""
    item = get_or_404("schedule", id, policy.DELETE)
    form = form_for([DELETING], None, {"applies_to": THIS_ONE}) if item.series_id else None
    return page("schedule/delete.html", item=item, form=form, back=back())


@blueprint.post("/schedule/<int:id>/delete")
@requires(Permission.SCHEDULE_SAVE)
def delete(id: int) -> Any:
    item = get_or_404("schedule", id)
    following = request.form.get("applies_to") == FOLLOWING
    count = verbs.delete_item(db.session(), item, actor(), following)
    if count > 1:
        return saved(back(), _("%(count)s items deleted.", count=count), CHANGED)
    return saved(back(), _("“%(title)s” has been deleted.", title=item.title), CHANGED)
