"""The lines of the documents that a list found, as a second sheet of its workbook (導出Excel, C-5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm.entities.document_fields import LINE
from crm.entities.listing.query import Query
from crm.entities.listing.rows import visible_ids
from crm.fields import FieldType, Text
from crm.i18n import N_
from crm.models import Customer, Product

TITLE = N_("Lines")
KEYS = ("quantity", "price", "discount", "tax_rate", "amount", "notes")


@dataclass(frozen=True)
class LinesOf:
    """The model of a document's lines, the attribute that names the document, and what its number is called."""

    model: Any
    attribute: str
    number: str


def line_headings(lines: LinesOf) -> list[tuple[str, FieldType]]:
    """(message id, type) of each column."""
    known = (lines.number, N_("Customer"), N_("Product code"), N_("Product"), N_("Specification"))
    return [
        *((label, Text()) for label in known),
        (LINE["unit_id"].label, LINE["unit_id"].type),
        *((LINE[key].label, LINE[key].type) for key in KEYS),
    ]


def line_rows(query: Query[Any], lines: LinesOf) -> Iterator[list[Any]]:
    """The cells of each line, document by document, the newest first."""
    line, document = lines.model, query.table.model
    types = [kind for _label, kind in line_headings(lines)]
    columns = (document.code, Customer.name, Product.code, line.name, line.specification, line.unit_id)
    of_document = getattr(line, lines.attribute)
    statement = (
        select(*columns, *(getattr(line, key) for key in KEYS))
        .join(document, document.id == of_document)
        .join(Customer, Customer.id == document.customer_id)
        .join(Product, Product.id == line.product_id)
        .where(document.id.in_(visible_ids(query)))
        .order_by(document.id.desc(), line.position, line.id)
    )
    for row in query.reader.session.execute(statement.execution_options(yield_per=500)):
        yield [kind.cell(value, query.reader) for kind, value in zip(types, row, strict=True)]
