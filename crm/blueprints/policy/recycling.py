"""閒置客戶回收: the policy, its preview, and the run by hand (P-1, Q-4)."""

from dataclasses import asdict
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import flash, request, url_for

from crm.blueprints.policy import blueprint
from crm.catalogue.pool import POLICY
from crm.domain.customers.idle_customers import (
    count_additionally_due,
    count_of,
    due_soon,
    due_today,
    save_recycling_policy,
)
from crm.domain.platform.settings import FirmSettings
from crm.extensions import db
from crm.jobs.registry import JOBS, schedule_of
from crm.models import Customer, Permission
from crm.web import checkboxes  # noqa: F401  (the control of the exempt levels)
from crm.web.access import may, requires, rights
from crm.web.firm_settings import lookups, settings
from crm.web.form_saving import attempt
from crm.web.formatting import show_value
from crm.web.forms import RecordForm, form_for
from crm.web.manual_jobs import run_now
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _

SHOWN = 200


@blueprint.get("/policy/recycling")
@requires(Permission.POLICY_VIEW)
def recycling() -> Any:
    return _show(_form())


@blueprint.post("/policy/recycling")
@requires(Permission.POLICY_SAVE)
def save_recycling() -> Any:
    form = _form()
    if request.form.get("answer") == "no":
        flash(_("Nothing was saved. Your choices are still below."), "warning")
        return _show(form, 422)
    taken = _count_additionally_taken(form)
    if attempt(form, lambda: _save(form), _record(settings())) is None:
        return _show(form, form.status)
    if taken and not _agreed(taken):
        db.session.rollback()
        return _show(form, 422, taken)
    flash(_("The policy has been saved."), "done")
    return go(url_for("policy.recycling"))


def _count_additionally_taken(form: RecordForm) -> int:
    """How many customers the next run would take because of what was chosen in the form; 0 for a wrong form."""
    return count_additionally_due(db.session(), settings(), form.values(), next_run()) if form.validate() else 0


def _agreed(taken: int) -> bool:
    """Whether the person said yes, and to this number: the form may have been changed since it was asked."""
    return request.form.get("answer") == "yes" and request.form.get("taken") == str(taken)


def next_run() -> date:
    return schedule_of(JOBS["recycling"], settings()).next(now(), settings().zone).date()


@blueprint.get("/policy/recycling/preview")
@requires(Permission.POLICY_VIEW)
def preview() -> Any:
    """Whom today's run takes back; by name only those whom the person may see anyway (A-7)."""
    statement = due_today(settings(), now())
    count = count_of(db.session(), statement)
    visible = list(db.session.scalars(statement.where(Customer.seen_by(rights())).limit(SHOWN)))
    values: dict[str, Any] = {
        "count": count,
        "customers": visible,
        "others": count - len(visible),
        "may_run": may(Permission.POLICY_SAVE),
    }
    return page("policy/preview.html", **values, firm=settings(), levels=lookups().levels.by_id)


@blueprint.get("/policy/recycling/run")
@requires(Permission.POLICY_SAVE)
def ask_recycle() -> Any:
    return page("policy/recycle.html", count=count_of(db.session(), due_today(settings(), now())), firm=settings())


@blueprint.post("/policy/recycling/run")
@requires(Permission.POLICY_SAVE)
def recycle() -> Any:
    """【立即回收】: the same run as at night, now and in this person's name."""
    if not settings().recycle_on:
        flash(_("Recycling is off. Switch it on and save first."), "warning")
        return go(url_for("policy.recycling"))
    return run_now(JOBS["recycling"], Permission.POLICY_SAVE, url_for("policy.recycling"))


def _record(firm: FirmSettings) -> SimpleNamespace:
    """Ticks are given apart: the form compares them as a set."""
    values = {k: v for k, v in asdict(firm).items() if k != "recycle_exempt_levels"}
    return SimpleNamespace(**values, version=firm.version)


def _form() -> RecordForm:
    firm = settings()
    held = set(firm.recycle_exempt_levels)
    form = form_for(POLICY, _record(firm), {"recycle_exempt_levels": held})
    levels = [level for level in lookups().levels.items if not level.retired or level.id in held]
    form["recycle_exempt_levels"].offer((level.id, level.name, True) for level in levels)
    return form


def _save(form: RecordForm) -> bool:
    save_recycling_policy(db.session(), form.values(), form.opened_version)
    return True


def _show(form: RecordForm, code: int = 200, taken: int = 0) -> Any:
    firm = settings()
    record = _record(firm)
    shown = [(_(f.label), show_value(f, getattr(record, f.attr))) for f in POLICY if hasattr(record, f.attr)]
    return page(
        "policy/recycling.html",
        code,
        form=form,
        may_save=may(Permission.POLICY_SAVE),
        shown=shown,
        firm=firm,
        taken=taken,
        next_run=next_run(),
        count=count_of(db.session(), due_today(firm, now())),
        soon=count_of(db.session(), due_soon(firm, now())) if firm.recycle_on else 0,
    )
