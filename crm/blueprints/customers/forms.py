"""The customer's form: filling it, warning of duplicates, saving it."""

from dataclasses import dataclass
from typing import Any

from flask import flash, request, url_for

from crm.blueprints.customers.duplicates import compared, find_similar, rows_of
from crm.domain.customers.contacts import main_contact
from crm.domain.customers.customers import check_city, save_customer
from crm.domain.customers.duplicates import ATTRIBUTES, MAX_SHOWN, DuplicatesFound
from crm.domain.customers.pool import notify_new_owner
from crm.entities.contacts import CONTACT
from crm.entities.customers import BASICS, CUSTOMER, FORM_KEYS
from crm.entities.linked_records import visible_link
from crm.errors import FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import Contact, Customer
from crm.models.rights import surely_in_scope
from crm.web.access import actor, rights
from crm.web.back_links import preserve_back
from crm.web.customer_file import file_of
from crm.web.firm_settings import lookups, settings
from crm.web.form_saving import attempt
from crm.web.formatting import grouped_values
from crm.web.forms import RecordForm, fill_related_values, form_for, is_preview_only
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.salespeople import hidden_keys, restrict_salespeople
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number

FIRST_KEYS = ("name", "phone", "main_contact", "main_mobile", "main_job_title", "level_id", "owner_id")
OF_MAIN_CONTACT = frozenset({"main_contact", "main_mobile", "main_job_title"})


def customer_form(customer: Customer | None, pooled: bool = False) -> RecordForm:
    """The form of C-1, with the cities of the chosen province, and the main contact's fields where it may be seen.

    Of a new customer whoever may assign chooses the owner.
    """
    return _form(customer, pooled, main_contact(db.session(), customer) if customer is not None else None)


def _form(customer: Customer | None, pooled: bool, contact: Contact | None) -> RecordForm:
    defaults: dict[str, Any] = {"registered_on": now().astimezone(settings().zone).date()}
    shows_contact = contact is not None and _in_sight(contact, customer)
    if contact is not None and shows_contact:
        defaults.update(main_contact=contact.name, main_mobile=contact.mobile, main_job_title=contact.job_title)
    keys = (key for key in FORM_KEYS if key not in OF_MAIN_CONTACT or contact is None or shows_contact)
    assigns = customer is None and not pooled and not hidden_keys()
    defaults["owner_id"] = rights().user_id
    form = form_for(CUSTOMER.pick(*keys, *(("owner_id",) if assigns else ())), customer, defaults, kind=CUSTOMER)
    restrict_salespeople(form, customer)
    form.rule(("province_id", "city_id"), lambda province, city: check_city(db.session(), province, city))
    form.sections = lambda: sections_of(form, customer is None)
    if customer is None and "main_contact" in form:
        form["main_contact"].description = ""  # there is no other one yet
    # Read when it is asked: a fragment fills the form afterwards.
    form["city_id"].under = lambda: form["province_id"].data
    return form


@dataclass(frozen=True)
class Section:
    """A part of the form. `folded`: nothing in it is required, filled in or wrong; None: it cannot be folded."""

    title: str
    controls: list[Any]
    folded: bool | None = None


def sections_of(form: RecordForm, is_new: bool) -> list[Section]:
    """A new customer begins with what is mostly known; the other groups are folded (C-11)."""
    if not is_new:
        return [Section(title, controls) for title, controls in form.groups()]
    begin = [form[key] for key in FIRST_KEYS if key in form]
    sections = [Section(BASICS, begin)]
    for title, controls in form.groups():
        others = [control for control in controls if control not in begin]
        if others:
            heading = N_("Numbers and days") if title == BASICS else title
            sections.append(Section(heading, others, not any(map(_must_be_seen, others))))
    return sections


def _must_be_seen(control: Any) -> bool:
    typed = control.data not in (None, "", False) and control.data != control.object_data
    return bool(control.errors or control.flags.required or typed)


def follow_province(form: RecordForm) -> None:
    """The chosen province's region, where nobody chose another (C-1)."""
    province = lookups().provinces.by_id.get(form["province_id"].data)
    fill_related_values(form, {"region_id": province.parent_id if province is not None else None})


