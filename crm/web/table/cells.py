"""Cells that several lists show the same way."""

import re
from typing import Any

from markupsafe import Markup, escape

from crm.entities.listing import Reader
from crm.entities.listing.documents import LINES, first_product, with_such_a_line
from crm.fields.types import Text
from crm.i18n import N_
from crm.models import Customer, Product
from crm.web.table.declaration import Column
from crm.web.urls import url_maker

NOT_DIALLED = re.compile(r"[^\d+#*,]")


def level_cell(reader: Reader, level_id: Any) -> Markup | str:
    level = reader.lookups.levels.by_id.get(level_id)
    return Markup(f'<span class="state c-{escape(level.colour)}">{escape(level.name)}</span>') if level else ""


def phone_cell(reader: Reader, phone: str | None) -> Markup | str:
    """A telephone to click."""
    if not phone:
        return ""
    return Markup(f'<a href="tel:{escape(NOT_DIALLED.sub("", phone))}">{escape(phone)}</a>')


def long_cell(reader: Reader, text: str | None) -> Markup | str:
    """The beginning of a long text; the whole as a tip."""
    if not text:
        return ""
    line = " ".join(text.split())
    return escape(line) if len(line) <= 40 else Markup('<span title="{}">{}…</span>').format(line[:500], line[:39])


def customer_cell(reader: Reader, customer_id: int, name: str) -> Markup:
    """The customer's name, leading to its file."""
    return Markup(f'<a href="{escape(url_maker("customers.show")(customer_id))}">{escape(name)}</a>')


def customer_column(label: str) -> Column:
    """The customer of what belongs to one, for lists whose select joins the customer."""
    return Column(
        "customer",
        label,
        (Customer.id, Customer.name),
        Text(),
        sort=(Customer.pinyin,),
        render=customer_cell,
        worth=lambda reader, customer_id, name: name,
        asked=Customer.name,
    )


def products_column(model: Any) -> Column:
    """What an order or a quote is about: its first product, and how many more there are."""
    return Column(
        "products",
        N_("Products"),
        first_product(model),
        Text(),
        worth=lambda reader, name, number: f"{name} (+{number - 1})" if number > 1 else name,
        asked=(Product.name, Product.code, LINES[model][0].name),
        within=with_such_a_line(model),
    )
