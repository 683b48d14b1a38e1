"""Rows of the measuring set's customers, contacts and records."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from crm import text
from crm.domain.customers.customers import refresh_idle
from crm.entities.derived_values import Attributes, SearchTexts, keys_of, search_texts_of
from crm.entities.registry import entity_of
from crm.models import Contact, Customer
from crm.models.custom_values import with_values
from crm.models.customers import OWNED, POOL, RECYCLED
from tests.bench.firm import Firm
from tests.bench.names import SAID, company_name, person_name

Row = tuple[dict[str, Any], SearchTexts | None]
"""The columns' values, and the texts by which the record is found."""
EVERY, OWN_SEED = 50, 8
RECORDS = 10


class Known(NamedTuple):
    """What contacts and records need of a customer; whole rows of all would fill the memory."""

    id: int
    phone: str | None
    level_id: int | None
    created_by_id: int | None
    created_at: datetime
    last_contact_at: datetime
    next_contact_at: datetime


def customer_rows(random: Random, count: int, firm: Firm, now: datetime, known: list[Known]) -> Iterator[Row]:
    """Every fiftieth is the seller's; seven of a hundred others lie in the pools. `known` is filled on the way."""
    own = Random(OWN_SEED)
    for number in range(1, count + 1):
        born = now - timedelta(days=random.randrange(30, 1400), minutes=random.randrange(1440))
        last = born + (now - born) * random.random()
        pool = OWNED if number % EVERY == 0 else random.choices((OWNED, POOL, RECYCLED), (93, 4, 3))[0]
        owner = firm.seller if number % EVERY == 0 else random.choice(firm.people)
        level_id, days = random.choice(firm.levels)
        province_id, city_id, city = random.choice(firm.cities)
        name, short_name = company_name(random)
        customer = Customer(
            id=number,
            code=f"C{number:06d}",
            name=name,
            short_name=short_name,
            pinyin=text.pinyin_code(name),
            level_id=level_id,
            province_id=province_id,
            city_id=city_id,
            address=f"{city}中正路{random.randrange(1, 500)}號",
            phone=f"0{random.randrange(2, 9)}-2{random.randrange(1000):03d}-{random.randrange(10**4):04d}",
            tax_number=f"{random.randrange(10**8):08d}",
            registered_on=born.date(),
            owner_id=owner if pool == OWNED else None,
            pool=pool,
            owned_since=born if pool == OWNED else None,
            last_contact_at=last,
            next_contact_at=last + timedelta(days=days or 30),
            created_at=born,
            updated_at=last,
            created_by_id=owner,
            version=1,
        )
        for column, dictionary in _ITEMS.items():
            setattr(customer, column, random.choice(firm.items[dictionary]))
        customer.custom = with_values(None, _own_values(own, firm))
        refresh_idle(customer)
        known.append(Known(*(getattr(customer, key) for key in Known._fields)))
        yield row_of(customer)


def _own_values(random: Random, firm: Firm) -> dict[str, Any]:
    """Ten values, one of each kind, in the order of `crm.entities.custom_fields.KINDS`."""
    text_, long, number, amount, day, yes_no, choice, several, person, link = firm.own
    choices, many = (firm.items_of(attribute) for attribute in (choice, several))
    return {
        text_: company_name(random)[1],
        long: f"{random.choice(SAID)}，{company_name(random)[1]}介紹。{random.choice(SAID)}。",
        number: Decimal(random.randrange(10**6)).scaleb(-2),
        amount: Decimal(random.randrange(10**8)).scaleb(-2),
        day: date(2020, 1, 1) + timedelta(days=random.randrange(2500)),
        yes_no: random.random() < 0.3,
        choice: random.choice(choices),
        several: tuple(sorted(random.sample(many, 2))),
        person: random.choice(firm.people),
        link: f"https://c{random.randrange(10**7)}.example.com",
    }


_ITEMS = {
    "status_id": "customer_status",
    "source_id": "customer_source",
    "category_id": "customer_category",
    "industry_id": "industry",
    "region_id": "region",
}


def contact_rows(random: Random, customers: list[Known]) -> Iterator[Row]:
    """One and three in turn; the first is the main one."""
    number = 0
    for customer in customers:
        for place in range(1 if customer.id % 2 else 3):
            number += 1
            name = person_name(random)
            contact = Contact(
                id=number,
                code=f"P{number:06d}",
                name=name,
                pinyin=text.pinyin_code(name, person=True),
                customer_id=customer.id,
                gender=random.choice(("male", "female")),
                job_title=random.choice(("採購", "經理", "會計", "總務")),
                mobile=f"09{random.randrange(10**8):08d}",
                phone=customer.phone,
                email=f"c{number}@example.com",
                is_main=place == 0,
                created_at=customer.created_at,
                updated_at=customer.created_at,
                created_by_id=customer.created_by_id,
                version=1,
            )
            yield row_of(contact)


def record_rows(random: Random, customers: list[Known], firm: Firm) -> Iterator[Row]:
    """Ten a customer on the average, the newest at its last contact."""
    methods = firm.items["contact_method"]
    number, many = 0, 0
    for customer in customers:
        many = random.randrange(1, 2 * RECORDS) if customer.id % 2 else 2 * RECORDS - many
        last, span = customer.last_contact_at, customer.last_contact_at - customer.created_at
        for place in range(many):
            number += 1
            at = last - span * place / many
            row = {
                "id": number,
                "customer_id": customer.id,
                "contact_id": None,
                "contacted_at": at,
                "method_id": random.choice(methods),
                "content": f"{random.choice(SAID)}。{random.choice(SAID)}，第{place + 1}次。",
                "level_id": customer.level_id,
                "next_contact_at": customer.next_contact_at if place == 0 else at + timedelta(days=7),
                "next_plan": random.choice(SAID),
                "add_to_schedule": False,
                "remind_by_email": False,
                "version": 1,
                "created_at": at,
                "updated_at": at,
                "created_by_id": customer.created_by_id,
            }
            yield row, None


@cache
def _keys(model: type) -> tuple[str, ...]:
    mapper: Mapper[Any] = inspect(model)
    return tuple(attribute.key for attribute in mapper.column_attrs)


def row_of(record: Any) -> Row:
    """All columns of a record that was never added, and the texts by which it is found."""
    kind, values = entity_of(record), Attributes(record)
    texts = search_texts_of(kind, values)
    columns = {key: getattr(record, key) for key in _keys(type(record))}
    return {**columns, **keys_of(kind, values), "search_text": texts.column}, texts
