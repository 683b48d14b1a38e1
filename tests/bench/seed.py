"""The measuring set, written past the verbs for speed; what they derive is derived by the same functions."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from secrets import token_urlsafe
from time import monotonic

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from crm.domain.platform.custom_fields import make_indexes
from crm.entities.search_index import uses_fts, write_documents
from crm.errors import DomainError
from crm.i18n import N_
from crm.models import (
    Contact,
    ContactRecord,
    Customer,
    NumberingCounter,
    Order,
    OrderLine,
    Product,
    Receipt,
    ReceiptLine,
)
from crm.models.table_versions import clear_cache
from tests.bench.firm import make_firm
from tests.bench.rows import Known, Row, contact_rows, customer_rows, record_rows
from tests.bench.sales_rows import Sales

SEED = 7
CHUNK = 5000
Say = Callable[[str], None]


def seed_bench(session: Session, customers: int, people: int, say: Say) -> None:
    """Fill the empty database and commit. Raises DomainError where there are customers already."""
    if session.scalars(select(Customer.id).limit(1)).first() is not None:
        raise DomainError(N_("There are already customers. The measuring set needs an empty database."))
    started = monotonic()
    random, now = Random(SEED), datetime.now(UTC).replace(microsecond=0)
    firm = make_firm(session, people, token_urlsafe(12), now - timedelta(days=1500))
    if uses_fts(session):
        session.connection().exec_driver_sql("PRAGMA cache_size=-200000")
    known: list[Known] = []
    sales = Sales(random, firm, known, now)
    for model, numbered, rows in (
        (Customer, True, customer_rows(random, customers, firm, now, known)),
        (Contact, True, contact_rows(random, known)),
        (ContactRecord, False, record_rows(random, known, firm)),
        (Product, True, sales.products()),
        (Order, False, sales.orders()),
        (OrderLine, False, sales.order_lines()),
        (Receipt, False, sales.receipts()),
        (ReceiptLine, False, sales.receipt_lines()),
    ):
        count, name = _write(session, model, rows), str(model.__tablename__)
        if numbered:
            session.add(NumberingCounter(entity=name, period="", last=count))
        say(f"{monotonic() - started:5.0f} s  {count:>9,} {name.replace('_', ' ')}")
    make_indexes(session)
    session.commit()
    session.connection().invalidate()  # this connection's large cache goes with it
    session.rollback()
    clear_cache()


def _write(session: Session, model: type, rows: Iterable[Row]) -> int:
    """Insert the rows in chunks, without the table's indexes, which are made once at the end."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    connection = session.connection()
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(connection)
    count = 0
    for chunk in _chunks(rows):
        connection.execute(table.insert(), [row for row, _ in chunk])
        count += len(chunk)
        write_documents(session, model, [(row["id"], values) for row, values in chunk if values])
    for index in indexes:
        index.create(connection)
    return count


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk
