"""One chain of linked records, each with a mark in its texts, and which of the marks a person may not see (A-7)."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.quotes import convert_quote, copy_quote
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt
from crm.models import (
    Contact,
    ContactRecord,
    Customer,
    ListColumns,
    Notice,
    Opportunity,
    Order,
    Permission,
    PersonalGrant,
    Quote,
    Receipt,
    RoleMember,
    Scope,
    User,
)
from crm.web.table.declaration import TABLES
from tests.cast import Cast, actor_as
from tests.factories import (
    make_contact,
    make_customer,
    make_opportunity,
    make_quote,
    make_receipt,
    make_record,
    submitted,
)

MARKS = {
    "customer": "大銘記號客戶",
    "customer_phone": "02-87654321",
    "contact": "丙記號聯繫人",
    "contact_mobile": "0912345678",
    "opportunity": "丁記號機會",
    "quote": "戊記號報價",
    "version": "己記號版本",
    "order": "庚記號訂單",
    "record": "辛記號內容",
    "payer": "壬記號付款",
}


def fill(session: Session, cast: Cast) -> dict[str, Any]:
    """Wang's chain; Li is the salesperson of a version, whose first one is Wang's, and of a second opportunity."""
    customer = make_customer(session, cast.wang, MARKS["customer"], phone=MARKS["customer_phone"])
    contact = make_contact(session, customer, cast.wang, MARKS["contact"], mobile=MARKS["contact_mobile"])
    make_record(session, customer, cast.wang, content=MARKS["record"], contact_id=contact.id)
    opportunity = make_opportunity(session, customer, cast.wang, MARKS["opportunity"], contact_id=contact.id)
    named = {"contact_id": contact.id, "opportunity_id": opportunity.id}
    quote = make_quote(session, customer, cast.wang, "1000", title=MARKS["quote"], **named)
    version = copy_quote(session, quote, actor_as(session, cast.wang))
    version.title, version.owner_id = MARKS["version"], cast.li.id
    order = convert_quote(session, quote, actor_as(session, cast.wang))
    order.title, order.consignee, order.owner_id = MARKS["order"], "倉庫", cast.wang.id
    submitted(session, order, cast.wang, cast.order)
    ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order))
    receipt = paid(session, cast, customer, order)
    reversal = reverse_receipt(session, receipt, actor_as(session, cast.wang), "記錯")
    waiting = make_quote(session, customer, cast.wang, "50", title="第二報價", **named)
    second = convert_quote(session, waiting, actor_as(session, cast.wang))
    second.title, second.consignee = "第二訂單", "倉庫"
    submitted(session, second, cast.wang, cast.order)
    session.flush()
    records = (customer, contact, opportunity, quote, version, order, receipt, reversal, waiting, second)
    return {"ids": sorted({record.id for record in records})}


def paid(session: Session, cast: Cast, customer: Customer, order: Order) -> Receipt:
    receipt = make_receipt(session, customer, cast.wang, {order: "100"}, payer=MARKS["payer"])
    RECEIPT_WORKFLOW.fire(session, receipt, "submit", actor_as(session, cast.wang), approver_id=cast.finance.id)
    RECEIPT_WORKFLOW.fire(session, receipt, "approve", actor_as(session, cast.finance))
    return receipt


def give_only(session: Session, user: User, *functions: str, scope: Scope = Scope.EVERYTHING) -> None:
    """All verbs of these functions, and nothing else; every column of every list is chosen."""
    session.execute(delete(RoleMember).where(RoleMember.user_id == user.id))
    session.execute(delete(Notice).where(Notice.user_id == user.id))  # what was told before stays told
    permissions = [p for p in Permission if p.value.split(":")[0] in functions]
    session.add_all(PersonalGrant(user_id=user.id, permission=p, scope=scope) for p in permissions)
    for table in TABLES.values():
        columns = [column.key for column in (*table.columns, *table.more)]
        session.add(ListColumns(user_id=user.id, list_key=table.key, columns=columns))
    session.flush()


def hidden_from(session: Session, user: User) -> set[str]:
    """The marks and codes of everything that the person may not see, the deliberate exceptions left out."""
    rights = actor_as(session, user).rights
    receivable = Order.seen_by(rights, Permission.RECEIVABLES_VIEW)
    hidden: set[str] = set()
    for model, texts in (
        (Contact, lambda r: {r.name, r.code, r.mobile}),
        (Opportunity, lambda r: {r.title, r.code}),
        (Quote, lambda r: {r.title, r.code}),
        (ContactRecord, lambda r: {r.content}),
        (Receipt, lambda r: {r.payer, r.code}),
        (Order, lambda r: {r.title, r.code}),
        (Customer, lambda r: {r.name, r.phone, r.code}),
    ):
        seen = set(session.scalars(model.visible_to(rights)))
        for record in set(session.scalars(select(model))) - seen:
            hidden |= texts(record)
    for kind in (Opportunity, Quote, Order):
        own = select(kind.contact_id).where(kind.owner_id == user.id)
        hidden -= {contact.name for contact in session.scalars(select(Contact).where(Contact.id.in_(own)))}
    for order in session.scalars(select(Order).join(Customer, Customer.id == Order.customer_id).where(receivable)):
        hidden -= {order.title, order.code}
    if any(rights.may(p) for p in NAMES_ORDERS):
        hidden -= {order.code for order in session.scalars(select(Order))}
    if any(rights.may(p) for p in NAMES_CUSTOMERS):
        hidden -= {MARKS["customer"]}
    return {text for text in hidden if text}


NAMES_ORDERS = (Permission.RECEIPTS_VIEW,)
NAMES_CUSTOMERS = (
    Permission.CONTACTS_VIEW,
    Permission.RECORDS_VIEW,
    Permission.OPPORTUNITIES_VIEW,
    Permission.QUOTES_VIEW,
    Permission.ORDERS_VIEW,
    Permission.RECEIPTS_VIEW,
    Permission.RECEIVABLES_VIEW,
    Permission.LOOKUP_VIEW,
    Permission.PLAN_VIEW,
    Permission.SCHEDULE_VIEW,
)
"""Whose pages name the customer of what they show (and public search, which is there for it)."""
