"""The record's form: the customer's contacts, the level's next date, and saving (R-1, R-2)."""

from datetime import datetime, timedelta
from typing import Any

from flask import abort, flash, request, url_for

from crm import clock
from crm.domain.customers.contact_records import (
    CONTACT_HOUR,
    check_contacted,
    check_next,
    last_method,
    next_contact_of_level,
    save_contact_record,
)
from crm.domain.customers.contacts import main_contact
from crm.domain.platform.mail import email_address_of, is_mail_configured
from crm.domain.schedule.items import MAX_OFFERED, due_items, just_completed
from crm.domain.schedule.whole_days import days_of
from crm.entities.contacts import RECORD
from crm.extensions import db
from crm.models import ContactRecord, Customer, Permission, ScheduleItem, User
from crm.web.access import actor, get_or_404, may, rights
from crm.web.back_links import back_to
from crm.web.contact_choices import fill_contact_choices
from crm.web.firm_settings import lookups, settings
from crm.web.form_saving import attempt
from crm.web.formatting import show_day, show_moment
from crm.web.forms import RecordForm, form_for
from crm.web.request_clock import now
from crm.web.respond import form_again, saved
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number, record_number

FIELDS = tuple(field for field in RECORD if field.editable)


def record_form(record: ContactRecord | None, customer: Customer | None) -> RecordForm:
    """The form as it opens, or as it was sent; the next contact shows what the level says (R-2)."""
    if record is not None:
        form = form_for([f for f in FIELDS if f.key != "customer_id"], record, kind=RECORD)
        fill_contact_choices(form, record.customer_id, record)
    else:
        form = form_for(FIELDS, None, _defaults(customer), kind=RECORD)
        chosen = form["customer_id"].data
        fill_contact_choices(form, chosen)
        customer = customer or (db.session.get(Customer, chosen) if chosen else None)
    follow_level(form, record, customer)
    form.rule(("contacted_at",), lambda at: check_contacted(at, now()))
    form.rule(("contacted_at", "next_contact_at"), check_next)
    missing = _why_no_email(record, customer)
    if missing:
        form["remind_by_email"].description = missing
    return form


def _why_no_email(record: ContactRecord | None, customer: Customer | None) -> str:
    """What keeps the reminder from reaching whoever is to contact the customer, and who can put it right (R-3)."""
    if not is_mail_configured(settings()):
        if may(Permission.SETTINGS_SAVE):
            return _(
                "No mail server is set up yet, so no email goes out. Please set it up: System settings › Mail server."
            )
        return _("No mail server is set up yet, so no email goes out. Please ask an administrator to set it up.")
    person_id = (customer.owner_id if customer else None) or (record.created_by_id if record else None)
    person = db.session.get(User, person_id or rights().user_id)
    if person is None or email_address_of(person):
        return ""
    if person.id == rights().user_id:
        return _("You have no email address yet, so no reminder can be sent. Please enter it under My office.")
    return _("%(person)s has no email address yet, so no reminder can be sent.", person=person.name)


def _defaults(customer: Customer | None) -> dict[str, Any]:
    defaults: dict[str, Any] = {"contacted_at": now(), "add_to_schedule": True}
    if request.method == "GET":
        defaults["method_id"] = _usual_method()
    if customer is not None:
        main = main_contact(db.session(), customer)
        defaults.update(
            customer_id=customer.id, level_id=customer.level_id, contact_id=main.id if main is not None else None
        )
    return defaults


def _usual_method() -> int | None:
    """The last used one (R-6), while it is offered; for a first record the first that there is."""
    offered = [choice for choice in lookups().dictionary("contact_method").items if not choice.retired]
    known = {choice.id for choice in offered}
    used = last_method(db.session(), actor())
    if used in known:
        return used
    first = lookups().dictionary("contact_method").default() or next(iter(offered), None)
    return first.id if first is not None else None


def due_of(customer: Customer | None) -> list[dict[str, Any]]:
    """What writing a record for the customer offers to complete, ticked unless the person unticked it (R-6)."""
    if customer is None:
        return []
    sent = request.form.getlist("completes") if request.form.getlist("offered") else None
    items = due_items(db.session(), customer.id, actor(), now(), request.args.get("item", type=record_number))
    return [
        {
            "id": item.id,
            "title": item.title,
            "day": show_day(days_of(item, settings().zone)[0]),
            "ticked": sent is None or str(item.id) in sent,
        }
        for item in items
    ]


