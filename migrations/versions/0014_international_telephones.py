"""Telephones are compared and found without the codes of the mainland, Taiwan, Hong Kong and Macau

Keys of numbers are made anew, and what is indexed beside numbers that are written with a country or lack an area code.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from crm import text
from crm.entities import keys, search_index
from crm.entities.derived_values import SearchTexts
from crm.models import Contact, Customer
from crm.text.folding import SEPARATOR

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PART = 1000
NAMES = {"customers": "name short_name pinyin", "contacts": "name pinyin"}
NUMBERS = {"customers": "tax_number", "contacts": ""}
PHONES = {"customers": "phone", "contacts": "mobile phone"}
KEYS = {"customers": ("phone_key", "phone"), "contacts": ("mobile_key", "mobile")}


def refill(connection):
    for model in (Customer, Contact):
        for rows in parts(connection, model.__tablename__):
            change(connection, model, rows)


def stored(table):
    used = f"id code search_text {NAMES[table]} {NUMBERS[table]} {PHONES[table]} {KEYS[table][0]}"
    return sa.table(table, *(sa.column(name) for name in used.split()))


def parts(connection, table):
    """The rows with a telephone, some at a time."""
    kept = stored(table)
    phones = [kept.c[key].is_not(None) for key in PHONES[table].split()]
    last = 0
    while rows := connection.execute(
        sa.select(kept).where(kept.c.id > last, sa.or_(*phones)).order_by(kept.c.id).limit(PART)
    ).all():
        yield rows
        last = rows[-1].id


def change(connection, model, rows):
    """Only what the new rules change; the texts of few."""
    table, kept = model.__tablename__, stored(model.__tablename__)
    key, phone = KEYS[table]
    keyed, indexed, texts = [], [], []
    for row in rows:
        made = keys.phone_key(getattr(row, phone))
        if made != getattr(row, key):
            keyed.append({"at": row.id, "new": made})
        found = texts_of(table, row)
        if found is not None:
            indexed.append({"at": row.id, "new": found.column})
            texts.append((row.id, found))
    for column, values in ((key, keyed), ("search_text", indexed)):
        if values:
            changed = kept.update().where(kept.c.id == sa.bindparam("at")).values({column: sa.bindparam("new")})
            connection.execute(changed, values)
    with Session(connection) as session:
        search_index.write_documents(session, model, texts)


def texts_of(table, row):
    """What a record is found by, if something of it is not there yet."""
    phones = [getattr(row, name) for name in PHONES[table].split()]
    pieces = [piece for phone in phones if phone for piece in text.index_phone(phone)]
    held = set(row.search_text.split(SEPARATOR))
    if held.issuperset(text.search_text([piece]) for piece in pieces):
        return None
    names = [getattr(row, name) for name in NAMES[table].split()]
    if table == "customers":
        names.append(text.pinyin_code(row.short_name or "") or None)
    numbers = [getattr(row, name) for name in NUMBERS[table].split()]
    return SearchTexts(names, row.code, [*numbers, *phones, *pieces])


def upgrade():
    refill(op.get_bind())


def downgrade():
    """The keys serve older versions too, which find less by them."""
