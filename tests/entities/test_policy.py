"""Kind × state × action × person, with what each may do written by hand from A-5, A-7 and the rules of the kinds.

The letters: w the owner, l a colleague of another department (who may approve in their own scope), m their manager,
o the approver of orders, f the approver of receipts, a the administrator (everything but approving), n somebody without
any right.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.domain.customers import pool
from crm.domain.customers.customers import move_customer
from crm.domain.customers.pool import release_customer
from crm.domain.platform.settings import change_settings
from crm.domain.products import products
from crm.domain.sales import quotes, receipts
from crm.domain.sales.opportunities import MOVE
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.quotes import convert_quote
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.domain.sales.receivables import COLLECT
from crm.domain.schedule import items as schedule_items
from crm.entities import policy
from crm.entities.record_saving import Actor
from crm.entities.registry import entities, entity
from crm.errors import FieldError
from crm.models import ApprovalRequirement, OrderLine, PersonalGrant, Rights
from crm.models.bounded_cache import clear_all_caches
from crm.models.permissions import Scope
from tests.cast import ZONE, Cast, actor_as
from tests.factories import (
    approved_order,
    line,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    make_record,
    make_target,
    submitted,
)

VIEW, CHANGE, DELETE = policy.VIEW, policy.CHANGE, policy.DELETE
TEAM = "wma"
"""Whose scope holds it: the owner, the manager of the departments below, the administrator."""
NOBODY = ""

EXPECTED: dict[str, dict[str, str]] = {
    # own, department and below, everything; C-7: handed on by the owner, or who assigns.
    "customer": {VIEW: TEAM, CHANGE: TEAM, DELETE: TEAM, pool.HAND_OVER: TEAM, pool.RELEASE: TEAM},
    # C-8 with K-3: what somebody else made, or made before today, only an administrator deletes.
    "customer with a contact of today": {DELETE: "wa"},
    "customer with a record of yesterday": {DELETE: "a"},
    # everybody with the pool's view; assigned by managers; claimed by who can own customers, up to a number
    # (the owner has as many as are allowed).
    "pooled customer": {
        VIEW: "wlma",
        CHANGE: "ma",
        DELETE: "ma",
        pool.ASSIGN: "ma",
        pool.CLAIM: "lma",
        pool.HAND_OVER: NOBODY,
        pool.RELEASE: NOBODY,
    },
    "owned customer": {pool.ASSIGN: NOBODY, pool.CLAIM: NOBODY},
    # colleagues may, and the former owner not yet
    "customer given back by a colleague": {pool.ASSIGN: "ma", pool.CLAIM: "ma"},
    # K-1, K-3, R-1, R-4.
    "contact of today": {VIEW: TEAM, CHANGE: TEAM, DELETE: "wa"},
    "contact of yesterday": {CHANGE: TEAM, DELETE: "a"},
    "contact from before the assignment": {CHANGE: TEAM, DELETE: "a"},
    "contact in the pool": {VIEW: "wlma", CHANGE: "ma", DELETE: "a"},
    "record of today": {VIEW: TEAM, CHANGE: TEAM, DELETE: "wa"},
    "record of yesterday": {CHANGE: TEAM, DELETE: "a"},
    "record by the manager": {VIEW: TEAM, CHANGE: "ma", DELETE: "ma"},
    # B-1 to B-3.
    "opportunity": {VIEW: TEAM, CHANGE: TEAM, DELETE: TEAM, MOVE: TEAM},
    "opportunity that was won": {CHANGE: TEAM, DELETE: TEAM, MOVE: NOBODY},
    # QT-1 to QT-3.
    "quote": {VIEW: TEAM, CHANGE: TEAM, DELETE: TEAM, quotes.COPY: TEAM, quotes.CONVERT: TEAM},
    "quote that became an order": {
        VIEW: TEAM,
        CHANGE: NOBODY,
        DELETE: NOBODY,
        quotes.COPY: TEAM,
        quotes.CONVERT: NOBODY,
    },
    # SO-2 to SO-6; the approver sees all of them and decides, an administrator does not.
    "draft order": {
        VIEW: "wmao",
        CHANGE: TEAM,
        DELETE: TEAM,
        "submit": TEAM,
        "withdraw": NOBODY,
        "approve": NOBODY,
        "reject": NOBODY,
        COLLECT: NOBODY,
    },
    "pending order": {
        VIEW: "wmao",
        CHANGE: NOBODY,
        DELETE: NOBODY,
        "submit": NOBODY,
        "withdraw": TEAM,
        "approve": "o",
        "reject": "o",
        "void": NOBODY,
    },
    "approver's own pending order": {"approve": NOBODY, "reject": NOBODY},
    "order that the colleague was asked for": {VIEW: "wlmao", CHANGE: NOBODY, "approve": "lo", "reject": "lo"},
    # SO-8: by the rules of its submission somebody else decides, or a second person does.
    "order that a rule gives to the colleague": {"approve": "l", "reject": "l"},
    "receipt that a rule gives to the colleague": {"approve": "l", "reject": "l"},
    "approved order": {
        COLLECT: TEAM,
        CHANGE: NOBODY,
        DELETE: NOBODY,
        "withdraw": NOBODY,
        "approve": NOBODY,
        "void": "o",
    },
    "order of which everything is received": {COLLECT: NOBODY},
    "approved order with money": {"void": NOBODY},
    "order of nothing": {CHANGE: TEAM, DELETE: TEAM, "submit": NOBODY},
    # What has orders stays (A-10, C-8).
    "customer with an order": {CHANGE: TEAM, DELETE: NOBODY},
    "opportunity with an order": {CHANGE: TEAM, DELETE: NOBODY},
    # RC-1 to RC-4.
    "draft receipt": {VIEW: "wmaf", CHANGE: TEAM, DELETE: TEAM, "submit": TEAM, receipts.REVERSE: NOBODY},
    "draft receipt for what others paid": {CHANGE: TEAM, DELETE: TEAM, "submit": NOBODY},
    "draft receipt for a void order": {CHANGE: TEAM, "submit": NOBODY},
    "receipt in draft": {"withdraw": NOBODY, "approve": NOBODY, "reject": NOBODY},
    "pending receipt": {
        CHANGE: NOBODY,
        DELETE: NOBODY,
        "submit": NOBODY,
        "withdraw": TEAM,
        "approve": "f",
        "reject": "f",
    },
    "approver's own pending receipt": {"approve": NOBODY, "reject": NOBODY},
    "approved receipt": {CHANGE: NOBODY, DELETE: NOBODY, receipts.REVERSE: TEAM},
    "reversed receipt": {receipts.REVERSE: NOBODY},
    "reversal": {CHANGE: NOBODY, DELETE: TEAM},
    # G-2: products are the firm's; salespeople look at them.
    "product": {VIEW: "wlma", CHANGE: "ma", DELETE: "ma", products.STOP: "ma", products.RESUME: NOBODY},
    "stopped product": {products.STOP: NOBODY, products.RESUME: "ma"},
    "product in a quote": {CHANGE: "ma", DELETE: NOBODY},
    # S-2 to S-4: seen in one's scope, changed by whose it is or who made it.
    "item": {VIEW: TEAM, CHANGE: "w", DELETE: "w", schedule_items.COMPLETE: "w"},
    # TG-1: set by managers, in their scope.
    "target": {VIEW: "ma", CHANGE: "ma", DELETE: "ma"},
    "completed item": {VIEW: TEAM, CHANGE: NOBODY, DELETE: NOBODY, schedule_items.COMPLETE: NOBODY},
}

ADDED = {
    # what is added to a customer, and by whom: to one with an owner, and to one in the pool
    "contacts": (TEAM, "ma"),
    "records": (TEAM, "ma"),
    "opportunities": (TEAM, "ma"),
    "quotes": (TEAM, "ma"),
    "orders": (TEAM, "ma"),
}


@pytest.fixture
def people(session: Session, cast: Cast) -> dict[str, Actor]:
    found = {
        letter: actor_as(session, getattr(cast, login))
        for letter, login in zip("wlmofa", ("wang", "li", "manager", "order", "finance", "admin"), strict=True)
    }
    narrow = {"orders:approve": Scope.OWN, "receipts:approve": Scope.OWN}
    held = found["l"].rights
    found["l"] = replace(found["l"], rights=replace(held, scopes={**held.scopes, **narrow}))
    nobody = Rights(user_id=10**6, unit_id=cast.wang.unit_id)
    return {**found, "n": Actor(nobody, datetime.now(UTC), ZONE)}


@pytest.fixture
def records(session: Session, cast: Cast) -> dict[str, Any]:
    found = {**customers(session, cast), **sales(session, cast), **items(session, cast)}
    session.flush()
    change_settings(session, claim_most_owned=3)
    return found


def customers(session: Session, cast: Cast) -> dict[str, Any]:
    now, yesterday = datetime.now(UTC), datetime.now(UTC) - timedelta(days=1)
    old = now - timedelta(days=9)

    def customer(pooled: bool = False) -> Any:
        return make_customer(session, cast.wang, now=old, pooled=pooled)

    with_contact, with_record, pooled, plain = customer(), customer(), customer(True), customer()
    before, lies = customer(True), customer(True)
    early = make_contact(session, before, cast.wang, now=now - timedelta(seconds=1))
    move_customer(session, before, actor_as(session, cast.manager, now), cast.wang.id)
    given_back = customer(True)
    move_customer(session, given_back, actor_as(session, cast.manager, yesterday), cast.li.id)
    release_customer(session, given_back, actor_as(session, cast.li, yesterday))
    return {
        "customer": plain,
        "owned customer": plain,
        "pooled customer": pooled,
        "customer given back by a colleague": given_back,
        "contact of today": make_contact(session, with_contact, cast.wang),
        "customer with a contact of today": with_contact,
        "record of yesterday": make_record(session, with_record, cast.wang, yesterday),
        "customer with a record of yesterday": with_record,
        "contact of yesterday": make_contact(session, customer(), cast.wang, now=yesterday),
        "contact from before the assignment": early,
        "contact in the pool": make_contact(session, lies, cast.wang, now=yesterday),
        "record of today": make_record(session, customer(), cast.wang),
        "record by the manager": make_record(session, customer(), cast.manager),
    }


def sales(session: Session, cast: Cast) -> dict[str, Any]:
    customer, product, used = make_customer(session, cast.wang), make_product(session), make_product(session)
    quote = make_quote(session, customer, cast.wang, lines=[line(used)])
    became = make_quote(session, customer, cast.wang)
    convert_quote(session, became, actor_as(session, cast.wang))
    approved = approved_order(session, customer, cast.wang, cast.order, "900")
    own, asked = make_order(session, customer, cast.order), make_order(session, customer, cast.wang)
    submitted(session, asked, cast.wang, cast.order).approver_id = cast.li.id
    ruled = submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order)
    ruled.approver_id = cast.li.id
    session.add(ApprovalRequirement(kind="orders", record_id=ruled.id, person_id=cast.li.id, reasons=[], state="open"))
    own.submitted_at, own.submitted_by_id = datetime.now(UTC), cast.order.id
    own.state, own.approver_id = "pending", cast.order.id

    def receipt(*steps: str, order: Any = approved, amount: str = "10") -> Any:
        made = make_receipt(session, customer, cast.wang, {order: amount})
        for step in steps:
            asked = {"approver_id": cast.finance.id} if step == "submit" else {}
            by = cast.wang if step == "submit" else cast.finance
            RECEIPT_WORKFLOW.fire(session, made, step, actor_as(session, by), **asked)
        return made

    ruled_receipt = receipt("submit")
    ruled_receipt.approver_id = cast.li.id
    by_rule = {"person_id": cast.li.id, "reasons": [], "state": "open"}
    session.add(ApprovalRequirement(kind="receipts", record_id=ruled_receipt.id, **by_rule))
    for permission in ("orders:approve", "receipts:approve"):
        session.add(PersonalGrant(user_id=cast.li.id, permission=permission, scope=Scope.OWN))
    own_receipt = receipt("submit")
    own_receipt.created_by_id = cast.finance.id
    reversed_ = receipt("submit", "approve")
    void, taken = (approved_order(session, customer, cast.wang, cast.order) for _ in range(2))
    for_void, too_much = receipt(order=void), receipt(order=taken, amount="100")
    void.state = "void"
    receipt("submit", order=taken, amount="60")
    of_sale = make_opportunity(session, customer, cast.wang)
    make_order(session, customer, cast.wang).opportunity_id = of_sale.id
    nothing = make_order(session, customer, cast.wang)
    session.execute(delete(OrderLine).where(OrderLine.order_id == nothing.id))
    nothing.line_count = 0
    stopped = make_product(session)
    products.stop_product(session, stopped, actor_as(session, cast.admin))
    reversal = receipts.reverse_receipt(session, reversed_, actor_as(session, cast.wang), "錯了")
    paid = approved_order(session, customer, cast.wang, cast.order, "50")
    whole = make_receipt(session, customer, cast.wang, {paid: "50"})
    RECEIPT_WORKFLOW.fire(session, whole, "submit", actor_as(session, cast.wang), approver_id=cast.finance.id)
    return {
        "order of which everything is received": paid,
        "target": make_target(session, cast.wang, cast.manager),
        "opportunity": make_opportunity(session, customer, cast.wang),
        "opportunity that was won": make_opportunity(session, customer, cast.wang, state="won"),
        "quote": quote,
        "quote that became an order": became,
        "draft order": make_order(session, customer, cast.wang),
        "pending order": submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order),
        "approver's own pending order": own,
        "order that a rule gives to the colleague": ruled,
        "receipt that a rule gives to the colleague": ruled_receipt,
        "order that the colleague was asked for": asked,
        "approved order": approved_order(session, customer, cast.wang, cast.order),
        "approved order with money": approved,
        "order of nothing": nothing,
        "customer with an order": customer,
        "opportunity with an order": of_sale,
        "draft receipt for what others paid": too_much,
        "draft receipt for a void order": for_void,
        "stopped product": stopped,
        "draft receipt": receipt(),
        "receipt in draft": receipt(),
        "pending receipt": receipt("submit"),
        "approver's own pending receipt": own_receipt,
        "approved receipt": receipt("submit", "approve"),
        "reversed receipt": reversed_,
        "reversal": reversal,
        "product": product,
        "product in a quote": used,
    }


def items(session: Session, cast: Cast) -> dict[str, Any]:
    by = actor_as(session, cast.wang)

    def item() -> Any:
        return schedule_items.save_item(session, None, {"title": "會議", "starts_at": by.now}, by)

    return {"item": item(), "completed item": schedule_items.complete_item(session, item(), "開完了", by)}


def found(session: Session, people: dict[str, Actor], records: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {
        name: {
            action: "".join(letter for letter, by in people.items() if policy.can(session, by, action, records[name]))
            for action in actions
        }
        for name, actions in EXPECTED.items()
    }


def differences(session: Session, people: dict[str, Actor], records: dict[str, Any]) -> list[str]:
    """What is otherwise than written, in one line each."""
    answers = found(session, people, records)
    return [
        f"{name}: {action} by {answers[name][action]!r} instead of {expected!r}"
        for name, actions in EXPECTED.items()
        for action, expected in actions.items()
        if set(answers[name][action]) != set(expected)
    ]


def test_who_may_do_what(session: Session, people: dict[str, Actor], records: dict[str, Any]) -> None:
    assert differences(session, people, records) == []


def test_every_kind_and_every_action_stands_in_the_table(records: dict[str, Any]) -> None:
    asked = {(policy.entity_of(records[name]).key, action) for name, actions in EXPECTED.items() for action in actions}
    asked |= {(policy.EVERY_KIND, action) for _kind, action in asked}
    declared = {key for key in {*policy._actions, *policy._guards} if key[1] not in (policy.ADD, "add_to_pool")}
    assert declared <= asked


def test_each_rule_taken_out_is_noticed(session: Session, people: dict[str, Actor], records: dict[str, Any]) -> None:
    """The table looks at every guard, and at every reach that is not the kind's own."""
    unnoticed = [name for name, kind in without_each_rule() if not is_noticed(session, people, records, kind)]
    assert unnoticed == []
    assert differences(session, people, records) == []


def is_noticed(session: Session, people: dict[str, Actor], records: dict[str, Any], kind: str) -> bool:
    """Whether an answer is otherwise than written; the records of the kind are asked first."""
    names = sorted(EXPECTED, key=lambda name: policy.entity_of(records[name]).key != kind)
    return any(
        policy.can(session, by, action, records[name]) != (letter in expected)
        for name in names
        for action, expected in EXPECTED[name].items()
        for letter, by in people.items()
    )


def without_each_rule() -> Iterator[tuple[str, str]]:
    for key, rules in policy._guards.items():
        for rule in list(rules):
            rules.remove(rule)
            yield f"{key}: {rule}", key[0]
            rules.append(rule)
    for key, action in list(policy._actions.items()):
        if action.reached is not None:
            everything = policy.Action(action.permissions, known=lambda rights, record: True)
            policy._actions[key] = everything
            yield f"reach of {key}", key[0]
            policy._actions[key] = action


def test_who_may_add_what(session: Session, cast: Cast, people: dict[str, Actor]) -> None:
    owned, pooled = make_customer(session, cast.wang), make_customer(session, cast.wang, pooled=True)
    for kind, expected in ADDED.items():
        for customer, letters in zip((owned, pooled), expected, strict=True):
            may = {letter for letter, by in people.items() if policy.can_add(session, by, kind, customer)}
            assert may == set(letters), (kind, customer is owned)


