"""What is measured, and what it may cost (qualities, Speed)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from secrets import token_hex
from urllib.parse import quote

from flask import Flask, url_for
from sqlalchemy import func, select

from crm.entities.custom_fields import attribute
from crm.extensions import db
from crm.models import Contact, Customer, CustomField, DictionaryItem, Order, Product, User, rights_of
from tests.bench.firm import ADMIN, SELLER
from tests.bench.names import FREQUENT, RARE
from tests.bench.visitor import Visitor, changed

LIST, SEARCH, FILE, FRAME, PANEL, SAVE, LIKES = 14, 25, 15, 12, 25, 30, 35
LIST_STATEMENTS, FILE_STATEMENTS = 8, 12
TYPING = 10
OTHER_DAYS = "{other days}"
"""In a path: a period that nobody asked for yet, so that its figures are not in memory."""
MAX_SHIFTED = 10
_asked = count()
RUN = token_hex(4)
"""Begins the names of new customers: those of an earlier run would be found alike."""


@dataclass(frozen=True)
class Page:
    """One address with the most it may cost, in times of hello, and the most statements it may need."""

    name: str
    path: str
    most: float
    who: str = ADMIN
    statements: int | None = LIST_STATEMENTS
    zipped: bool = True
    days: int = 0
    """The length of the period that stands for `OTHER_DAYS` in the path, another one each time."""
    fragment: bool = False
    """Whether a script asks for it, while somebody types."""

    def address(self) -> str:
        if not self.days:
            return self.path
        number = next(_asked)
        last = datetime.now(UTC).date() - timedelta(days=number % MAX_SHIFTED)
        first = last - timedelta(days=self.days + number // MAX_SHIFTED)
        return self.path.replace(OTHER_DAYS, f"period=custom&from={first}&to={last}")

    @property
    def headers(self) -> dict[str, str]:
        return {"HX-Request": "true"} if self.fragment else {}


@dataclass(frozen=True)
class Save:
    """A form to be sent: asked for at `page` (not measured), sent to `action` with some values changed."""

    name: str
    page: str
    action: str
    values: Callable[[int], dict[str, str]] = field(compare=False)
    who: str = SELLER
    most: float = SAVE

    def send(self, visitor: Visitor, number: int) -> float:
        """Seconds of the sending alone. Raises RuntimeError where it was not saved."""
        fields = changed(visitor.form(self.page, self.action), **self.values(number))
        answer = visitor.post(self.action, fields)
        if answer.status != 303:
            raise RuntimeError(f"{self.name}: {answer.status} instead of 303")
        return answer.seconds


def pages(app: Flask) -> list[Page]:
    """What the qualities name, and the lists and files beside it."""
    customer_id, _ = _own_customer()
    owned = db.session.scalar(select(func.count()).where(Customer.owner_id.is_not(None))) or 0
    deep = max(1, min(1000, owned // 20))
    with app.test_request_context():
        found = [
            Page("customer list, administrator", url_for("customers.index"), LIST),
            Page("  the same, not compressed", url_for("customers.index"), LIST, zipped=False),
            Page("customer list, salesperson", url_for("customers.index"), LIST, SELLER),
            Page(f"customer list, page {deep:,}", f"{url_for('customers.index')}?page={deep}", LIST),
            Page("search by two characters, rare", f"{url_for('customers.index')}?q={quote(RARE)}", SEARCH),
            Page("search by two characters, frequent", f"{url_for('customers.index')}?q={quote(FREQUENT)}", SEARCH),
        ]
        found += _own_fields()
        found += _duplicate_checks()
        for name, endpoint in FILES.items():
            found.append(Page(name, url_for(endpoint, id=customer_id), FILE, SELLER, FILE_STATEMENTS))
        order_id = db.session.scalars(select(Order.id).where(Order.owner_id == _seller().id).limit(1)).one()
        found.append(Page("order file", url_for("orders.show", id=order_id), FILE, SELLER, FILE_STATEMENTS))
        for name, endpoint in LISTS.items():
            found.append(Page(name, url_for(endpoint), LIST))
        for typed in (RARE, FREQUENT):
            path = f"{url_for('global_search.index')}?q={quote(typed)}"
            found.append(Page(f"search box while typing {typed}", path, TYPING, fragment=True))
        found.append(Page("workbench, frame", url_for("workbench.show"), FRAME, SELLER, None))
        found += [Page(f"  panel {key}", path, PANEL, SELLER, None) for key, path in _panels()]
    return found


FILES = {
    "customer file": "customers.show",
    "customer file, values": "customers.details",
    "customer file, form": "customers.edit",
    "customer file, contacts": "contacts.of_customer",
    "customer file, records": "records.of_customer",
    "customer file, history": "customers.history",
    "customer file, orders": "orders.of_customer",
}
LISTS = {
    "contacts": "contacts.index",
    "contact records": "records.index",
    "pool": "pool.index",
    "plan": "plan.index",
    "products": "products.index",
    "orders": "orders.index",
    "receipts": "receipts.index",
    "receivables": "receivables.index",
}
AFTER_A_SAVE = 160
"""In times of hello: a list of a million records is counted anew, and still leaves the half second of a page room."""
LINES = 10


def _duplicate_checks() -> list[Page]:
    """【檢索】 by the firm's policy, and 【高級查重】 by everything, of a customer that there is (C-3)."""
    columns = (Customer.name, Customer.short_name, Customer.phone, Customer.tax_number, Contact.mobile, Contact.email)
    wanted = select(*columns).join(Contact, Contact.customer_id == Customer.id).order_by(Customer.id.desc())
    name, short_name, phone, tax_number, mobile, email = db.session.execute(wanted.limit(1)).one()
    typed = {"name": name, "short_name": short_name, "phone": phone, "main_mobile": mobile, "email": email}
    typed |= {"tax_number": tax_number, "website": "www.example.com"}
    return [
        Page("duplicate check by the policy", url_for("customers.duplicates", **typed), LIKES, SELLER),
        Page("duplicate check by everything", url_for("customers.advanced_duplicates", **typed), LIKES, SELLER),
    ]


