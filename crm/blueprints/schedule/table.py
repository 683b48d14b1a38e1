"""已完成歷史列表 (S-5)."""

from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from crm.entities.listing import Reader
from crm.entities.listing.filters import in_period
from crm.entities.schedule import ITEM
from crm.fields import Text
from crm.i18n import N_
from crm.models import Customer, Rights, ScheduleItem
from crm.web.table import Column, Filter, LinkedModel, Table, column
from crm.web.table.declaration import long_cell
from crm.web.translation import gettext as _

Seen = aliased(Customer)


def own_done(rights: Rights) -> Select[Any]:
    """What the person has completed, or somebody for them; what they only took part in, too."""
    is_own = ScheduleItem.of_person(rights.user_id)
    return select(ScheduleItem.id).where(ScheduleItem.deleted_at.is_(None), is_own, ScheduleItem.done_at.is_not(None))


def still_seen(rights: Rights) -> ColumnElement[bool]:
    """The customer's name stands there, unless the customer is no longer the reader's to see."""
    return Seen.id.in_(Customer.visible_to(rights).with_only_columns(Customer.id))


def start_cell(reader: Reader, starts_at: Any, first_day: Any) -> str:
    """A whole day has no clock."""
    return ITEM["starts_at"].type.show(starts_at, reader) if first_day is None else str(first_day)


def done_cell(reader: Reader, done_at: Any) -> Markup:
    """Every item of this list is done, and says so (S-5)."""
    return Markup('<span class="state c-green">{}</span>').format(_("Completed"))


DONE = Table(
    key="done-items",
    title=N_("Completed items"),
    model=ScheduleItem,
    permission=ITEM.permission("view"),
    rows=own_done,
    links=(LinkedModel(Seen, Seen.id == ScheduleItem.customer_id, visibility=still_seen),),
    columns=(
        column(ITEM["title"], ScheduleItem.title, ()),
        column(ITEM["starts_at"], (ScheduleItem.starts_at, ScheduleItem.first_day), render=start_cell),
        Column("customer", N_("Customer"), (Seen.name,), Text()),
        Column("state", N_("Status"), (ScheduleItem.done_at,), Text(), render=done_cell, exported=False),
        column(ITEM["done_at"], ScheduleItem.done_at, ()),
        column(ITEM["done_by_id"], ScheduleItem.done_by_id, ()),
        column(ITEM["done_note"], ScheduleItem.done_note, (), render=long_cell),
    ),
    filters=(Filter("period", N_("Schedule period"), in_period(ScheduleItem.starts_at), "period"),),
    default_sort="starts_at",
    default_descending=True,
    tie=(ScheduleItem.id,),
    endpoint="schedule.history",
    row_endpoint="schedule.show",
    depends=("schedule_items", "schedule_participants"),
    empty_text=N_("Completed items will appear here."),
    event="schedule-changed",
)
