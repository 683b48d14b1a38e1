"""Is this customer already known? (C-3, by the attributes of P-3.)"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.domain import text
from crm.models import Customer

MOST_SHOWN = 20


def like_customers(
    session: Session, values: Mapping[str, Any], attributes: tuple[str, ...], other_than: int | None = None
) -> list[Customer]:
    """Customers of the whole firm with the same name (or its core) or telephone, the likeliest first."""
    conditions = []
    name = values.get("name")
    if name and "name" in attributes:
        conditions += [Customer.name_key == text.fold(name)[:200]]
        core = text.name_core(name)[:200]
        conditions += [Customer.core_key == core] if core else []
    phone = text.phone_key(values.get("phone") or "")
    if len(phone) >= 6 and "phone" in attributes:
        conditions.append(Customer.phone_key == phone)
    tax_number = values.get("tax_number")
    if tax_number and "tax_number" in attributes:
        conditions.append(Customer.tax_number == tax_number)
    if not conditions:
        return []
    wanted = select(Customer).where(or_(*conditions), Customer.deleted_at.is_(None), Customer.id != (other_than or 0))
    return list(session.scalars(wanted.order_by(Customer.pinyin, Customer.id).limit(MOST_SHOWN)))