def _own_fields() -> list[Page]:
    """The list searched and sorted by what the firm added to it (D-2): its qualities are those of any other column."""
    rows = db.session.scalars(select(CustomField).where(CustomField.entity == "customers").order_by(CustomField.id))
    fields = {row.kind: attribute(row) for row in rows}
    if not fields:
        return []
    path, of = url_for("customers.index"), "by a field of the firm's own"
    asked = [("text", RARE, "rare", 13), ("text", FREQUENT, "frequent", 17), ("long", RARE, "in long texts", 17)]
    found = [
        Page(f"search {of}, {said}", f"{path}?af={fields[kind]}&ao=has&av={quote(typed)}", most)
        for kind, typed, said, most in asked
    ]
    sorted_ = ("text", "number", "date", "choice")
    return [*found, *(Page(f"list sorted {of}, {kind}", f"{path}?sort={fields[kind]}", 12) for kind in sorted_)]


def _panels() -> list[tuple[str, str]]:
    from crm.web.panels import panels

    held = rights_of(db.session(), _seller())
    return [(key, url_for("workbench.panel", key=key)) for key, panel in panels().items() if panel.is_for(held.may)]


def saves() -> list[Save]:
    """Saving a customer anew, changing one, writing a record, and an order of ten lines."""
    customer_id, name = _own_customer()
    method = db.session.scalars(select(DictionaryItem.id).where(DictionaryItem.dictionary == "contact_method")).first()
    found = [
        Save("save of a new customer", "/customers/new", "/customers", lambda n: {"name": f"{RUN}{n}有限公司"}),
        Save(
            "save of a customer",
            f"/customers/{customer_id}/edit",
            f"/customers/{customer_id}",
            lambda n: {"name": name, "notes": f"第{n}次"},
        ),
    ]
    record = {"content": "電話聯絡，詢問近期需求", "method_id": str(method)}
    found.append(Save("save of a record", f"/customers/{customer_id}/records/new", "/records", lambda n: record))
    order = {"customer_id": name, **_lines()}
    found.append(Save(f"save of an order of {LINES} lines", "/orders/new", "/orders", lambda n: order))
    return found


def _lines() -> dict[str, str]:
    """As they are typed into the rows of the editor."""
    codes = db.session.scalars(select(Product.code).order_by(Product.id).limit(LINES)).all()
    typed: dict[str, str] = {}
    for number, code in enumerate(codes, 1):
        for column, value in {"product_id": code, "quantity": "3", "price": "120.5", "discount": "95"}.items():
            typed[f"lines-{number}-{column}"] = value
    return typed


def _seller() -> User:
    return db.session.scalars(select(User).where(User.login == SELLER)).one()


def _own_customer() -> tuple[int, str]:
    """One of the seller's customers."""
    wanted = select(Customer.id, Customer.name).join(User, User.id == Customer.owner_id).where(User.login == SELLER)
    row = db.session.execute(wanted.where(Customer.deleted_at.is_(None)).order_by(Customer.id).limit(1)).one()
    return row.id, row.name
