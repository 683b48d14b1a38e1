"""Customers and contacts that do not exist: names, addresses, numbers put together by chance."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from crm import text
from crm.domain.demo.choices import Choices
from crm.domain.demo.words import Address, Trade, words

_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)  # of a Taiwanese tax number's check sum


def new_names(random: Random) -> Iterator[tuple[str, str, Trade]]:
    """(name, short name, trade), none twice."""
    lists = words()
    used = set()
    while True:
        trade = random.choice(lists.trades)
        brand, word = random.choice(lists["brand"]), random.choice(trade.words)
        name = f"{brand}{word}" if trade.is_shop else f"{brand}{word}{random.choice(lists['kind'])}"
        if (brand, word) not in used:
            used.add((brand, word))
            yield name, brand if trade.is_shop else f"{brand}{word[:2]}", trade


def customer_values(random: Random, name: str, short_name: str, trade: Trade, choices: Choices) -> dict[str, Any]:
    """The fields of C-1 for a customer; about a tenth lie on the mainland."""
    lists = words()
    address = random.choice(lists.addresses)
    web = text.pinyin_code(short_name) or "demo"
    boss = person_name(random)[0]
    return {
        "name": name,
        "short_name": short_name,
        "tax_number": tax_number(random) if address.area.startswith("0") and len(address.postcode) == 3 else None,
        "legal_representative": boss if random.random() < 0.7 else None,
        "founded_on": date(random.randrange(1972, 2021), random.randrange(1, 13), random.randrange(1, 29)),
        "level_id": choices.level(random.choices(range(4), (2, 5, 4, 1))[0]),
        "status_id": choices.item("customer_status", 0),
        "source_id": choices.some(random, "customer_source") if len(name) % 9 else None,
        "category_id": choices.item("customer_category", random.choices(range(4), (8, 2, 1, 1))[0]),
        "industry_id": choices.named("industry", trade.industry),
        "nature_id": choices.item("enterprise_nature", random.choices((0, 2, 3, 4), (12, 1, 1, 1))[0]),
        "size_id": choices.item(
            "enterprise_size", 0 if trade.is_shop else random.choices(range(5), (3, 6, 5, 2, 1))[0]
        ),
        **place_values(random, address, choices),
        "phone": phone(random, address),
        "fax": phone(random, address) if random.random() < 0.4 else None,
        "email": f"service@{web}.example.com" if random.random() < 0.8 else None,
        "website": f"https://www.{web}.example.com" if random.random() < 0.6 else None,
        "bank": random.choice(lists["bank"]) if random.random() < 0.5 else None,
        "bank_account": f"{random.randrange(10**13):013d}" if random.random() < 0.4 else None,
        "payment_terms_id": choices.some(random, "payment_terms"),
        "credit_limit": Decimal(random.choice((100, 200, 300, 500, 1000)) * 1000) if random.random() < 0.5 else None,
        "notes": random.choice(lists["notes"]) if random.random() < 0.25 else None,
    }


def place_values(random: Random, address: Address, choices: Choices) -> dict[str, Any]:
    province_id, city_id, city_name = choices.city(address.city)
    street = f"{random.choice(address.roads)}{random.randrange(1, 380)}號"
    floor = f"{random.randrange(2, 15)}樓" if random.random() < 0.6 else ""
    return {
        "province_id": province_id,
        "city_id": city_id,
        "district": address.district,
        "postcode": address.postcode,
        "address": f"{city_name}{address.district}{street}{floor}",
    }


def phone(random: Random, address: Address) -> str:
    """A number of the area whose exchange is the invented 555."""
    exchange = random.choice(("2555", "5550", "8555")) if len(address.area) == 2 else "555"
    return f"{address.area}-{exchange}-{random.randrange(10**4):04d}"


def tax_number(random: Random) -> str:
    """Eight figures whose check sum is wrong, so that they are no real company's."""
    while True:
        number = f"{random.randrange(10**8):08d}"
        products = (int(figure) * weight for figure, weight in zip(number, _WEIGHTS, strict=True))
        total = sum(product // 10 + product % 10 for product in products)
        if total % 5 and not (number[6] == "7" and (total + 1) % 5 == 0):
            return number


def person_name(random: Random) -> tuple[str, str]:
    """(name, gender)."""
    gender = random.choice(("male", "female"))
    return random.choice(words()["surname"]) + random.choice(words()[f"given_{gender}"]), gender


def contact_values(random: Random) -> dict[str, Any]:
    """The fields of K-1 for one contact."""
    name, gender = person_name(random)
    mobile = f"09{random.randrange(10, 90)}-555-{random.randrange(1000):03d}"
    born = date(random.randrange(1964, 2001), random.randrange(1, 13), random.randrange(1, 29))
    return {
        "name": name,
        "gender": gender,
        "department": random.choice(words()["department"]) if random.random() < 0.7 else None,
        "job_title": random.choice(words()["title"]),
        "mobile": mobile if random.random() < 0.85 else None,
        "email": f"{text.pinyin_code(name)}{random.randrange(100)}@example.com" if random.random() < 0.6 else None,
        "line": f"line{random.randrange(10**5):05d}" if random.random() < 0.4 else None,
        "birthday": born if random.random() < 0.4 else None,
    }
