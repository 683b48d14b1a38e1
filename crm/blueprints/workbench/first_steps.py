"""The panel 開始使用: what somebody new does first, with links; it goes by itself (W-7)."""

from typing import Any

from flask import url_for
from flask_login import current_user

from crm.blueprints.workbench import blueprint
from crm.domain.office import first_steps as steps
from crm.entities.listing import Reader
from crm.extensions import db
from crm.i18n import N_
from crm.models import User
from crm.web.access import actor, signed_in
from crm.web.panels import Panel, declare
from crm.web.respond import go

STEPS = {
    steps.PEOPLE: (N_("Departments and people"), "organisation.index"),
    steps.CUSTOMERS: (N_("Import customers, or add the first one"), "imports.customers"),
    steps.POLICY: (N_("Customer policy: recycling and duplicates"), "policy.recycling"),
    steps.MAIL: (N_("Mail server, so that notices reach people by email"), "settings.mail"),
    steps.BACKUP: (N_("Backups: where to and how many"), "backups.index"),
    steps.OWN_CUSTOMER: (N_("Your first customer: add it, or claim one from the pool"), "customers.new"),
    steps.RECORD: (N_("Your first contact record"), "records.new"),
    steps.ITEM: (N_("Something in your schedule"), "schedule.new"),
    steps.OPPORTUNITY: (N_("Your first opportunity"), "opportunities.new"),
}
"""Step → what it is called, and where it is done."""


def values(reader: Reader) -> dict[str, Any]:
    user = reader.session.get_one(User, reader.rights.user_id)
    done_by_step = steps.first_steps(reader.session, user, reader.actor)
    shown = [{"label": STEPS[key][0], "endpoint": STEPS[key][1], "done": done} for key, done in done_by_step.items()]
    return {"steps": shown, "count": sum(not step["done"] for step in shown)}


@blueprint.post("/workbench/first-steps")
@signed_in
def dismiss_steps() -> Any:
    """The person wants to see them no more."""
    steps.dismiss_first_steps(db.session(), current_user._get_current_object())
    return go(url_for("workbench.show"))


declare(
    Panel(
        key="first_steps",
        title=N_("Getting started"),
        permission=None,
        template="workbench/_first_steps.html",
        values=values,
        refresh_on=("customers-changed", "records-changed", "schedule-changed", "opportunities-changed"),
        column=0,
        rank=0,
        wanted=lambda: bool(steps.first_steps(db.session(), current_user, actor())),
    )
)
