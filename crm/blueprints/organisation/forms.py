"""The forms of units and people, with the places and roles that this person may use (A-1)."""

from typing import Any

from flask import request

from crm.domain.accounts.password_links import can_email_links
from crm.domain.accounts.passwords import check_new_password
from crm.domain.organisation.people import NO_EMAILS, check_login, new_password_hash
from crm.domain.organisation.roles_and_grants import offered_roles, roles_of
from crm.domain.organisation.units import flatten, unit_tree
from crm.entities.people import BY_EMAIL, BY_PASSWORD, NEW_PASSWORD, NEW_PERSON_FORM, PERSON_FORM, unit_fields
from crm.errors import FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import OrgUnit, Permission, User
from crm.web import checkboxes  # noqa: F401  (the control of the roles)
from crm.web.access import actor, rights
from crm.web.firm_settings import settings
from crm.web.forms import RecordForm, form_for
from crm.web.new_password import new_password_rules
from crm.web.urls import record_number


def chosen_place() -> int | None:
    """The unit from which 新增 was clicked, as the address names it."""
    return request.args.get("in", type=record_number)


def offer_places(form: RecordForm, key: str, without: OrgUnit | None = None) -> None:
    """Only units that this person may change; a unit never under itself."""
    nodes = unit_tree(db.session(), rights(), Permission.ORGANISATION_SAVE)
    free = [node for node in flatten(nodes) if without is None or node.id != without.id]
    barred = {under.id for node in flatten(nodes) if without and node.id == without.id for under in flatten([node])}
    allowed = {node.id for node in free} - barred
    current = form[key].object_data
    form[key].narrow = lambda item: item.id in allowed or item.id == current


def unit_form(kind: str, unit: OrgUnit | None = None) -> RecordForm:
    fields = tuple(unit_fields(kind))
    if unit is not None and unit.parent_id is None:
        fields = tuple(field for field in fields if field.key != "parent_id")
    form = form_for(fields, unit, {"parent_id": chosen_place()} if unit is None else None)
    if "parent_id" in form:
        offer_places(form, "parent_id", unit)
    return form


def person_form(person: User | None = None) -> RecordForm:
    """A-1's fields. Roles that this person may not give are shown and cannot be ticked."""
    defaults: dict[str, Any] = {"unit_id": chosen_place(), "roles": set(), "first_login": BY_PASSWORD}
    if person is not None:
        defaults["roles"] = roles_of(db.session(), person)
    form = form_for(NEW_PERSON_FORM if person is None else PERSON_FORM, person, defaults)
    offer_places(form, "unit_id")
    form.rule(("login",), lambda login: check_login(db.session(), login, person.id if person is not None else None))
    if person is None:
        _first_login_rules(form)
    form["roles"].offer((r.id, r.name, r.is_grantable) for r in offered_roles(db.session(), actor(), person))
    return form


def _first_login_rules(form: RecordForm) -> None:
    """A good initial password, or an email that can be sent; the slip needs nothing."""

    def check(how: str | None, password: str | None) -> None:
        if how == BY_EMAIL and not can_email_links(settings()):
            raise FieldError("first_login", NO_EMAILS)
        if how in (None, BY_PASSWORD) and not password:
            raise FieldError("password", N_("Please enter an initial password."))
        if how in (None, BY_PASSWORD):
            check_new_password(password or "", form["login"].typed or "", "password")

    form.rule(("first_login", "password"), check)


def password_hash_of(form: RecordForm, login: str) -> str | None:
    """The hash of the typed password, made before the database is held for writing; None where it is refused."""
    return new_password_hash(form["password"].typed or "", login, "password") if form.validate() else None


def reset_form(person: User) -> RecordForm:
    """A new password by an administrator, typed twice."""
    form = form_for(NEW_PASSWORD, person)
    new_password_rules(form, lambda: person.login, repeat_key="repeated")
    return form
