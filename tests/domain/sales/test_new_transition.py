"""A step of approval needs no more than its transition: words, history and notices follow (SO-2, F-4)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.sales import workflow_history as words
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.workflow import OPTIONAL, Transition, Workflow
from crm.entities import policy
from crm.errors import DomainError, NotAllowed
from crm.models import Notice, WorkflowEvent
from crm.models.documents import DRAFT, PENDING
from tests.cast import Cast, acting_as
from tests.factories import make_customer, make_order, submitted

SEND_BACK = Transition("send_back", "Send back", (PENDING,), DRAFT, True, OPTIONAL, "What is missing")


@pytest.fixture
def workflow() -> Iterator[Workflow]:
    """The orders' own with one step more, taken out of everything afterwards."""
    changed: tuple[dict[Any, Any], ...] = (words.STEPS, words.HAPPENED, words.NOTICES, policy._actions, policy._guards)
    kept = [dict(one) for one in changed]
    guards = {key: list(rules) for key, rules in policy._guards.items()}
    yield replace(ORDER_WORKFLOW, transitions=(*ORDER_WORKFLOW.transitions, SEND_BACK)).declared()
    for one, before in zip(changed, kept, strict=True):
        one.clear()
        one.update(before)
    policy._guards.update(guards)


def test_a_new_step_is_taken_told_and_written_down(session: Session, cast: Cast, workflow: Workflow) -> None:
    order = submitted(session, make_order(session, make_customer(session, cast.wang), cast.wang), cast.wang, cast.order)
    assert "send_back" in [step.name for step in workflow.available(session, order, acting_as(session, cast.order))]
    with pytest.raises(NotAllowed):
        workflow.fire(session, order, "send_back", acting_as(session, cast.wang))
    workflow.fire(session, order, "send_back", acting_as(session, cast.order), opinion="少了圖")
    assert order.state == DRAFT
    last = session.scalars(select(WorkflowEvent).order_by(WorkflowEvent.id.desc())).first()
    assert last is not None and (last.step, last.opinion, words.STEPS[last.step]) == (
        "send_back",
        "少了圖",
        "Send back",
    )
    notice = session.scalars(select(Notice).where(Notice.user_id == cast.wang.id).order_by(Notice.id.desc())).first()
    assert notice is not None and (notice.values["code"], notice.values["opinion"]) == (order.code, "少了圖")
    with pytest.raises(DomainError, match="was changed by"):
        workflow.fire(session, order, "send_back", acting_as(session, cast.order))
