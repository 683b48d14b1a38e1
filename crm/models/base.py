"""The declarative base, column types, and the marks every record carries."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, MetaData, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """A moment in time: aware in Python, UTC without a zone in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Scaled(TypeDecorator[Decimal]):
    """An exact decimal, kept as an integer of its smallest part (Numeric would be a float on SQLite)."""

    impl = BigInteger
    cache_ok = True
    places = 2

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        parts = value.scaleb(self.places) if isinstance(value, Decimal) else value * 10**self.places
        if parts != int(parts):
            raise ValueError(f"at most {self.places} decimals")
        return int(parts)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.places)


class Money(Scaled):
    """An amount in cents."""

    cache_ok = True


class Price(Scaled):
    """A price of one unit, with up to four decimals."""

    cache_ok = True
    places = 4


class Quantity(Scaled):
    """How many, with up to three decimals."""

    cache_ok = True
    places = 3


class Rate(Scaled):
    """A percentage with up to two decimals: 90 is 90 %."""

    cache_ok = True


class Identified:
    id: Mapped[int] = mapped_column(Integer, primary_key=True)


class Coded:
    """Called by a code of its own. Codes that differ only in case, width or script are one: `code_key` is the folded
    code (`crm.entities.keys.code_key`), and no two records have the same."""

    code: Mapped[str] = mapped_column(String(40), unique=True)
    code_key: Mapped[str] = mapped_column(String(200), index=True, unique=True, server_default="")


class Versioned:
    """`version` rises with every save by a person, so that a late save is noticed (409)."""

    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class Traced:
    """Who made the record and when; when it was last changed."""

    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("users.id"))


YIELDS = "yields"
"""In the `info` of a unique index: the attribute that becomes false of who comes back and finds another there."""


class Discardable:
    """Deleting marks the row (the recycle bin reads the mark); nothing is removed."""

    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    @declared_attr
    def deleted_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("users.id"))


class OfAnyKind:
    """Belongs to a record of any kind, named by `kind` (the entity's key) and `record_id`: no foreign key says so."""

    kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
