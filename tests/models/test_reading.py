"""A transaction that only reads writes nothing: a page that is looked at changes no data, on either database."""

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from crm.models import Customer, Notice
from crm.models.engine import read_only
from tests.cast import Cast
from tests.factories import make_customer

WRITING = [
    insert(Notice).values(user_id=1, kind="x", message="x"),
    update(Customer).values(name="改了"),
    delete(Notice),
]


@pytest.mark.parametrize("statement", WRITING, ids=["insert", "update", "delete"])
def test_it_refuses_to_write(session: Session, cast: Cast, statement: object) -> None:
    make_customer(session, cast.wang, "鐵龍五金")
    session.commit()
    with read_only(True):
        assert session.scalars(select(Customer.name)).all() == ["鐵龍五金"]
        with pytest.raises(InvalidRequestError, match="only reads"):
            session.execute(statement)  # type: ignore[call-overload]
        session.rollback()
    assert session.scalars(select(Customer.name)).all() == ["鐵龍五金"]


def test_it_stays_so_until_it_ends(session: Session, cast: Cast) -> None:
    """It holds no writer's lock: what begins by reading cannot go on by writing."""
    customer = make_customer(session, cast.wang, "鐵龍五金")
    session.commit()
    with read_only(True):
        session.refresh(customer)
    customer.name = "改了"
    with pytest.raises(InvalidRequestError, match="only reads"):
        session.flush()
    session.rollback()
    customer.name = "改了"
    session.commit()
    assert session.scalars(select(Customer.name)).all() == ["改了"]
