"""A customer with terms and an address, and a product with a lowest price."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from crm.models import Customer, Product
from tests.cast import Cast
from tests.factories import item, make_contact, make_customer, make_product


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    terms = item(session, "payment_terms", "月結30天").id
    made = make_customer(session, cast.wang, "大同電子", payment_terms_id=terms, address="台北市南京東路一段1號")
    make_contact(session, made, cast.wang, "張三")
    return made


@pytest.fixture
def paper(session: Session) -> Product:
    return make_product(session, "影印紙", "120.5", floor_price=Decimal(100))
