"""The rules as sentences, the form of one, and the documents that it speaks of now."""

from typing import Any

from flask import flash, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.blueprints.approval_rules import blueprint
from crm.blueprints.approval_rules.fields import RULE
from crm.domain.sales.approval_rule_saving import delete_of, documents_touched, save_rule
from crm.domain.sales.approval_rules import rules_of
from crm.domain.sales.approvers import DOCUMENTS, possible_deciders
from crm.domain.sales.stand_ins import all_stand_ins
from crm.extensions import db
from crm.i18n import N_
from crm.models import ApprovalRule, Customer, CustomerLevel, Permission, Role, User
from crm.models.approval_rules import BY_AMOUNT, BY_LEVEL, BY_PRICE
from crm.models.documents import PENDING, DocumentState
from crm.web.access import actor, may, one_or_404, requires, rights
from crm.web.approvals import KINDS
from crm.web.form_saving import attempt
from crm.web.formatting import badge, show_amount, show_person
from crm.web.forms import RecordForm, form_for
from crm.web.menu import menu_of
from crm.web.respond import form_again, page, saved
from crm.web.translation import gettext as _

SHOWN = 20
WHAT = {
    ("orders", BY_AMOUNT): N_("Sales orders above %(amount)s"),
    ("orders", BY_PRICE): N_("Sales orders with a price below the lowest selling price"),
    ("orders", BY_LEVEL): N_("Sales orders of customers with the level %(level)s"),
    ("receipts", BY_AMOUNT): N_("Receipts above %(amount)s"),
    ("receipts", BY_LEVEL): N_("Receipts of customers with the level %(level)s"),
}
ONE, BOTH = N_("%(what)s: %(who)s decides."), N_("%(what)s: %(who)s decides, and then %(second)s as well.")


@blueprint.get("/approval-rules")
@menu_of("settings")
@requires(Permission.SETTINGS_VIEW)
def index() -> Any:
    session = db.session()
    rules = [(rule, sentence_of(session, rule), _count(session, rule)) for rule in rules_of(session)]
    stand_ins = all_stand_ins(session, actor())
    return page("approval_rules/index.html", rules=rules, stand_ins=stand_ins, may_save=may(Permission.SETTINGS_SAVE))


@blueprint.get("/approval-rules/new")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def new() -> Any:
    return page("approval_rules/form.html", form=_form(None), rule=None)


@blueprint.post("/approval-rules")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def create() -> Any:
    return _save(None)


@blueprint.get("/approval-rules/<int:id>")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def edit(id: int) -> Any:
    rule = _rule_or_404(id)
    return page("approval_rules/form.html", **_template_values(rule, _form(rule)))


@blueprint.post("/approval-rules/<int:id>")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def update(id: int) -> Any:
    return _save(_rule_or_404(id))


@blueprint.get("/approval-rules/<int:id>/delete")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def ask_delete(id: int) -> Any:
    rule = _rule_or_404(id)
    return page("approval_rules/delete.html", rule=rule, sentence=sentence_of(db.session(), rule))


@blueprint.post("/approval-rules/<int:id>/delete")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def delete(id: int) -> Any:
    delete_of(db.session(), _rule_or_404(id), actor())
    return saved(url_for("approval_rules.index"), _("The approval rule has been deleted."))


def sentence_of(session: Session, rule: ApprovalRule) -> str:
    """The rule in plain words."""
    level = session.get(CustomerLevel, rule.level_id or 0)
    matter = _(
        WHAT[rule.document, rule.condition],
        amount=show_amount(rule.amount),
        level=level.name if level is not None else "",
    )
    who = _role_name(session, rule) if rule.person_id is None else show_person(rule.person_id)
    if rule.second_id is None:
        return _(ONE, what=matter, who=who)
    return _(BOTH, what=matter, who=who, second=show_person(rule.second_id))


