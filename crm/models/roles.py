"""Roles, who holds them, and personal grants (A-5, A-6)."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Discardable, Identified, Traced, Versioned

ADMINISTRATOR = "administrator"
SALES_MANAGER = "sales_manager"
SALESPERSON = "salesperson"
SALES_APPROVER = "sales_approver"
RECEIPT_APPROVER = "receipt_approver"
UNDELETABLE = frozenset({ADMINISTRATOR, SALES_APPROVER, RECEIPT_APPROVER})


class Role(Identified, Versioned, Traced, Discardable, Base):
    """A set of permissions with one data scope; `key` marks the built-in ones."""

    __tablename__ = "roles"
    __table_args__ = (CheckConstraint("scope BETWEEN 1 AND 4", name="scope"),)

    key: Mapped[str | None] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    scope: Mapped[int]
    position: Mapped[int] = mapped_column(default=0, server_default="0")


class RoleGrant(Base):
    __tablename__ = "role_grants"

    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(60), primary_key=True)


class RoleMember(Base):
    __tablename__ = "role_members"

    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)


class PersonalGrant(Base):
    """A permission given to one person beyond the roles, with a scope of its own."""

    __tablename__ = "personal_grants"
    __table_args__ = (CheckConstraint("scope BETWEEN 1 AND 4", name="scope"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(60), primary_key=True)
    scope: Mapped[int]
