"""Records that a page names: with a link where the reader may open them, else by name alone."""

from typing import Any, TypeVar

from flask import url_for

from crm.extensions import db
from crm.models import Customer, Permission
from crm.web.access import may, rights

Named = TypeVar("Named")


def linked(
    model: type[Named], record_id: int | None, endpoint: str, permission: Permission | None = None
) -> tuple[Named | None, str]:
    """(the record, its address); the address is empty where it is not the person's to see (any more)."""
    if record_id is None:
        return None, ""
    if permission is None or may(permission):
        kind: Any = model
        seen = db.session.scalars(kind.visible_to(rights()).where(kind.id == record_id).limit(1)).first()
        if seen is not None:
            return seen, url_for(endpoint, id=record_id)
    return db.session.get(model, record_id), ""


def linked_customer(customer_id: int) -> tuple[Customer, str]:
    customer, url = linked(Customer, customer_id, "customers.show")
    assert customer is not None
    return customer, url
