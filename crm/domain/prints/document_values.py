"""The values of a document, as far as this person may see them (A-12, A-13, hostile case 10).

Of other records than the printed one stands only what the person may see: who was given an order to decide does not
learn the customer's telephone from its sheet.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.clock import day_of
from crm.domain.platform.logo import embedded_logo
from crm.domain.platform.settings import FirmSettings
from crm.domain.prints.printed import PrintedKind
from crm.entities.linked_records import Linked, is_own, paid_order_title, visible_link
from crm.entities.printing import BUYER, CONTACT
from crm.fields import Context
from crm.models import (
    Contact,
    Customer,
    Opportunity,
    Order,
    OrderLine,
    Permission,
    Product,
    Quote,
    QuoteLine,
    Receipt,
    ReceiptLine,
    Rights,
    User,
)

MAX_LINES = 500
NO_DISCOUNT = Decimal(100)

Values = dict[str, Any]


@dataclass(frozen=True)
class PrintContext:
    """Who prints, when, in which language; `say` translates a message id."""

    session: Session
    rights: Rights
    firm: FirmSettings
    context: Context
    language: str
    say: Callable[[str], str]
    now: datetime


@dataclass(frozen=True)
class DocumentValues:
    """The values of a document under its fields' names, and of its lines."""

    values: Values
    lines: list[Values]


DocumentReader = Callable[[Any, PrintContext], DocumentValues]
_readers: dict[str, DocumentReader] = {}


def reads_document(kind: str) -> Callable[[DocumentReader], DocumentReader]:
    """Declare the reader of a kind's values beside its own fields."""

    def declare(reader: DocumentReader) -> DocumentReader:
        _readers[kind] = reader
        return reader

    return declare


def _plain(record: Any, reading: PrintContext) -> DocumentValues:
    """A kind that declares nothing more: its customer, where it has one, and its salesperson."""
    if getattr(record, "customer_id", None) is not None:
        return DocumentValues(_parties(record, reading), [])
    return DocumentValues(_seller(getattr(record, "owner_id", None), None, reading), [])


def read_document(printed: PrintedKind, record: Any, reading: PrintContext) -> DocumentValues:
    """Everything a template of this kind can show of the record."""
    values_read = _readers.get(printed.key, _plain)(record, reading)
    for number, line in enumerate(values_read.lines, 1):
        line["line.number"] = number
    allowed = (f for f in printed.fields if f.permission is None or reading.rights.may(f.permission))
    own = {f.key: f.value_of(record) for f in allowed if f.is_kept_in(record)}
    own.update({f.key: getattr(record, f"{f.key}_id") for f in printed.fields if hasattr(record, f"{f.key}_id")})
    has = {"has.lines": "1" if values_read.lines else None}
    return DocumentValues({**own, **values_read.values, **has, **firm_values(reading)}, values_read.lines)


def firm_values(reading: PrintContext) -> Values:
    firm = reading.firm
    return {
        "firm.name": firm.firm_name,
        "firm.logo": embedded_logo(reading.session, firm),
        "firm.phone": firm.firm_phone,
        "firm.fax": firm.firm_fax,
        "firm.address": firm.firm_address,
        "firm.tax_number": firm.firm_tax_number,
        "firm.bank": firm.firm_bank,
        "printed.on": day_of(reading.now, firm.zone),
        "printed.by": reading.context.lookups.people.name(reading.rights.user_id),
    }


def _parties(record: Any, reading: PrintContext) -> Values:
    """Customer, contact and salesperson of a document."""
    session, rights = reading.session, reading.rights
    statement = select(Customer, Customer.seen_by(rights)).where(Customer.id == record.customer_id)
    customer, is_visible = session.execute(statement).one()
    values: Values = {"customer.name": customer.name}
    if is_visible:
        values.update({f.key: getattr(customer, f.key.split(".")[1]) for f in BUYER})
    if getattr(record, "contact_id", None):
        values.update(_contact(record, reading))
    if not hasattr(record, "owner_id"):
        return {**values, **(_seller(customer.owner_id, None, reading) if is_visible else {})}
    return {**values, **_seller(record.owner_id, record.unit_id, reading)}


def _contact(record: Any, reading: PrintContext) -> Values:
    contact = visible_link(reading.session, reading.rights, Contact, record.contact_id)
    if contact is not None and contact.deleted_at is None:
        return {f.key: getattr(contact, f.key.split(".")[1]) for f in CONTACT}
    if contact is None and is_own(record, reading.rights):
        contact = reading.session.get(Contact, record.contact_id)
    return {"contact.name": contact.name} if contact is not None else {}


