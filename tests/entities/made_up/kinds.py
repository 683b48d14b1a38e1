"""Two made-up kinds: a visit to a site with an owner of its own, and a complaint, which is its customer's owner's."""

from datetime import date

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm import fields as types
from crm.entities.entity import BelongsTo, Entity, Field, PrintLayout, SearchFields
from crm.models.base import Base, Coded, Discardable, Identified, Traced, Versioned
from crm.models.shared_scopes import BelongsToCustomer, SoldToCustomer


class SiteVisit(SoldToCustomer, Identified, Coded, Versioned, Traced, Discardable, Base):
    __tablename__ = "site_visits"
    FUNCTION = "site_visits"
    title: Mapped[str] = mapped_column(String(200))
    pinyin: Mapped[str] = mapped_column(String(60), default="")
    visited_on: Mapped[date | None]
    phone: Mapped[str | None] = mapped_column(String(60))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    notes: Mapped[str | None] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, default="")


SITE_VISIT = Entity(
    "site_visits",
    "Site visit",
    SiteVisit,
    (
        Field("title", "Site", types.Text(200), required=True),
        Field("customer_id", "Customer", types.Reference(target="customers"), required=True),
        Field("code", "Code", types.Text(40)),
        Field("visited_on", "Visited on", types.Day()),
        Field("phone", "Telephone", types.Phone()),
        Field("contact_id", "Contact", types.ContactChoice()),
        Field("owner_id", "Owner", types.PersonChoice()),
        Field("notes", "Notes", types.LongText(), wide=True),
    ),
    plural="Site visits",
    named="title",
    owner="owner_id",
    belongs_to=(BelongsTo("customers", "customer_id"),),
    searched=SearchFields(("title",), phones=("phone",)),
    numbered=True,
    group="customers",
    columns=("title", "visited_on", "owner_id"),
    printing=PrintLayout(),
)


class Complaint(BelongsToCustomer, Identified, Versioned, Traced, Discardable, Base):
    __tablename__ = "complaints"
    FUNCTION = "complaints"
    title: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str | None] = mapped_column(Text)


COMPLAINT = Entity(
    "complaints",
    "Complaint",
    Complaint,
    (
        Field("title", "What is wrong", types.Text(200), required=True),
        Field("customer_id", "Customer", types.Reference(target="customers"), required=True),
        Field("notes", "Notes", types.LongText(), wide=True),
    ),
    plural="Complaints",
    named="title",
    belongs_to=(BelongsTo("customers", "customer_id"),),
    group="customers",
    columns=("title",),
)
