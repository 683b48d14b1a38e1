"""The list of the modules with their next numbers, and the form of a rule (D-5)."""

from typing import Any

from flask import abort, request, url_for
from sqlalchemy import select

from crm.blueprints.numbering import blueprint
from crm.catalogue.numbering import RULE
from crm.domain.platform.numbering_rules import check_rule, numbered_models, rule_from, save_rule
from crm.entities.numbering import preview_codes, rule_of
from crm.entities.registry import entity as entity_of_key
from crm.errors import DomainError, FieldError
from crm.extensions import db
from crm.models import NumberingRule, Permission
from crm.web.access import may, requires
from crm.web.controls import REQUIRED
from crm.web.errors import error_text
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.formatting import shown_values
from crm.web.forms import RecordForm, form_for
from crm.web.request_clock import now
from crm.web.respond import page, saved
from crm.web.translation import gettext as _


@blueprint.get("/numbering")
@requires(Permission.NUMBERING_VIEW)
def index() -> Any:
    stored = {rule.entity: rule for rule in db.session.scalars(select(NumberingRule))}
    rules = [stored.get(key) or rule_of(db.session(), key) for key in numbered_models()]
    codes = preview_codes(db.session(), numbered_models(), rules, now(), settings().zone)
    rows = [
        (
            rule.entity,
            _(entity_of_key(rule.entity).plural),
            [value for _label, value in shown_values(RULE, rule)],
            codes[rule.entity],
        )
        for rule in rules
    ]
    return page("numbering/index.html", rows=rows, headings=[_(field.label) for field in RULE])


@blueprint.get("/numbering/<entity>")
@requires(Permission.NUMBERING_VIEW)
def edit(entity: str) -> Any:
    rule = _rule_or_404(entity)
    return _show(rule, form_for(RULE, rule), code_of(rule))


@blueprint.get("/numbering/<entity>/preview")
@requires(Permission.NUMBERING_SAVE)
def preview(entity: str) -> Any:
    """The next number by what is typed, while one types; nothing is kept and no number given away."""
    rule = _rule_or_404(entity)
    form = form_for(RULE, rule)
    form.process(request.args)
    try:
        _check_typed(form)
        return page("numbering/_coming.html", code=code_of(rule_from(entity, form.values())), problem="")
    except DomainError as problem:
        return page("numbering/_coming.html", code="", problem=error_text(problem))


@blueprint.post("/numbering/<entity>")
@requires(Permission.NUMBERING_SAVE)
def update(entity: str) -> Any:
    rule = _rule_or_404(entity)
    form = form_for(RULE, rule)
    if request.form.get("action") == "preview":
        return _show_preview(rule, form)
    done = attempt(form, lambda: save_rule(db.session(), entity, form.values(), form.opened_version), rule)
    if done is None:
        return _show(rule, form, "", form.status)
    return saved(url_for("numbering.index"), _("%(what)s has been saved.", what=_(entity_of_key(entity).plural)))


def code_of(rule: NumberingRule) -> str:
    return preview_codes(db.session(), numbered_models(), [rule], now(), settings().zone)[rule.entity]


def _rule_or_404(entity: str) -> NumberingRule:
    if entity not in numbered_models():
        abort(404)
    return rule_of(db.session(), entity)


def _check_typed(form: RecordForm) -> None:
    """Raises DomainError for the first thing that keeps the rule from being saved."""
    for control in (form[field.key] for field in form.declared):
        if control.process_errors:
            raise DomainError("%(problem)s", problem=str(control.process_errors[0]))
        if control.declared.required and control.data is None:
            raise DomainError(REQUIRED)
    check_rule(form.values())


def _show_preview(rule: NumberingRule, form: RecordForm) -> Any:
    """The button for browsers without scripts: the form as it was typed, with the number beside it."""
    code = ""
    if form.validate():
        try:
            check_rule(form.values())
            code = code_of(rule_from(rule.entity, form.values()))
        except FieldError as error:
            form.refuse(error)
    return _show(rule, form, code, 200 if code else 422)


def _show(rule: NumberingRule, form: RecordForm, next_code: str, code: int = 200) -> Any:
    return page(
        "numbering/form.html",
        code,
        entity=rule.entity,
        name=_(entity_of_key(rule.entity).plural),
        form=form,
        coming=next_code,
        may_save=may(Permission.NUMBERING_SAVE),
        shown=shown_values(RULE, rule),
    )
