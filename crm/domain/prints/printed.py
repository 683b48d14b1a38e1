"""What a printed document can say: its fields, those of its lines, and the words between them (A-11)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from crm.entities.customers import CUSTOMER
from crm.entities.entity import Field
from crm.entities.opportunities import OPPORTUNITY
from crm.fields.types import (
    Amount,
    Day,
    DictionaryChoice,
    FieldType,
    FixedChoice,
    Integer,
    LongText,
    MomentType,
    PersonChoice,
    PriceType,
    QuantityType,
    RateType,
    Text,
    not_longer,
)
from crm.i18n import N_
from crm.models import Customer, Opportunity, Order, Permission, Quote, Receipt
from crm.models.documents import APPROVED, DRAFT, PENDING, REJECTED, TAX_EXCLUDED, TAX_INCLUDED, VOID
from crm.text import verbatim

STATES = FixedChoice(
    options=(
        (DRAFT, N_("Draft")),
        (PENDING, N_("Waiting for approval")),
        (APPROVED, N_("Approved")),
        (REJECTED, N_("Rejected")),
        (VOID, N_("Void")),
    )
)
TAX_MODES = FixedChoice(options=((TAX_EXCLUDED, N_("Prices without tax")), (TAX_INCLUDED, N_("Prices with tax"))))

Given = Iterable[tuple[str, str, FieldType]]

MOST_TEMPLATE = 300_000
"""Characters of a template; a logo of 200 KB fits."""


@dataclass(frozen=True)
class InWords(Text):
    """An amount in words; the value is the amount itself."""

    kind = "words"


def _fields(given: Given) -> tuple[Field, ...]:
    return tuple(Field(key, label, kind) for key, label, kind in given)


def _of_form(fields: Iterable[Field], left_out: tuple[str, ...] = ()) -> tuple[Field, ...]:
    """The fields of a record's own form under the names of templates: level_id is {{level}}."""
    return tuple(replace(f, key=f.key.removesuffix("_id")) for f in fields if f.key not in left_out)


