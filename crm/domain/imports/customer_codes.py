"""Customers of rows by their codes: beside the column of names, or instead of it. A code counts before a name."""

from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.rows import Check
from crm.entities.batches import in_batches
from crm.entities.entity import Field
from crm.entities.keys import folded_code
from crm.fields import Code
from crm.i18n import N_
from crm.models import Customer
from crm.spreadsheets.errors import shortened

NAME, CODE = "customer_id", "customer_code"
CUSTOMER_CODE = Field(CODE, N_("Customer code"), Code())
INSTEAD = {NAME: CODE}
"""What a row may say in place of a required field."""
NO_CODE = N_("There is no customer with the code “%(value)s” that you may use here.")
OTHER_NAME = N_("The code “%(value)s” is that of “%(customer)s”, not of “%(name)s”.")


def join_by_code(session: Session, check: Check, statement: Select[Any]) -> None:
    """Give each row with a code the customer of the `statement` that has it. A name of another customer is an error."""
    coded = [(row, row.values.pop(CODE)) for row in check.rows if CODE in row.values]
    columns = (Customer.code_key, Customer.id, Customer.name, Customer.name_key, Customer.core_key)
    customers: dict[str, Any] = {}
    for part in in_batches({folded_code(code) for _row, code in coded}):
        rows = session.execute(statement.with_only_columns(*columns).where(Customer.code_key.in_(part)))
        customers.update({row.code_key: row for row in rows})
    for row, code in coded:
        customer, name = customers.get(folded_code(code)), row.values.pop(NAME, None)
        if customer is None:
            check.reject(row, CODE, code, NO_CODE, value=shortened(code))
        elif name is not None and not _is_called(customer, name):
            message_values = {"value": shortened(code), "customer": shortened(customer.name), "name": shortened(name)}
            check.reject(row, CODE, code, OTHER_NAME, **message_values)
        else:
            row.values[NAME] = customer.id
            check.shown[NAME, customer.id] = customer.name


def _is_called(customer: Any, name: str) -> bool:
    """As names find customers: exactly, folded, or by the core."""
    known = (customer.name, customer.name_key, customer.core_key)
    return any(
        known_form == typed_form
        for known_form, typed_form in zip(known, (name, text.fold(name), text.name_core(name)), strict=True)
    )
