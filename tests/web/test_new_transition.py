"""A step of approval needs no more than its transition: all that shows or tells it follows (SO-2 to SO-4, F-4)."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Map, Rule

from crm.app import CRM
from crm.blueprints.approvals.steps import view_of
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.transitions import OPTIONAL, Transition
from crm.domain.sales.workflow import Workflow
from crm.entities import policy
from crm.errors import DomainError, NotAllowed
from crm.models import Notice, OperationLog, Order, WorkflowEvent
from crm.models.documents import DRAFT, PENDING
from crm.web.approval_actions import bulk_actions
from crm.web.approvals import KINDS
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import make_customer, make_order, submitted

SEND_BACK = Transition(
    "send_back",
    "Send back",
    (PENDING,),
    DRAFT,
    deciding=True,
    opinion=OPTIONAL,
    opinion_label="What is missing",
    tone="danger",
    question="Send %(code)s back to be completed?",
    done="%(code)s was sent back.",
    past="Sent back",
    too_late="%(code)s was sent back by %(person)s.",
    notice="%(person)s sent back %(code)s: %(opinion)s",
    bulk_question="%(count)s orders are sent back.",
    bulk_done="%(count)s orders sent back.",
)
BARE = Transition("send_back", "Send back", (PENDING,), DRAFT, True, OPTIONAL, "What is missing")


@pytest.fixture
def declare() -> Iterator[Callable[[Transition], Workflow]]:
    """Makes the orders' workflow with one step more; taken out of the policy afterwards."""
    actions, guards = dict(policy._actions), {key: list(rules) for key, rules in policy._guards.items()}
    yield lambda step: replace(ORDER_WORKFLOW, transitions=(*ORDER_WORKFLOW.transitions, step)).registered()
    for registry, before in ((policy._actions, actions), (policy._guards, guards)):
        registry.clear()
        registry.update(before)  # type: ignore[arg-type]


@pytest.fixture
def pending(session: Session, cast: Cast) -> Order:
    return submitted(session, make_order(session, make_customer(session, cast.wang), cast.wang), cast.wang, cast.order)


def last_notice(session: Session, user_id: int) -> Notice:
    return session.scalars(select(Notice).where(Notice.user_id == user_id).order_by(Notice.id.desc())).first()  # type: ignore[return-value]


def test_a_step_with_nothing_but_a_label_is_taken_told_and_written_down(
    session: Session, cast: Cast, declare: Callable[[Transition], Workflow], pending: Order
) -> None:
    workflow = declare(BARE)
    assert "send_back" in [
        step.name for step in workflow.available_steps(session, pending, actor_as(session, cast.order))
    ]
    with pytest.raises(NotAllowed):
        workflow.fire(session, pending, "send_back", actor_as(session, cast.wang))
    workflow.fire(session, pending, "send_back", actor_as(session, cast.order), opinion="少了圖")
    assert pending.state == "draft"
    last = session.scalars(select(WorkflowEvent).order_by(WorkflowEvent.id.desc())).first()
    assert last is not None and (last.step, last.opinion) == ("send_back", "少了圖")
    assert workflow.past(last.step) == "Send back"
    notice = last_notice(session, cast.wang.id)
    assert (notice.values["code"], notice.values["opinion"]) == (pending.code, "少了圖")
    with pytest.raises(DomainError, match="was changed by"):
        workflow.fire(session, pending, "send_back", actor_as(session, cast.order))


def test_a_step_has_its_button_question_history_notice_log_and_badge(
    app: CRM,
    session: Session,
    cast: Cast,
    declare: Callable[[Transition], Workflow],
    pending: Order,
    as_user: Callable[[str], Person],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind = replace(KINDS["orders"], workflow=declare(SEND_BACK))
    monkeypatch.setitem(KINDS, "orders", kind)
    url, endpoint = f"/orders/{pending.id}/transitions/send_back", "approvals.orders_send_back"
    address = Rule("/orders/<int:id>/transitions/send_back", endpoint=endpoint, methods=["GET", "POST"])
    others = [rule.empty() for rule in app.url_map.iter_rules()]
    monkeypatch.setattr(app, "url_map", Map([*others, address], converters=app.url_map.converters))
    monkeypatch.setitem(app.view_functions, endpoint, view_of(kind, SEND_BACK))
    assert "send_back" in [action.name for action in bulk_actions("orders", deciding=True)]

    approver = as_user("order")
    page = approver.get(f"/orders/{pending.id}").get_data(as_text=True)
    assert f'class="btn danger" href="{url}' in page and ">Send back</a>" in page
    assert 'value="send_back">Send back</button>' in approver.get("/").get_data(as_text=True)
    asked = approver.get(url).get_data(as_text=True)
    assert f"Send {pending.code} back to be completed?" in asked and "What is missing" in asked
    answer = approver.post(url, {"opinion": "少了圖", "version": pending.version, "next": f"/orders/{pending.id}"})
    assert answer.status_code == 303 and pending.state == "draft"

    page = approver.get(f"/orders/{pending.id}").get_data(as_text=True)
    assert f"{pending.code} was sent back." in page
    assert "<td>Sent back</td>" in page and "<td>少了圖</td>" in page
    assert 'class="state c-gray">草稿<' in page
    notices = as_user("wang").get("/notices").get_data(as_text=True)
    assert f"{cast.order.name} sent back {pending.code}: 少了圖" in notices
    logged = session.scalars(select(OperationLog).order_by(OperationLog.id.desc())).first()
    assert logged is not None and "draft" in str(logged.changes)
    late = approver.get(url).get_data(as_text=True)
    assert f"{pending.code} was sent back by {cast.order.name}." in late