def test_the_steps_are_those_of_the_documents() -> None:
    """A new step is written into the table, too."""
    assert {t.name for t in ORDER_WORKFLOW.transitions} == {"submit", "withdraw", "approve", "reject", "void"}


def test_a_receipt_names_only_orders_within_reach(session: Session, cast: Cast) -> None:
    """Whatever a form offers, the verb asks again (RC-1)."""
    customer = make_customer(session, cast.wang)
    order = approved_order(session, customer, cast.wang, cast.order, "50")
    session.commit()
    lines = [{"order_id": order.id, "amount": Decimal("10.00")}]
    with pytest.raises(FieldError, match="No payment can be recorded"):
        receipts.save_receipt(session, None, customer, {}, lines, actor_as(session, cast.li))
    session.rollback()
    assert receipts.save_receipt(session, None, customer, {}, lines, actor_as(session, cast.manager)).amount == 10


@pytest.mark.parametrize("who", ["wang", "manager", "admin"])
def test_a_condition_is_made_of_rights_alone(session: Session, cast: Cast, who: str) -> None:
    """It is kept for as long as the person's rights are the same (`Rights.make_once`): a day or a setting that it was
    made with would be an old one tomorrow."""
    actions = {(kind.key, VIEW): kind for kind in entities()} | {
        (key, action): entity(key) for key, action in policy._actions if entity(key).model is not None
    }

    def conditions() -> dict[tuple[str, str], tuple[str, dict[str, Any]]]:
        clear_all_caches()
        rights = actor_as(session, getattr(cast, who)).rights
        made = {key: policy.reached(kind, rights, key[1]).compile() for key, kind in actions.items()}
        return {key: (str(condition), dict(condition.params)) for key, condition in made.items()}

    with time_machine.travel(datetime(2026, 1, 31, 23, 59, tzinfo=UTC)):
        before = conditions()
    with time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC)):
        assert conditions() == before
