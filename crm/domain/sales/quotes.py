"""Verbs of quotes: saved, copied as a new version, turned into an order (QT-1 to QT-3)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers.contacts import check_contact
from crm.domain.sales.document_lines import check_tax_mode, copied_lines, count_lines, lines_of
from crm.domain.sales.orders import write_order
from crm.domain.sales.salespeople import set_salesperson
from crm.entities import policy
from crm.entities.custom_fields import custom_fields
from crm.entities.default_values import default_choices
from crm.entities.linked_records import visible_links
from crm.entities.lookups import Lookups
from crm.entities.names_and_codes import set_code, set_name
from crm.entities.orders import ORDER
from crm.entities.record_saving import Actor, assign, check_version, lock_for_update, stamp
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Customer, Opportunity, Order, Permission, Quote, Rights
from crm.models.custom_values import custom_values_of
from crm.models.documents import TAX_EXCLUDED, VOID
from crm.models.engine import ask_once

PLAIN_KEYS = ("contact_id", "valid_until", "notes")
COPY, CONVERT = "copy", "convert"

policy.declare_action("quotes", COPY, Permission.QUOTES_SAVE)
policy.declare_action(
    "quotes",
    CONVERT,
    Permission.ORDERS_SAVE,
    refusal=N_("You can view this quote but not convert it into an order."),
)


def save_quote(
    session: Session,
    quote: Quote | None,
    customer: Customer,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    opened_version: int | None = None,
) -> Quote:
    """Make or change a quote with all its lines; amounts are counted here.

    Raises NotAllowed out of reach or once it is an order, FieldError for a wrong value (`lines-<n>-<key>` for a
    line's), StaleRecord where somebody else saved first.
    """
    lock_for_update(session, quote)
    policy.check_save(session, actor, "quotes", quote, customer)
    return _write(session, quote, customer, values, lines, actor, opened_version)


def _write(
    session: Session,
    quote: Quote | None,
    customer: Customer,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    opened_version: int | None = None,
) -> Quote:
    quote = quote or Quote(customer_id=customer.id, tax_mode=TAX_EXCLUDED, discount_amount=Decimal("0.00"))
    check_version(quote, opened_version)
    set_name(quote, {"title": values.get("title") or quote.title, "pinyin": ""}, key="title")
    assign(quote, values, PLAIN_KEYS)
    check_contact(session, quote.contact_id, customer.id)
    _set_opportunity(session, quote, values, customer)
    quote.tax_mode = values.get("tax_mode") or quote.tax_mode
    check_tax_mode(quote.tax_mode)
    quote.discount_amount = values.get("discount_amount") or Decimal("0.00")
    quote.quoted_on = values.get("quoted_on") or quote.quoted_on or clock.day_of(actor.now, actor.zone)
    check_valid_until(quote.quoted_on, quote.valid_until)
    set_salesperson(session, quote, values.get("owner_id"), actor)
    set_code(session, quote, "quotes", values.get("code"), actor)
    counted = count_lines(session, quote, lines)
    stamp(quote, actor)
    session.add(quote)
    session.flush()
    counted.store(session, quote)
    return quote


def check_valid_until(quoted_on: date | None, valid_until: date | None) -> None:
    if quoted_on is not None and valid_until is not None and valid_until < quoted_on:
        raise FieldError("valid_until", N_("A quote cannot expire before the quote date."))


def _set_opportunity(session: Session, quote: Quote, values: Mapping[str, Any], customer: Customer) -> None:
    """An opportunity of the same customer, or none. The form offers only what the person may see."""
    opportunity_id = values.get("opportunity_id", quote.opportunity_id)
    opportunity = session.get(Opportunity, opportunity_id) if opportunity_id else None
    if opportunity_id and (opportunity is None or opportunity.deleted_at or opportunity.customer_id != customer.id):
        raise FieldError("opportunity_id", N_("This opportunity does not belong to the customer. Please choose again."))
    quote.opportunity_id = opportunity_id


def order_of(session: Session, quote: Quote) -> Order | None:
    """The order that came of it, if it was not deleted."""
    statement = select(Order).where(Order.quote_id == quote.id, Order.deleted_at.is_(None))
    return ask_once(session, ("order of", quote.id), lambda: session.scalars(statement).first())


@policy.guard("quotes", policy.CHANGE, policy.DELETE)
def _no_order_yet(session: Session, quote: Quote, actor: Actor) -> DomainError | None:
    if order_of(session, quote) is None:
        return None
    return NotAllowed(N_("This quote has been converted into an order. Copy it as a new version to change it."))


@policy.guard("quotes", CONVERT)
def _only_once(session: Session, quote: Quote, actor: Actor) -> DomainError | None:
    order = order_of(session, quote)
    if order is None:
        return None
    return DomainError(N_("This quote has already been converted into the order %(code)s."), code=order.code)


def versions_of(session: Session, quote: Quote, rights: Rights) -> list[Quote]:
    """The other versions of the same offer that the person may see, the first one first (QT-3)."""
    first = quote.revises_id or quote.id
    statement = select(Quote).where((Quote.id == first) | (Quote.revises_id == first), Quote.id != quote.id)
    return visible_links(session, rights, statement.order_by(Quote.revision), Quote)


def is_expired(quote: Quote, actor: Actor) -> bool:
    """Whether its last day of validity is over."""
    return quote.valid_until is not None and quote.valid_until < clock.day_of(actor.now, actor.zone)


def conversion_warnings(session: Session, quote: Quote, actor: Actor) -> list[DomainError]:
    """Warnings before the conversion to an order: it is expired, or another version was ordered already (QT-2)."""
    warnings = []
    if is_expired(quote, actor):
        warnings.append(DomainError(N_("This quote is no longer valid. Convert it into an order anyway?")))
    ordered = _ordered_version(session, quote)
    if ordered is not None:
        question = N_(
            "Version %(number)s of this quote has already been converted into an order. Convert this one into "
            "another order?"
        )
        warnings.append(DomainError(question, number=ordered))
    return warnings


def _ordered_version(session: Session, quote: Quote) -> int | None:
    """The number of another version that became an order, which still counts."""
    first = quote.revises_id or quote.id
    alive = (Order.deleted_at.is_(None), Order.state != VOID)
    statement = select(Quote.revision).join(Order, Order.quote_id == Quote.id).where(Quote.id != quote.id, *alive)
    return session.scalar(
        statement.where((Quote.id == first) | (Quote.revises_id == first)).order_by(Order.id).limit(1)
    )


def convert_quote(session: Session, quote: Quote, actor: Actor, even_so: bool = False) -> Order:
    """【轉為訂單】: a draft order with the same customer, lines and amounts; once (QT-2).

    Raises NotAllowed where the right to save orders does not reach the quote or its customer, DomainError where there
    is an order already, or where there are doubts and nobody agreed to them.
    """
    lock_for_update(session, session.get(Quote, quote.revises_id) if quote.revises_id else quote)
    lock_for_update(session, quote)
    policy.check(session, actor, CONVERT, quote)
    pending_warning = next(iter(conversion_warnings(session, quote, actor)), None)
    if pending_warning is not None and not even_so:
        raise pending_warning
    customer = session.get_one(Customer, quote.customer_id)
    starts = default_choices((*ORDER, *custom_fields(session, ORDER)), Lookups(session))
    values = {
        **starts,
        "payment_terms_id": customer.payment_terms_id or starts.get("payment_terms_id"),
        "title": quote.title,
        "contact_id": quote.contact_id,
        "tax_mode": quote.tax_mode,
        "discount_amount": quote.discount_amount,
        "quote_id": quote.id,
        "opportunity_id": quote.opportunity_id,
        "notes": quote.notes,
    }
    return write_order(session, None, customer, values, copied_lines(lines_of(session, quote)), actor)


def copy_quote(session: Session, quote: Quote, actor: Actor) -> Quote:
    """The same again as a new version (QT-3), with today's date and the same length of validity."""
    policy.check(session, actor, COPY, quote)
    today = clock.day_of(actor.now, actor.zone)
    values = {
        "title": quote.title,
        "contact_id": quote.contact_id,
        "opportunity_id": quote.opportunity_id,
        "tax_mode": quote.tax_mode,
        "discount_amount": quote.discount_amount,
        "quoted_on": today,
        "valid_until": today + (quote.valid_until - quote.quoted_on) if quote.valid_until else None,
        "notes": quote.notes,
        **custom_values_of(quote),
    }
    customer = session.get_one(Customer, quote.customer_id)
    copied = _write(session, None, customer, values, copied_lines(lines_of(session, quote)), actor)
    first = quote.revises_id or quote.id
    of_the_same = (Quote.id == first) | (Quote.revises_id == first)
    latest = session.scalar(select(func.max(Quote.revision)).where(of_the_same)) or 1
    copied.revises_id, copied.revision = first, latest + 1
    session.flush()
    return copied
