"""One step of one document: asked first, in a box or as a page, then taken (SO-3 to SO-7).

`/orders/7/transitions/approve`: an address for each kind and step, each with its own right.
"""

from collections.abc import Callable
from typing import Any

from flask import flash, request, url_for
from sqlalchemy import select

from crm.blueprints.approvals import blueprint
from crm.blueprints.approvals.summary import facts_of, lines_of
from crm.domain.sales.approval_fields import fields_of
from crm.domain.sales.approval_rules import needs_of, requirements_of
from crm.domain.sales.transitions import Transition
from crm.entities.record_saving import CHANGED
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.extensions import db
from crm.models.documents import APPROVED, PENDING
from crm.web.access import actor, get_or_404, requires, rights
from crm.web.approvals import KINDS, ApproverField, Kind, needs_shown, state_of
from crm.web.errors import error_text
from crm.web.forms import RecordForm, form_for
from crm.web.menu import menu_of
from crm.web.respond import events_of, go, page, saved, wants_fragment
from crm.web.sessions import safe_next
from crm.web.translation import gettext as _


def view_of(kind: Kind, step: Transition) -> Callable[..., Any]:
    """The view of one step: GET asks, POST takes it."""

    def view(id: int) -> Any:
        record = asked_or_visible(kind, step, id)
        try:
            kind.workflow.check(db.session(), record, step.name, actor())
        except DomainError as error:
            return refused(kind, record, step, error)
        form = step_form(kind, step, record)
        if request.method == "POST":
            return take_step(kind, step, record, form)
        warning = _(CHANGED) if request.args.get("version", type=int) not in (None, record.version) else ""
        return ask(kind, step, record, form, warning)

    view.__name__ = f"{kind.key}_{step.name}"
    right = kind.workflow.approve if step.deciding else kind.workflow.save
    return menu_of(kind.key)(requires(right)(view))


def asked_or_visible(kind: Kind, step: Transition, id: int) -> Any:
    """The document, if it is visible; or if the person was asked to decide and somebody else was first (SO-7)."""
    model = kind.workflow.model
    asked_for = select(model).where(model.id == id, model.approver_id == rights().user_id, model.deleted_at.is_(None))
    decided = db.session.scalars(asked_for.where(model.state.not_in(step.sources))).first() if step.deciding else None
    return decided or get_or_404(kind.key, id)


def step_form(kind: Kind, step: Transition, record: Any) -> RecordForm:
    form = form_for(fields_of(kind.key, step), None, {"version": record.version})
    if step.asks_approver:
        control = form["approver_id"]
        assert isinstance(control, ApproverField)
        try:
            control.people = kind.workflow.approvers(db.session(), record, actor())
        except DomainError as error:
            control.people, control.why_nobody = [], error_text(error)
        offered = {person.id for person in control.people}
        if control.data is None and control.typed is None and record.approver_id in offered:
            control.data = record.approver_id
    return form


def ask(kind: Kind, step: Transition, record: Any, form: RecordForm, warning: str = "", code: int = 200) -> Any:
    """The question with what is to be decided, so that nothing is approved unseen (hostile case 24)."""
    return page(
        "approvals/step.html",
        code,
        kind=kind,
        step=step,
        record=record,
        form=form,
        question=_(step.question, code=record.code),
        facts=facts_of(kind.key, record),
        lines=lines_of(kind.key, record),
        needs=_needs(kind, step, record),
        back=back_to(kind, record),
        warning=warning,
        **state_of(record),
    )


def _needs(kind: Kind, step: Transition, record: Any) -> list[dict[str, Any]]:
    """Before it is submitted what the rules of now ask for; before a decision what was written down (SO-8)."""
    session = db.session()
    if step.asks_approver:
        return needs_shown(kind.key, needs_of(session, kind.workflow, record))
    return needs_shown(kind.key, requirements_of(session, kind.key, record)) if step.by_request else []


def take_step(kind: Kind, step: Transition, record: Any, form: RecordForm) -> Any:
    values = {}
    if form.validate():
        values = form.values()
        try:
            with db.session.begin_nested():
                kind.workflow.fire(
                    db.session(), record, step.name, actor(), **values, opened_version=form.opened_version
                )
        except FieldError as error:
            form.refuse(error)
        except StaleRecord:
            form.version.data, form.version.raw_data = str(record.version), None
            return ask(kind, step, record, form, _(CHANGED), 409)
        except DomainError as error:
            return refused(kind, record, step, error)
        else:
            return answer_after_step(kind, step, record)
    return ask(kind, step, record, form, code=422)


def answer_after_step(kind: Kind, step: Transition, record: Any) -> Any:
    """Back to the page the person came from; a box closes, and the event refreshes whatever shows the document."""
    message = _(step.done, code=record.code)
    if step.target == APPROVED and record.state == PENDING:
        message = _("You have approved %(code)s. It needs another approval by the rules.", code=record.code)
    if not request.values.get("next"):
        return saved(back_to(kind, record), message, changed=kind.event)
    flash(message, "done")
    return go(back_to(kind, record))


def is_visible(kind: Kind, record: Any) -> bool:
    visible = kind.workflow.model.visible_to(rights()).where(kind.workflow.model.id == record.id)
    return db.session.scalars(visible.limit(1)).first() is not None


def back_to(kind: Kind, record: Any) -> str:
    """The page one came from; the workbench where the document is out of sight after the decision."""
    if not is_visible(kind, record):
        return url_for("workbench.show")
    next_url = request.values.get("next")
    return safe_next(next_url) if next_url else kind.url(record.id)


def refused(kind: Kind, record: Any, step: Transition, error: DomainError) -> Any:
    """Why it cannot be done (any more), with the document as it is now (SO-7)."""
    code = 403 if isinstance(error, NotAllowed) and not wants_fragment() else 409
    answer = page(
        "approvals/refused.html",
        code,
        typed=request.form.get("opinion", "").strip()[:2000],
        kind=kind,
        step=step,
        record=record,
        reason=error_text(error),
        facts=facts_of(kind.key, record) if is_visible(kind, record) else [],
        back=back_to(kind, record),
        **state_of(record),
    )
    if code == 409:
        # What is open elsewhere on the page shows it as it was.
        answer.headers["HX-Trigger"] = ", ".join(events_of(kind.event))
    return answer


def add_rules() -> None:
    for kind in KINDS.values():
        for step in kind.workflow.transitions:
            rule = f"/{kind.key}/<int:id>/transitions/{step.name}"
            blueprint.add_url_rule(rule, f"{kind.key}_{step.name}", view_of(kind, step), methods=["GET", "POST"])


add_rules()
