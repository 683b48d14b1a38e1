"""Records for tests, made through the domain's verbs."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.contacts import save_contact
from crm.domain.customers import move_customer, save_customer
from crm.domain.opportunities import save_opportunity
from crm.domain.records import save_record
from crm.models import Contact, ContactRecord, Customer, CustomerLevel, DictionaryItem, Opportunity, User
from tests.cast import acting_as

_numbers = count(1)


def make_customer(
    session: Session, owner: User, name: str = "", now: datetime | None = None, pooled: bool = False, **values: Any
) -> Customer:
    name = name or f"客戶{next(_numbers)}號有限公司"
    return save_customer(session, None, {"name": name, **values}, acting_as(session, owner, now), pooled=pooled)


def give(session: Session, customer: Customer, to: User, by: User, now: datetime | None = None) -> None:
    move_customer(session, customer, acting_as(session, by, now), to.id)
    session.flush()


def make_contact(
    session: Session, customer: Customer, by: User, name: str = "張三", now: datetime | None = None, **values: Any
) -> Contact:
    return save_contact(session, None, customer, {"name": name, **values}, acting_as(session, by, now))


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
    return save_record(session, None, customer, given, acting_as(session, by, now))


def make_opportunity(
    session: Session, customer: Customer, by: User, title: str = "", now: datetime | None = None, **values: Any
) -> Opportunity:
    given = {
        "title": title or f"機會{next(_numbers)}號",
        "stage_id": item(session, "opportunity_stage", "初步接洽").id,
        **values,
    }
    return save_opportunity(session, None, customer, given, acting_as(session, by, now))
