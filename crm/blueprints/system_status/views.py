"""The page 系統狀態. It only reads."""

from typing import Any

from flask import current_app

from crm.blueprints.system_status import blueprint
from crm.blueprints.system_status.lines import BAD, FINE, NOTED, lines_of
from crm.extensions import db
from crm.jobs.registry import JOBS
from crm.jobs.system_state import read_state
from crm.models import Permission
from crm.models.jobs import FAILED
from crm.models.permissions import function_of
from crm.web.access import requires
from crm.web.firm_settings import lookups, settings
from crm.web.job_words import run_text
from crm.web.menu import function_of_endpoint
from crm.web.page_times import RECENT, PageTime
from crm.web.request_clock import now
from crm.web.respond import page
from crm.web.translation import gettext as _

SHOWN_PAGES = 10
SHOWN_PEOPLE = 50
SLOW_SECONDS = 1.0
MIN_REQUESTS = 5
"""Opened less often than that, a page may only have been the first after the start."""


@blueprint.get("/system-status")
@requires(Permission.SYSTEM_STATUS_VIEW)
def index() -> Any:
    state = read_state(db.session(), db.engine, settings(), now())
    times = current_app.page_times  # type: ignore[attr-defined]
    people = times.people_since(now() - RECENT)
    slowest = times.slowest(SHOWN_PAGES)
    return page(
        "system_status/index.html",
        state=state,
        lines=list(lines_of(state, settings())),
        tones={FINE: _("Fine"), NOTED: _("Please note"), BAD: _("Act now")},
        people=[lookups().people.name(user_id) for user_id in people[:SHOWN_PEOPLE]],
        people_count=len(people),
        runs=[(job, state.runs[key], run_text(state.runs[key])) for key, job in JOBS.items() if key in state.runs],
        failed=FAILED,
        since=times.since,
        pages=[(_page_name(timing.endpoint), timing) for timing in slowest],
        is_slow=is_slow,
        slow=[timing for timing in slowest if is_slow(timing)],
    )


def is_slow(timing: PageTime) -> bool:
    """More than one of twenty takes longer than people like to wait."""
    return timing.count >= MIN_REQUESTS and (timing.usual is None or timing.usual > SLOW_SECONDS)


def _page_name(endpoint: str) -> tuple[str, str]:
    """What the page belongs to in the menu, and its address."""
    function = function_of_endpoint(endpoint)
    rule = next((rule.rule for rule in current_app.url_map.iter_rules(endpoint)), endpoint)
    return _(function_of(function).label) if function else "", rule
