"""The list of the public search, as the policy wants it (N-2, P-2)."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select

from crm.catalogue.public_search import OFFERED
from crm.domain.customers.public_search import by_name, by_part_of_phone, by_whole_phone, shown_customers
from crm.domain.platform.settings import read_settings
from crm.entities.customers import CUSTOMER
from crm.entities.entity import Field
from crm.entities.listing import Reader
from crm.entities.listing.conditions import ANY, Condition, searchable
from crm.entities.listing.filters import person_filter
from crm.fields import Choice, FixedChoice
from crm.i18n import N_
from crm.models import Customer, Permission, Rights
from crm.text import digits
from crm.web.global_search import is_searchable
from crm.web.table import Column, Filter, Search, Table, column, listed
from crm.web.table.cells import phone_column


def no_rows(rights: Rights) -> Select[Any]:
    """Without a policy nothing is shown."""
    return select(Customer.id).where(false())


def whole_phone(reader: Reader, typed: str) -> ColumnElement[bool]:
    return by_whole_phone(reader.session, typed, read_settings(reader.session))


def part_of_phone(reader: Reader, typed: str) -> ColumnElement[bool]:
    return by_part_of_phone(reader.session, typed)


NAME = column(CUSTOMER["name"], Customer.name, (Customer.pinyin,))
BY_NAME = Filter("name", N_("Customer name"), lambda reader, typed: by_name(reader.session, typed), caps_count=True)
BY_OWNER = person_filter("owner", Customer.owner_id, N_("Owner"), current=True)
BY_PHONE = Filter("phone", N_("Telephone"), whole_phone, caps_count=True)


def shaped_by_policy(table: Table, reader: Reader) -> Table:
    """With the ticked columns; who may not see an owner or a telephone does not find by a part of it."""
    firm = read_settings(reader.session)
    keys = firm.lookup_columns
    columns = (NAME, *(_column(f) for f in OFFERED if f.key in keys and f.key != NAME.key))
    by_phone = replace(BY_PHONE, condition=part_of_phone) if "phone" in keys else BY_PHONE
    filters = (BY_NAME, *([BY_OWNER] if "owner_id" in keys else []), by_phone)
    return replace(
        table, rows=lambda rights: select(Customer.id).where(shown_customers(firm)), columns=columns, filters=filters
    )


def _column(field: Field) -> Column:
    attribute = getattr(Customer, field.attr)
    return phone_column(field, attribute) if field.key == "phone" else column(field, attribute, ())


LOOKUP = listed(
    Table(
        key="lookup",
        title=N_("Public search"),
        model=Customer,
        permission=Permission.LOOKUP_VIEW,
        rows=no_rows,
        columns=(NAME,),
        filters=(BY_NAME, BY_PHONE),
        default_sort="name",
        tie=(Customer.pinyin, Customer.id),
        endpoint="public_search.index",
        depends=("customers", "settings"),
        help=N_(
            "Look up whether the company already knows a customer, whoever owns it. The customer policy decides what "
            "is shown."
        ),
        empty_text=N_(
            "Enter two characters of a name, or a telephone number, to see whether the company already knows the "
            "customer."
        ),
        shaped=shaped_by_policy,
    )
)


def is_specific(search: Search) -> bool:
    """Whether something is asked for: nobody reads the whole list by asking for nothing in particular."""
    if search.is_incomplete:
        return False
    filters = search.given
    phone = filters.get("phone", "")
    if is_searchable(filters.get("name", "")) or len(digits(phone)) >= 2 or filters.get("owner"):
        return True
    known = {column.key: column for column in searchable(search.table, search.reader.rights)}
    lines = [_is_particular(known[line.field], line) for line in search.lines if line.field in known]
    return bool(lines) and (all(lines) if search.match == ANY else any(lines))


def _is_particular(field: Any, line: Condition) -> bool:
    if line.operator not in ("has", "is", "starts"):
        return False
    return isinstance(field.type, Choice | FixedChoice) or is_searchable(line.value)
