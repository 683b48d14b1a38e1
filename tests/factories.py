"""Records for tests, made through the domain's verbs."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.customers.contact_records import save_contact_record
from crm.domain.customers.contacts import save_contact
from crm.domain.customers.customers import move_customer, save_customer
from crm.domain.office.bulletins import save_bulletin
from crm.domain.sales.opportunities import save_opportunity
from crm.domain.sales.orders import ORDER_WORKFLOW, save_order
from crm.domain.sales.quotes import save_quote
from crm.domain.sales.receipts import save_receipt
from crm.domain.sales.targets import save_target
from crm.entities.record_saving import Actor
from crm.models import (
    Bulletin,
    Contact,
    ContactRecord,
    Customer,
    CustomerLevel,
    DictionaryItem,
    MailMessage,
    Opportunity,
    Order,
    Product,
    ProductCategory,
    Quote,
    Receipt,
    SalesTarget,
    User,
)
from crm.models.permissions import Permission, Scope
from tests.cast import actor_as

_numbers = count(1)


def made_by(session: Session, person: User, now: datetime | None = None) -> Actor:
    """What a test finds in place was made by this person, whatever they may do now."""
    actor = actor_as(session, person, now)
    scopes = {permission.value: Scope.EVERYTHING for permission in Permission}
    return replace(actor, rights=replace(actor.rights, scopes=scopes))


def make_customer(
    session: Session, owner: User, name: str = "", now: datetime | None = None, pooled: bool = False, **values: Any
) -> Customer:
    name = name or f"客戶{next(_numbers)}號有限公司"
    return save_customer(session, None, {"name": name, **values}, made_by(session, owner, now), pooled=pooled)


def give(session: Session, customer: Customer, to: User, by: User, now: datetime | None = None) -> None:
    move_customer(session, customer, actor_as(session, by, now), to.id)
    session.flush()


def make_contact(
    session: Session, customer: Customer, by: User, name: str = "張三", now: datetime | None = None, **values: Any
) -> Contact:
    return save_contact(session, None, customer, {"name": name, **values}, made_by(session, by, now))


def item(session: Session, dictionary: str, name: str) -> DictionaryItem:
    wanted = select(DictionaryItem).where(DictionaryItem.dictionary == dictionary, DictionaryItem.name == name)
    return session.scalars(wanted).one()


def level(session: Session, name: str) -> CustomerLevel:
    return session.scalars(select(CustomerLevel).where(CustomerLevel.name == name)).one()


def make_record(
    session: Session,
    customer: Customer,
    by: User,
    at: datetime | None = None,
    now: datetime | None = None,
    **values: Any,
) -> ContactRecord:
    now = now or at or datetime.now(UTC)
    given = {
        "contacted_at": at or now,
        "method_id": item(session, "contact_method", "電話").id,
        "content": "談了報價",
        "add_to_schedule": True,
        **values,
    }
    return save_contact_record(session, None, customer, given, made_by(session, by, now))


def make_opportunity(
    session: Session, customer: Customer, by: User, title: str = "", now: datetime | None = None, **values: Any
) -> Opportunity:
    given = {
        "title": title or f"機會{next(_numbers)}號",
        "stage_id": item(session, "opportunity_stage", "初步接洽").id,
        **values,
    }
    return save_opportunity(session, None, customer, given, made_by(session, by, now))


def make_category(
    session: Session, name: str = "", parent: ProductCategory | None = None, code: str = ""
) -> ProductCategory:
    number = next(_numbers)
    now = datetime.now(UTC)
    made = ProductCategory(
        name=name or f"類別{number}號",
        code=code or f"K{number:03d}",
        parent_id=parent.id if parent else None,
        position=number,
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    session.flush()
    return made


def make_product(session: Session, name: str = "", price: str = "100", **values: Any) -> Product:
    number = next(_numbers)
    made = Product(
        code=f"T{number:05d}",
        name=name or f"商品{number}號",
        pinyin=f"sp{number}h",
        price=Decimal(price),
        created_at=datetime.now(UTC),
        updated_at=datetime.now(UTC),
        **values,
    )
    session.add(made)
    session.flush()
    return made


def line(product: Product, quantity: str = "1", price: str = "100", **values: Any) -> dict[str, Any]:
    return {"product_id": product.id, "quantity": Decimal(quantity), "price": Decimal(price), **values}


def make_order(
    session: Session, customer: Customer, by: User, amount: str = "100", now: datetime | None = None, **values: Any
) -> Order:
    """A draft of one line that costs `amount`."""
    lines = values.pop("lines", None) or [line(make_product(session), price=amount)]
    return save_order(session, None, customer, values, lines, made_by(session, by, now))


def make_quote(
    session: Session, customer: Customer, by: User, amount: str = "100", now: datetime | None = None, **values: Any
) -> Quote:
    lines = values.pop("lines", None) or [line(make_product(session), price=amount)]
    given = {"title": f"報價{next(_numbers)}號", **values}
    return save_quote(session, None, customer, given, lines, made_by(session, by, now))


def submitted(session: Session, order: Order, by: User, to: User, now: datetime | None = None) -> Order:
    ORDER_WORKFLOW.fire(session, order, "submit", actor_as(session, by, now), approver_id=to.id)
    return order


def approved_order(
    session: Session, customer: Customer, by: User, approver: User, amount: str = "100", now: datetime | None = None
) -> Order:
    order = submitted(session, make_order(session, customer, by, amount, now), by, approver, now)
    ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, approver, now))
    return order


def make_receipt(
    session: Session, customer: Customer, by: User, paid: dict[Order, str], now: datetime | None = None, **values: Any
) -> Receipt:
    """A draft receipt: order → amount."""
    lines = [{"order_id": order.id, "amount": Decimal(amount)} for order, amount in paid.items()]
    return save_receipt(session, None, customer, values, lines, made_by(session, by, now))


def make_target(session: Session, person: User, by: User, year: int = 2026, monthly: str = "1000") -> SalesTarget:
    values = {"user_id": person.id, "unit_id": person.unit_id, "year": year}
    return save_target(session, None, values, [Decimal(monthly)] * 12, actor_as(session, by))


def make_letter(session: Session, person: User, now: datetime | None = None, **values: Any) -> MailMessage:
    now = now or datetime.now(UTC)
    number = next(_numbers)
    given = {"key": f"letter-{number}", "address": f"{person.login}@example.com", "language": "zh_Hant"}
    given |= {"message": "The customer %(name)s now belongs to you.", "values": {"name": "台積電"}, **values}
    letter = MailMessage(user_id=person.id, created_at=now, next_try_at=now, **given)
    session.add(letter)
    session.flush()
    return letter


def make_bulletin(session: Session, by: User, title: str = "週五下午盤點", **values: Any) -> Bulletin:
    return save_bulletin(session, None, {"title": title, **values}, actor_as(session, by))
