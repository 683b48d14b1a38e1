"""What a person types into the form of a quote or an order."""

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Order, OrderLine


def typed_lines(*lines: dict[str, Any]) -> dict[str, str]:
    """The controls of the rows, numbered from 1; `product` is a text as it is typed."""
    sent: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        for key, value in line.items():
            sent[f"lines-{number}-{'product_id' if key == 'product' else key}"] = str(value)
    return sent


def order_form(customer: Any, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {"customer_id": customer if isinstance(customer, str) else customer.name}
    sent = {**named, "ordered_on": "2026-11-20", "tax_mode": "excluded", **typed_lines(*lines)}
    return {**sent, **{key: str(value) for key, value in more.items()}}


def quote_form(customer: Any, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    sent = order_form(customer, *lines, **{"title": "報價", "quoted_on": "2026-11-20", **more})
    del sent["ordered_on"]
    return sent


def only_order(session: Session) -> Order:
    return session.scalars(select(Order)).one()


def lines_of(session: Session) -> list[OrderLine]:
    return list(session.scalars(select(OrderLine).order_by(OrderLine.position)))


def value_of(page: str, name: str) -> str:
    """What the control with this name shows."""
    tag = next(t for t in re.findall(r"<(?:input|textarea)[^>]*>", page) if f'name="{name}"' in t)
    found = re.search(r'value="([^"]*)"', tag)
    return found.group(1) if found else ""