def near_days() -> list[tuple[str, str]]:
    """(label, moment) of the days that are chosen most, as the date's field writes them."""
    zone = settings().zone
    today = clock.day_of(now(), zone)
    labels = ((1, _("Tomorrow")), (3, _("3 days")), (7, _("1 week")))
    return [(label, show_moment(clock.at_hour(today + timedelta(days=n), CONTACT_HOUR, zone))) for n, label in labels]


def next_form() -> RecordForm:
    """The form as it stands in the browser while somebody fills it in."""
    form = form_for(FIELDS)
    form.process(request.args)
    id = form["customer_id"].data or request.args.get("of", type=record_number)
    visible = Customer.visible_to(rights()).where(Customer.id == id) if id else None
    follow_level(form, None, db.session.scalars(visible).first() if visible is not None else None)
    return form


def planned_by(form: RecordForm, customer: Customer | None) -> datetime | None:
    """What the level in the form says about the next contact; the rule is the one of saving."""
    at = form["contacted_at"].data
    return next_contact_of_level(db.session(), form["level_id"].data, customer, at, actor()) if at else None


def follow_level(form: RecordForm, record: ContactRecord | None, customer: Customer | None) -> None:
    """Put the level's date into the form, unless the person typed one.

    `form.suggested` goes along with the form: a date that is still the suggested one was not typed.
    """
    field = form["next_contact_at"]
    form.near_days = near_days()
    planned = planned_by(form, customer)
    form.follows = _is_followed(form, record, planned)
    form.suggested = ""
    if form.follows:
        field.data, field.typed, field.errors = planned, None, ()
        form.suggested = show_moment(field.data)


def _is_followed(form: RecordForm, record: ContactRecord | None, planned: datetime | None) -> bool:
    sent = request.values.get("next_contact_at")
    if sent is not None:
        return sent.strip() in ("", request.values.get("suggested", "").strip())
    return record is None or (planned is not None and record.next_contact_at == planned)


def values_of(form: RecordForm) -> dict[str, Any]:
    """What is saved: a date that nobody typed is left to the level's rule."""
    numbers = {
        key: frozenset(int(text) for text in request.form.getlist(key)[:MAX_OFFERED] if is_record_number(text))
        for key in ("offered", "completes")
    }
    return {**form.values(), **numbers, **({"next_contact_at": None} if form.follows else {})}


def save_form(record: ContactRecord | None) -> Any:
    """Save under the customer named in the form; the answer closes the box and tells the panels."""
    customer = _customer_of(record)
    form = record_form(record, customer)
    if record is None and form["customer_id"].data:
        customer = form["customer_id"].record() or get_or_404("customers", form["customer_id"].data)

    def save() -> ContactRecord:
        if customer is None:
            abort(404)
        return save_contact_record(db.session(), record, customer, values_of(form), actor(), form.opened_version)

    saved_record = attempt(form, save, record)
    if saved_record is None:
        due = due_of(customer) if record is None else []
        return form_again("records/form.html", form.status, form=form, record=record, customer=customer, due=due)
    missing = _why_no_email(saved_record, customer) if saved_record.remind_by_email else ""
    if missing:
        flash(missing, "warning")
    for plan in just_completed(saved_record) if record is None else ():
        flash(_("This also completed the planned “%(title)s” of %(day)s.", title=plan.title, day=_day_of(plan)), "done")
    url = back_to(url_for("records.of_customer", id=saved_record.customer_id))
    return saved(url, f"{_saved_words(customer)} {_why_not_scheduled(saved_record)}".strip(), changed="records-changed")


def _saved_words(customer: Customer | None) -> str:
    """With the day on which the customer is to be contacted next (R-6)."""
    if customer is None or customer.next_contact_at is None:
        return _("The contact record has been saved.")
    return _("The contact record has been saved. Next contact: %(when)s", when=show_moment(customer.next_contact_at))


def _why_not_scheduled(record: ContactRecord) -> str:
    """加入日程 is ticked at first: who wrote no plan is told that nothing stands in the schedule (R-6)."""
    if not record.add_to_schedule or record.next_contact_at is None or record.next_plan:
        return ""
    return _("It is not in the schedule, because no next contact plan was entered.")


def _day_of(plan: ScheduleItem) -> str:
    return show_day(days_of(plan, settings().zone)[0])


def _customer_of(record: ContactRecord | None) -> Customer | None:
    return db.session.get(Customer, record.customer_id) if record is not None else None