def _seller(owner_id: int | None, unit_id: int | None, reading: PrintContext) -> Values:
    owner = reading.session.get(User, owner_id) if owner_id else None
    if owner is None:
        return {}
    return {
        "owner.name": owner.name,
        "owner.phone": owner.phone,
        "owner.mobile": owner.mobile,
        "owner.email": owner.email,
        "owner.department": reading.context.lookups.units.name(unit_id or owner.unit_id),
    }


def _linked_name(model: type[Linked], id: int | None, key: str, reading: PrintContext) -> str | None:
    """How another record is called, if the person may see it."""
    record = visible_link(reading.session, reading.rights, model, id)
    return None if record is None else getattr(record, key)


def _rows(statement: Select[*tuple[Any, ...]], reading: PrintContext) -> list[Values]:
    """A dictionary of each row; the columns are labelled by the names without `line.`."""
    rows: Iterable[Any] = reading.session.execute(statement.limit(MAX_LINES)).mappings()
    return [{f"line.{key}": value for key, value in row.items()} for row in rows]


def _goods(model: Any, of_document: Any, reading: PrintContext) -> list[Values]:
    """The lines of a quote or an order. The cost is not among them."""
    statement = select(
        Product.code,
        model.name,
        model.specification,
        model.unit_id.label("unit"),
        model.quantity,
        model.price,
        model.discount,
        model.tax_rate,
        model.amount,
        model.tax,
        model.notes,
    ).outerjoin(Product, Product.id == model.product_id)
    lines = _rows(statement.where(of_document).order_by(model.position, model.id), reading)
    for line in lines:
        line["line.discount"] = None if line["line.discount"] == NO_DISCOUNT else line["line.discount"]
    return lines


def _priced(document: Quote | Order, lines: list[Values], reading: PrintContext) -> Values:
    """What quotes and orders have in common; nothing where a discount or tax is zero."""
    return {
        **_parties(document, reading),
        "opportunity": _linked_name(Opportunity, document.opportunity_id, "title", reading),
        "total_in_words": document.total,
        "tax_amount": document.tax_amount or None,
        "discount_amount": document.discount_amount or None,
        "has.discount": "1" if any(line["line.discount"] is not None for line in lines) else None,
        "has.tax": "1" if any(line["line.tax_rate"] for line in lines) else None,
        "has.notes": "1" if any(line["line.notes"] for line in lines) else None,
    }


@reads_document("quotes")
def _quote(quote: Quote, reading: PrintContext) -> DocumentValues:
    lines = _goods(QuoteLine, QuoteLine.quote_id == quote.id, reading)
    return DocumentValues(_priced(quote, lines, reading), lines)


@reads_document("orders")
def _order(order: Order, reading: PrintContext) -> DocumentValues:
    lines = _goods(OrderLine, OrderLine.order_id == order.id, reading)
    quote_values = {"quote": _linked_name(Quote, order.quote_id, "code", reading)}
    return DocumentValues({**_priced(order, lines, reading), **quote_values}, lines)


@reads_document("receipts")
def _receipt(receipt: Receipt, reading: PrintContext) -> DocumentValues:
    values = _parties(receipt, reading)
    values["amount_in_words"] = receipt.amount
    values["reverses"] = _linked_name(Receipt, receipt.reverses_id, "code", reading)
    statement = select(Order.code, paid_order_title(reading.rights), Order.ordered_on, Order.total, ReceiptLine.amount)
    statement = statement.join(Order, Order.id == ReceiptLine.order_id).join(Customer, Customer.id == Order.customer_id)
    statement = statement.where(ReceiptLine.receipt_id == receipt.id)
    return DocumentValues(values, _rows(statement.order_by(Order.ordered_on, Order.id), reading))


@reads_document("opportunities")
def _opportunity(opportunity: Opportunity, reading: PrintContext) -> DocumentValues:
    lines: list[Values] = []
    if reading.rights.may(Permission.QUOTES_VIEW):
        quotes = Quote.visible_to(reading.rights).where(Quote.opportunity_id == opportunity.id)
        columns = (Quote.code, Quote.title, Quote.quoted_on, Quote.valid_until, Quote.total)
        lines = _rows(quotes.with_only_columns(*columns).order_by(Quote.quoted_on, Quote.id), reading)
    return DocumentValues(_parties(opportunity, reading), lines)


@reads_document("customers")
def _customer(customer: Customer, reading: PrintContext) -> DocumentValues:
    contacts = Contact.visible_to(reading.rights).where(Contact.customer_id == customer.id)
    columns = (Contact.name, Contact.department, Contact.job_title, Contact.mobile, Contact.phone, Contact.email)
    ordered = contacts.with_only_columns(*columns).order_by(Contact.is_main.desc(), Contact.pinyin, Contact.id)
    return DocumentValues(_seller(customer.owner_id, None, reading), _rows(ordered, reading))