def _role_name(session: Session, rule: ApprovalRule) -> str:
    chosen = Role.id == rule.role_id if rule.role_id else Role.key == KINDS[rule.document].workflow.role
    return session.scalar(select(Role.name).where(chosen)) or ""


def _count(session: Session, rule: ApprovalRule) -> int:
    statement = documents_touched(rule, rights()).with_only_columns(func.count(), maintain_column_froms=True)
    return session.scalar(statement.order_by(None)) or 0


def _rule_or_404(id: int) -> ApprovalRule:
    rule: ApprovalRule = one_or_404(
        select(ApprovalRule).where(ApprovalRule.id == id, ApprovalRule.deleted_at.is_(None))
    )
    return rule


def _form(rule: ApprovalRule | None) -> RecordForm:
    """Roles with members, and people who may approve; what a rule names already stays offered."""
    session = db.session()
    form = form_for(RULE, rule, _chosen(rule))
    people = possible_deciders(session)
    roles = session.scalars(select(Role).where(Role.deleted_at.is_(None)).order_by(Role.position, Role.id))
    named = [(f"person-{person.id}", person.name) for person in people]
    form["decider"].listed = [
        ("", _("The usual approvers")),
        *((f"role-{role.id}", _("Role: %(name)s", name=role.name)) for role in roles),
        *named,
    ]
    form["second"].listed = [("", _("Nobody")), *named]
    return form


def _chosen(rule: ApprovalRule | None) -> dict[str, Any]:
    if rule is None:
        return {}
    decider = f"role-{rule.role_id}" if rule.role_id else f"person-{rule.person_id}" if rule.person_id else None
    return {"decider": decider, "second": f"person-{rule.second_id}" if rule.second_id else None}


def values_of(form: RecordForm) -> dict[str, Any]:
    """What was chosen, as the verb takes it."""
    values = form.values()
    decider_kind, _dash, number = (values.pop("decider") or "").partition("-")
    second = (values.pop("second") or "").partition("-")[2]
    ids = {
        "role_id": int(number) if decider_kind == "role" else None,
        "person_id": int(number) if decider_kind == "person" else None,
    }
    return {**values, **ids, "second_id": int(second) if second else None}


def _save(rule: ApprovalRule | None) -> Any:
    form = _form(rule)

    def save() -> ApprovalRule:
        return save_rule(db.session(), rule, values_of(form), actor(), form.opened_version)

    done = attempt(form, save, rule)
    if done is None:
        return form_again("approval_rules/form.html", form.status, **_template_values(rule, form))
    waiting = documents_touched(done, rights()).where(DOCUMENTS[done.document][0].state == PENDING)
    count = len(db.session.scalars(waiting.limit(SHOWN)).all())
    if count:
        flash(_("Documents that are awaiting approval already keep the rules of their submission."), "warning")
    return saved(url_for("approval_rules.index"), _("The approval rule has been saved."))


def _template_values(rule: ApprovalRule | None, form: RecordForm) -> dict[str, Any]:
    """The values of the page, with the documents that the stored rule applies to now."""
    if rule is None:
        return {"rule": None, "form": form}
    session, kind = db.session(), KINDS[rule.document]
    statement = documents_touched(rule, rights()).add_columns(Customer.name).limit(SHOWN)
    rows = [
        {
            "code": record.code,
            "url": kind.url(record.id),
            "customer": customer,
            "amount": record.worth,
            "waiting": record.state == PENDING,
            **badge(DocumentState(record.state)),
        }
        for record, customer in session.execute(statement)
    ]
    return {
        "rule": rule,
        "form": form,
        "sentence": sentence_of(session, rule),
        "rows": rows,
        "count": _count(session, rule),
    }


def people_named(session: Session) -> list[tuple[str, str]]:
    """(key, name) of the people who may approve anything."""
    people: list[User] = possible_deciders(session)
    return [(f"person-{person.id}", person.name) for person in people]
