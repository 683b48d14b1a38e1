"""Winning and losing an opportunity from the board: its card is dropped there, or it is chosen on the card (B-4)."""

from typing import Any

from flask import abort, request, url_for

from crm.blueprints.opportunities import blueprint
from crm.domain.sales.opportunities import MOVE, check_reason, close_opportunity
from crm.entities.opportunities import OPPORTUNITY
from crm.extensions import db
from crm.models import Opportunity, Permission
from crm.models.opportunities import ENDS, WON, OpportunityState
from crm.web.access import actor, get_or_404, requires
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.respond import page, saved
from crm.web.sessions import safe_next
from crm.web.translation import gettext as _


def back() -> str:
    next_url = request.values.get("next")
    return safe_next(next_url) if next_url else url_for("opportunities.board")


def closing_form(opportunity: Opportunity, state: str) -> RecordForm:
    """Asks why; only a loss needs a reason."""
    if state not in ENDS:
        abort(404)
    form = form_for(OPPORTUNITY.pick("reason"), opportunity)
    form.rule(("reason",), lambda reason: check_reason(state, reason))
    return form


@blueprint.get("/opportunities/<int:id>/close/<state>")
@requires(Permission.OPPORTUNITIES_SAVE)
def close(id: int, state: str) -> Any:
    opportunity = get_or_404("opportunities", id, MOVE)
    return _closing_page(opportunity, state, closing_form(opportunity, state))


@blueprint.post("/opportunities/<int:id>/close/<state>")
@requires(Permission.OPPORTUNITIES_SAVE)
def closed(id: int, state: str) -> Any:
    opportunity = get_or_404("opportunities", id)
    form = closing_form(opportunity, state)

    def verb() -> Opportunity:
        return close_opportunity(db.session(), opportunity, state, form["reason"].data, actor(), form.opened_version)

    if attempt(form, verb, opportunity) is None:
        return _closing_page(opportunity, state, form, form.status)
    text = _("%(title)s has been won.") if state == WON else _("%(title)s has been lost.")
    return saved(back(), text % {"title": opportunity.title}, changed="opportunities-changed")


def _closing_page(opportunity: Opportunity, state: str, form: RecordForm, code: int = 200) -> Any:
    label = _(OpportunityState(state).label)
    return page(
        "opportunities/close.html", code, opportunity=opportunity, state=state, label=label, form=form, back=back()
    )