def _in_sight(contact: Contact, customer: Customer | None) -> bool:
    if customer is not None and surely_in_scope(customer.owner_id, rights(), CONTACT.permission("view")):
        return True
    return visible_link(db.session(), rights(), Contact, contact.id) is not None


def save_form(customer: Customer | None, pooled: bool = False) -> Any:
    """Save, or show the form again: with the errors, the duplicates, or only refreshed."""
    former = main_contact(db.session(), customer) if customer is not None else None
    form = _form(customer, pooled, former)
    action = request.form.get("action")
    if is_preview_only():
        follow_province(form)
        return _show(form, customer, 200, pooled=pooled)
    if action in ("check", "advanced"):
        attributes = ATTRIBUTES if action == "advanced" else settings().duplicate_fields
        duplicates = find_similar(form.values(), attributes, customer.id if customer else None)
        return _show(form, customer, 200, pooled=pooled, duplicates=duplicates)
    try:
        saved = attempt(form, lambda: _save(form, customer, pooled), customer, own=(DuplicatesFound,))
    except DuplicatesFound as refusal:
        return _show(form, customer, 422, pooled=pooled, duplicates=refused(form, refusal))
    if saved is None:
        return _show(form, customer, form.status, pooled=pooled)
    flash(_("The customer has been saved."), "done")
    _tell_of_main_contact(saved, former, form)
    url = url_for("customers.show" if customer is None else "customers.details", id=saved.id)
    return go(preserve_back(url) if pooled else url)


def _save(form: RecordForm, customer: Customer | None, pooled: bool) -> Customer:
    session, by = db.session(), actor()
    saved_customer = save_customer(session, customer, form.values(), by, form.opened_version, pooled, _confirmed_ids())
    if customer is None:
        notify_new_owner(session, saved_customer, by)
    return saved_customer


def _tell_of_main_contact(customer: Customer, former: Contact | None, form: RecordForm) -> None:
    """That another name in the form made another contact, and where the former one is."""
    if former is None or "main_contact" not in form or form["main_contact"].data == former.name:
        return
    main = main_contact(db.session(), customer)
    if main is not None and main is not former:
        words = _("%(name)s is now the main contact; %(former)s remains a contact.", name=main.name, former=former.name)
        flash(words, "done")


def _confirmed_ids() -> frozenset[int]:
    """The like customers that stood beside the button 【仍然保存】: others have to be asked about again."""
    sent = request.form.get("save_anyway", "").split()[:MAX_SHOWN]
    return frozenset(int(number) for number in sent if is_record_number(number))


def refused(form: RecordForm, refusal: DuplicatesFound) -> dict[str, Any]:
    """What the page shows of the refusal; where it forbids, each matching field has its complaint."""
    values = {"rows": rows_of(refusal.duplicates), "compared": compared(settings().duplicate_fields)}
    if not refusal.forbidden:
        return {**values, "confirm": " ".join(str(duplicate.id) for duplicate in refusal.duplicates)}
    refused_fields: set[str] = set()
    for duplicate in refusal.duplicates:
        for field in duplicate.fields if duplicate.is_certain else ():
            if field not in refused_fields:
                form.refuse(FieldError(field, N_("Already known: %(name)s"), name=duplicate.name))
                refused_fields.add(field)
    return {**values, "forbidden": True}


def _show(form: RecordForm, customer: Customer | None, status: int, **values: Any) -> Any:
    if customer is None:
        return page("customers/new.html", status, form=form, **values)
    return page("customers/edit.html", status, form=form, **file_of(customer, "details"), **values)


def details_of(customer: Customer) -> list[tuple[str, list[tuple[str, str]]]]:
    """(group, its fields as values); the main contact's where it may be seen."""
    contact = main_contact(db.session(), customer)
    if contact is not None and not _in_sight(contact, customer):
        contact = None
    names = {"main_contact": "name", "main_mobile": "mobile", "main_job_title": "job_title"}
    main = {key: getattr(contact, attribute, None) for key, attribute in names.items()}
    return grouped_values(CUSTOMER, customer, main)