TEXT = Text()
FIRM = _fields(
    (
        ("firm.name", N_("Firm's name"), TEXT),
        ("firm.phone", N_("Firm's telephone"), TEXT),
        ("firm.fax", N_("Firm's fax"), TEXT),
        ("firm.address", N_("Firm's address"), TEXT),
        ("firm.tax_number", N_("Firm's tax number"), TEXT),
        ("firm.bank", N_("Firm's bank account"), LongText()),
        ("printed.on", N_("Printed on"), Day()),
        ("printed.by", N_("Printed by"), TEXT),
    )
)
BUYER = _fields(
    (
        ("customer.name", N_("Customer"), TEXT),
        ("customer.code", N_("Customer code"), TEXT),
        ("customer.tax_number", N_("Tax number"), TEXT),
        ("customer.phone", N_("Telephone"), TEXT),
        ("customer.fax", N_("Fax"), TEXT),
        ("customer.email", N_("Email"), TEXT),
        ("customer.address", N_("Address"), TEXT),
        ("customer.postcode", N_("Postcode"), TEXT),
        ("customer.bank", N_("Bank"), TEXT),
        ("customer.bank_account", N_("Bank account"), TEXT),
    )
)
CONTACT = _fields(
    (
        ("contact.name", N_("Contact"), TEXT),
        ("contact.job_title", N_("Job title"), TEXT),
        ("contact.mobile", N_("Mobile"), TEXT),
        ("contact.phone", N_("Contact's telephone"), TEXT),
        ("contact.email", N_("Contact's email"), TEXT),
    )
)
SELLER = _fields(
    (
        ("owner.name", N_("Salesperson"), TEXT),
        ("owner.phone", N_("Salesperson's telephone"), TEXT),
        ("owner.mobile", N_("Salesperson's mobile"), TEXT),
        ("owner.email", N_("Salesperson's email"), TEXT),
        ("owner.department", N_("Department"), TEXT),
    )
)
SUMS = _fields(
    (
        ("tax_mode", N_("Tax mode"), TAX_MODES),
        ("goods_amount", N_("Sum of the lines"), Amount()),
        ("tax_amount", N_("Tax"), Amount()),
        ("discount_amount", N_("Discount amount"), Amount()),
        ("total", N_("Total"), Amount()),
        ("total_in_words", N_("Amount in words"), InWords()),
    )
)
LINES = _fields(
    (
        ("line.number", N_("No."), Integer()),
        ("line.code", N_("Product code"), TEXT),
        ("line.name", N_("Product"), TEXT),
        ("line.specification", N_("Specification"), TEXT),
        ("line.unit", N_("Unit"), DictionaryChoice(dictionary="unit")),
        ("line.quantity", N_("Quantity"), QuantityType()),
        ("line.price", N_("Unit price"), PriceType()),
        ("line.discount", N_("Discount %"), RateType()),
        ("line.tax_rate", N_("Tax rate"), RateType()),
        ("line.amount", N_("Amount"), Amount()),
        ("line.tax", N_("Tax"), Amount()),
        ("line.notes", N_("Notes"), LongText()),
    )
)
"""Never the cost: a sheet goes to the customer."""
HAS_LINES = _fields((("has.lines", N_("(there are lines)"), TEXT),))
HAS = _fields(
    (
        ("has.discount", N_("(a line has a discount)"), TEXT),
        ("has.tax", N_("(a line has a tax)"), TEXT),
        ("has.notes", N_("(a line has notes)"), TEXT),
    )
)
"""For sections alone: a column that would be empty is left out."""
DECISION = _fields(
    (
        ("state", N_("State"), STATES),
        ("approved_by", N_("Approved by"), PersonChoice()),
        ("approved_at", N_("Approved on"), MomentType()),
    )
)
QUOTE = _fields(
    (
        ("code", N_("Quote number"), TEXT),
        ("title", N_("Quote title"), TEXT),
        ("quoted_on", N_("Quote date"), Day()),
        ("valid_until", N_("Valid until"), Day()),
        ("revision", N_("Revision"), Integer()),
        ("opportunity", N_("Opportunity"), TEXT),
        ("notes", N_("Notes"), LongText()),
    )
)
ORDER = _fields(
    (
        ("code", N_("Order number"), TEXT),
        ("title", N_("Order title"), TEXT),
        ("ordered_on", N_("Order date"), Day()),
        ("deliver_on", N_("Delivery date"), Day()),
        ("payment_method", N_("Payment method"), DictionaryChoice(dictionary="payment_method")),
        ("payment_terms", N_("Payment terms"), DictionaryChoice(dictionary="payment_terms")),
        ("due_on", N_("Due date"), Day()),
        ("contract_number", N_("Contract number"), TEXT),
        ("consignee", N_("Consignee"), TEXT),
        ("delivery_address", N_("Delivery address"), TEXT),
        ("quote", N_("Source quote"), TEXT),
        ("opportunity", N_("Opportunity"), TEXT),
        ("received", N_("Received so far"), Amount()),
        ("open", N_("Still open"), Amount()),
        ("notes", N_("Notes"), LongText()),
    )
)
RECEIPT = _fields(
    (
        ("code", N_("Receipt number"), TEXT),
        ("received_on", N_("Receipt date"), Day()),
        ("payer", N_("Payer"), TEXT),
        ("payment_method", N_("Payment method"), DictionaryChoice(dictionary="payment_method")),
        ("account", N_("Account"), TEXT),
        ("amount", N_("Amount"), Amount()),
        ("amount_in_words", N_("Amount in words"), InWords()),
        ("reverses", N_("Puts right the receipt"), TEXT),
        ("notes", N_("Notes"), LongText()),
    )
)
PAID_ORDERS = _fields(
    (
        ("line.number", N_("No."), Integer()),
        ("line.code", N_("Order number"), TEXT),
        ("line.title", N_("Order title"), TEXT),
        ("line.ordered_on", N_("Order date"), Day()),
        ("line.total", N_("Order's total"), Amount()),
        ("line.amount", N_("Amount received"), Amount()),
    )
)
ITS_QUOTES = _fields(
    (
        ("line.number", N_("No."), Integer()),
        ("line.code", N_("Quote number"), TEXT),
        ("line.title", N_("Quote title"), TEXT),
        ("line.quoted_on", N_("Quote date"), Day()),
        ("line.valid_until", N_("Valid until"), Day()),
        ("line.total", N_("Total"), Amount()),
    )
)
ITS_CONTACTS = _fields(
    (
        ("line.number", N_("No."), Integer()),
        ("line.name", N_("Full name"), TEXT),
        ("line.department", N_("Department"), TEXT),
        ("line.job_title", N_("Job title"), TEXT),
        ("line.mobile", N_("Mobile"), TEXT),
        ("line.phone", N_("Telephone"), TEXT),
        ("line.email", N_("Email"), TEXT),
    )
)

