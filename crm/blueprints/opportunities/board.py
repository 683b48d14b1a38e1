"""The board: open opportunities by stage, moved by dragging or by the drop-down on each card (B-3)."""

from dataclasses import replace
from typing import Any

from flask import flash, request, url_for
from sqlalchemy import Select, func, select

from crm import clock
from crm.blueprints.opportunities import blueprint
from crm.blueprints.opportunities.table import CUSTOMER, EXPECTED, OPPORTUNITIES, OWNER, QUICK
from crm.blueprints.opportunities.view_tabs import view_tabs
from crm.domain.sales.opportunities import MOVE, STAGES, move_to_stage
from crm.domain.sales.pipeline import StageValue, value_by_stage
from crm.entities import policy
from crm.entities.listing.customer_filters import join_customer
from crm.entities.listing.filters import parse_id
from crm.entities.listing.rows import visible_ids
from crm.entities.measures import IN_PROGRESS
from crm.entities.opportunities import OPPORTUNITY
from crm.errors import DomainError, StaleRecord
from crm.extensions import db
from crm.fields.choices import Item
from crm.models import Customer, Opportunity, Permission
from crm.models.opportunities import ENDS, OPEN
from crm.web.access import actor, get_or_404, requires, rights
from crm.web.errors import error_text
from crm.web.firm_settings import lookups, settings
from crm.web.request_clock import now
from crm.web.respond import go, page, wants_fragment
from crm.web.static_files import static_url
from crm.web.table import Search, search_parts
from crm.web.translation import gettext as _

MAX_CARDS = 50
"""In each column; beyond them a link leads to the list."""

BOARD = replace(
    OPPORTUNITIES,
    key="board",
    endpoint="opportunities.board",
    filters=(QUICK, OWNER, CUSTOMER, EXPECTED),
    advanced=False,
    bulk=(),
)


@blueprint.get("/opportunities/board")
@requires(Permission.OPPORTUNITIES_VIEW)
def board() -> Any:
    return _board()


@blueprint.post("/opportunities/board")
@requires(Permission.OPPORTUNITIES_SAVE)
def move() -> Any:
    """Move the card whose button was pressed; `move` is its number and version, `stage-<number>` where to.

    Winning and losing is asked about first (B-4).
    """
    opportunity_id, _dot, version = request.form.get("move", "").partition(".")
    opportunity = get_or_404("opportunities", parse_id(opportunity_id))
    chosen = request.form.get(f"stage-{opportunity.id}", "")
    if chosen in ENDS:
        return go(url_for("opportunities.close", id=opportunity.id, state=chosen, next=Search(BOARD).url()))
    stage_id = parse_id(chosen)
    session = db.session()
    try:
        with session.begin_nested():
            move_to_stage(session, opportunity, stage_id, actor(), parse_id(version))
    except StaleRecord:
        text = _(
            "Someone else has changed %(title)s in the meantime. The board shows it as it is now.",
            title=opportunity.title,
        )
        flash(text, "warning")
        return _board(409)
    except DomainError as problem:
        flash(error_text(problem), "warning")
        return _board(409)
    stage = lookups().dictionary(STAGES).name(opportunity.stage_id)
    flash(_("%(title)s is now in the stage %(stage)s.", title=opportunity.title, stage=stage), "done")
    return _board() if wants_fragment() else go(Search(BOARD).url(at=request.args.get("at")))


def _board(code: int = 200) -> Any:
    search = Search(BOARD)
    open_ids = visible_ids(search).where(*IN_PROGRESS)
    values = value_by_stage(db.session(), open_ids)
    cards = _cards(open_ids)
    offered = [stage for stage in lookups().dictionary(STAGES).items if not stage.retired]
    stages = _stages(values)
    at = _stage_shown(stages, values)
    return page(
        "opportunities/board.html",
        code,
        board={**search_parts(search), "current_url": search.url(at=at)},
        columns=[{**_column(stage, values, cards, search), "shown": stage.id == at} for stage in stages],
        ends=[(state, _(state.label), state.tone) for state in ENDS],
        total=sum(values.values(), StageValue()),
        offered=offered,
        today=clock.day_of(now(), settings().zone),
        tabs=view_tabs("board"),
        more_scripts=[static_url("vendor/Sortable.min.js")],
    )


def _stage_shown(stages: list[Item], values: dict[int, StageValue]) -> int:
    """The one that a telephone shows: the chosen one, else the first with a card."""
    chosen = parse_id(request.args.get("at", ""))
    known = [stage.id for stage in stages]
    filled = [id for id in known if id in values]
    return chosen if chosen in known else next(iter([*filled, *known]), -1)


def _stages(values: dict[int, StageValue]) -> list[Item]:
    """Every stage in use or on offer, in the dictionary's order."""
    return [s for s in lookups().dictionary(STAGES).items if not s.retired or s.id in values]


def _column(stage: Item, values: dict[int, StageValue], cards: dict[int, list[Any]], search: Search) -> dict[str, Any]:
    value_of_stage = values.get(stage.id, StageValue())
    remaining = value_of_stage.count - len(cards.get(stage.id, ()))
    return {
        "stage": stage,
        "worth": value_of_stage,
        "cards": cards.get(stage.id, []),
        "rest": remaining,
        "url": search.url(at=stage.id),
        "rest_url": search.url("opportunities.index", stage=stage.id, state=OPEN) if remaining else "",
    }


def _cards(ids: Select[Any]) -> dict[int, list[Any]]:
    """Stage's id → its first cards by expected date, in one statement; `movable` where the person may save."""
    order = (Opportunity.expected_on.is_(None), Opportunity.expected_on, Opportunity.id)
    row_number = func.row_number().over(partition_by=Opportunity.stage_id, order_by=order)
    placed = ids.add_columns(row_number.label("place")).subquery()
    reached = policy.reached(OPPORTUNITY, rights(), MOVE)
    columns: Any = select(
        Opportunity.id,
        Opportunity.version,
        Opportunity.title,
        Opportunity.code,
        Opportunity.stage_id,
        Opportunity.amount,
        Opportunity.expected_on,
        Opportunity.owner_id,
        Customer.name.label("customer"),
        reached.label("movable"),
    ).join(placed, placed.c.id == Opportunity.id)
    statement = join_customer(Opportunity)(columns).where(placed.c.place <= MAX_CARDS).order_by(placed.c.place)
    cards: dict[int, list[Any]] = {}
    for card in db.session.execute(statement):
        cards.setdefault(card.stage_id, []).append(card)
    return cards