WORDS = {
    "label.seller": N_("Seller"),
    "label.buyer": N_("Buyer"),
    "label.made_by": N_("Made by"),
    "label.checked_by": N_("Checked by"),
    "label.seller_signs": N_("Seller (signature and seal)"),
    "label.buyer_signs": N_("Buyer (signature and seal)"),
    "label.received_by": N_("Received by"),
    "label.date": N_("Date"),
    "label.phone": N_("Telephone"),
    "label.fax": N_("Fax"),
    "label.tax_number": N_("Tax number"),
    "label.address": N_("Address"),
    "label.pay_to": N_("Please pay to"),
}
"""Words of a sheet that belong to no field, in the reader's language."""


@dataclass(frozen=True)
class TemplateText(LongText):
    """The HTML of a template, kept as it was typed, full-width blanks and all."""

    longest: int = MOST_TEMPLATE

    def text(self, typed: str) -> str:
        lines = (line.rstrip(" \t") for line in verbatim(typed).split("\n"))
        return not_longer("\n".join(lines), self.longest)


TEMPLATE = (
    Field("name", N_("Template name"), Text(100), required=True),
    Field(
        "body",
        N_("HTML of the template"),
        TemplateText(),
        required=True,
        wide=True,
        help=N_("Names in double braces are replaced by the document's values; the list shows which there are."),
    ),
)


@dataclass(frozen=True)
class Printed:
    """A kind of document that is printed: who may, and what its templates can say."""

    key: str
    label: str
    document: str
    model: Any
    permissions: tuple[Permission, ...]
    fields: tuple[Field, ...]
    line_fields: tuple[Field, ...]
    lines_label: str

    @property
    def words(self) -> dict[str, str]:
        """Name → message id of every label: the document's, the fields', the general ones."""
        of_fields = {label_key(f.key): f.label for f in (*self.fields, *self.line_fields)}
        return {"label.document": self.document, "label.lines": self.lines_label, **WORDS, **of_fields}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(f.key for f in self.fields) | frozenset(self.words)

    @property
    def line_names(self) -> frozenset[str]:
        return frozenset(f.key for f in self.line_fields)


def label_key(key: str) -> str:
    """The name of a field's label: of line.price it is label.line_price."""
    return "label." + key.replace(".", "_")


COMMON = (*BUYER, *CONTACT, *SELLER)
PRINTED = {
    printed.key: printed
    for printed in (
        Printed(
            "opportunities",
            N_("Opportunities"),
            N_("Opportunity"),
            Opportunity,
            (Permission.OPPORTUNITIES_VIEW,),
            (
                *_of_form(OPPORTUNITY, ("customer_id", "contact_id", "owner_id", "created_by_id")),
                *COMMON,
                *FIRM,
                *HAS_LINES,
            ),
            ITS_QUOTES,
            N_("Quotes"),
        ),
        Printed(
            "quotes",
            N_("Quotes"),
            N_("Quotation"),
            Quote,
            (Permission.QUOTES_VIEW,),
            (*QUOTE, *SUMS, *COMMON, *FIRM, *HAS, *HAS_LINES),
            LINES,
            N_("Products"),
        ),
        Printed(
            "orders",
            N_("Sales orders"),
            N_("Sales order"),
            Order,
            (Permission.ORDERS_VIEW,),
            (*ORDER, *SUMS, *DECISION, *COMMON, *FIRM, *HAS, *HAS_LINES),
            LINES,
            N_("Products"),
        ),
        Printed(
            "receipts",
            N_("Receipts"),
            N_("Receipt"),
            Receipt,
            (Permission.RECEIPTS_VIEW,),
            (*RECEIPT, *DECISION, *BUYER, *SELLER, *FIRM, *HAS_LINES),
            PAID_ORDERS,
            N_("Orders paid"),
        ),
        Printed(
            "customers",
            N_("Customer"),
            N_("Customer file"),
            Customer,
            (Permission.CUSTOMERS_VIEW, Permission.POOL_VIEW),
            (
                *_of_form(CUSTOMER, ("main_contact", "main_mobile", "main_job_title", "pinyin", "owner_id")),
                *SELLER,
                *FIRM,
                *HAS_LINES,
            ),
            ITS_CONTACTS,
            N_("Contacts"),
        ),
    )
}
