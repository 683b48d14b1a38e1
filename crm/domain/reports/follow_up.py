"""客戶跟進分析: who is looked after, and who is about to be lost (CR-5)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, false, func, select

from crm.clock import end_of, start_of
from crm.domain.reports import periods
from crm.domain.reports.counting import ranges_of
from crm.domain.reports.declaration import Dimension, Measure, Ranges, Report, Source, Threshold
from crm.domain.reports.dimensions import COMMON, OF_CUSTOMER, declare
from crm.domain.reports.periods import Span
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.sources import CUSTOMERS, THE_CUSTOMERS, TRAITS, customer_rows
from crm.entities import measures
from crm.entities.listing import Reader
from crm.fields import Integer, MomentType
from crm.i18n import N_
from crm.models import ContactRecord, Customer, Rights, User
from crm.models.base import Moment
from crm.models.permissions import Right

NEGLECTED, LOST = "neglected_days", "lost_days"
BUCKETS = (7, 15, 30, 60, 90)
"""Idle days up to which a customer falls into each bucket; more than the last is one of its own."""


def idle_bucket(reader: Reader) -> Any:
    """0 for up to 7 idle days, 1 for up to 15 … in the firm's days."""
    known = [(measures.idle_at_most(max_days, reader.today, reader.zone), n) for n, max_days in enumerate(BUCKETS)]
    return case(*known, (Customer.idle_since.is_not(None), len(BUCKETS)))


def in_bucket(reader: Reader, bucket: int | None) -> ColumnElement[bool]:
    """The same as a range, which an index of the idle days finds."""
    today, zone = reader.today, reader.zone
    if bucket is None:
        return measures.never_idle()
    after: list[ColumnElement[bool]] = []
    if bucket < len(BUCKETS):
        after.append(measures.idle_at_most(BUCKETS[bucket], today, zone))
    if bucket > 0:
        after.append(measures.idle_longer_than(BUCKETS[min(bucket, len(BUCKETS)) - 1], today, zone))
    return and_(*after) if bucket <= len(BUCKETS) else false()


def bucket_names(reader: Reader, keys: Collection[Any]) -> dict[Any, str]:
    say = reader.say
    firsts = (0, *(max_days + 1 for max_days in BUCKETS))
    names = [
        say(N_("%(first)s to %(last)s days")) % {"first": f, "last": t} for f, t in zip(firsts, BUCKETS, strict=False)
    ]
    names.append(say(N_("More than %(days)s days")) % {"days": BUCKETS[-1]})
    return dict(enumerate(names))


IDLE = declare(Dimension(key="idle", label=N_("Days idle"), names=bucket_names, in_order=True))


def owned_customer_rows(rights: Rights, permission: Right) -> Select[Any]:
    """Customers of the people in the reader's scope; those of the pools have no owner to follow them up."""
    return select(Customer.id).where(Customer.seen_by(rights, permission, None))


def record_rows(rights: Rights, permission: Right) -> Select[Any]:
    """Records of the customers that the reader's other customer reports count."""
    of_customers = customer_rows(rights, permission).whereclause
    joined = select(ContactRecord.id).join(Customer, Customer.id == ContactRecord.customer_id)
    return joined.where(ContactRecord.deleted_at.is_(None), of_customers)  # type: ignore[arg-type]


BY_BUCKET = Ranges(
    values=tuple(range(len(BUCKETS) + 1)),
    condition=lambda reader, _span, bucket: in_bucket(reader, bucket),
    index_hints=((Customer, "ix_customers_idle", False),),
)


def contacted_in_bucket(reader: Reader, span: Span, bucket: int | None) -> ColumnElement[bool]:
    """Who was last contacted before the period has no record in it, and is idle since then at the latest."""
    in_it = in_bucket(reader, bucket)
    if bucket != len(BUCKETS) or span.first is None:
        return in_it
    return in_it & measures.idle_since_at_least(span.first, reader.zone)


FOLLOWED = replace(
    CUSTOMERS,
    key="followed",
    rows=owned_customer_rows,
    day=None,
    columns={**CUSTOMERS.columns, IDLE.key: idle_bucket},
    value_conditions={IDLE.key: in_bucket},
    ranges={IDLE.key: BY_BUCKET},
    index_hints=(TRAITS,),
)
COUNTED = (
    select(ContactRecord.customer_id, ContactRecord.created_by_id, func.count().label("records"))
    .where(
        ContactRecord.deleted_at.is_(None),
        ContactRecord.contacted_at >= bindparam("since", type_=Moment),
        ContactRecord.contacted_at < bindparam("until", type_=Moment),
    )
    .group_by(ContactRecord.customer_id, ContactRecord.created_by_id)
    .with_hint(ContactRecord, "INDEXED BY ix_contact_records_counted", "sqlite")
    .subquery("counted")
)
"""How many records each customer has of each person: an index answers it in its own order."""


def counted_rows(rights: Rights, permission: Right) -> Select[Any]:
    of_customers = customer_rows(rights, permission).whereclause
    joined = select(COUNTED.c.customer_id).join(Customer, Customer.id == COUNTED.c.customer_id)
    return joined.where(of_customers)  # type: ignore[arg-type]


FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


def counted_within(statement: Select[Any], span: Span, reader: Reader) -> Select[Any]:
    since = start_of(span.first or periods.EARLIEST, reader.zone)
    return statement.params(since=since, until=end_of(span.last, reader.zone) if span.last else FOREVER)


def has_many_records(query: ReportQuery) -> bool:
    """Of a short time, or of one person or customer, the records themselves are quicker counted; by idle days, too."""
    if ranges_of(query, RECORDS) is not None:
        return False
    return (
        query.sees_everything
        and query.span.is_long(query.reader.today)
        and not {"owner", "customer"} & query.given.keys()
    )


RECORDS_OF_CUSTOMERS = Source(
    key="records_of_customers",
    listing="records",
    model=ContactRecord,
    rows=counted_rows,
    day=None,
    apply_period=counted_within,
    columns={
        "owner": COUNTED.c.created_by_id,
        "unit": select(User.unit_id).where(User.id == COUNTED.c.created_by_id).scalar_subquery(),
        "customer": COUNTED.c.customer_id,
        IDLE.key: idle_bucket,
        **THE_CUSTOMERS,
    },
    value_conditions={IDLE.key: in_bucket},
    depends=("contact_records", "customers", "users", "org_units"),
    index_hints=(TRAITS,),
)
RECORDS = Source(
    key="records",
    listing="records",
    model=ContactRecord,
    rows=record_rows,
    day=ContactRecord.contacted_at,
    moment=True,
    columns={
        "owner": ContactRecord.created_by_id,
        "unit": select(User.unit_id).where(User.id == ContactRecord.created_by_id).scalar_subquery(),
        "customer": ContactRecord.customer_id,
        IDLE.key: idle_bucket,
        **THE_CUSTOMERS,
    },
    value_conditions={IDLE.key: in_bucket},
    ranges={
        IDLE.key: replace(
            BY_BUCKET,
            condition=contacted_in_bucket,
            index_hints=((ContactRecord, "ix_contact_records_customer", False),),
            long_alone=True,
        )
    },
    depends=("contact_records", "customers", "users", "org_units"),
    summed=RECORDS_OF_CUSTOMERS,
    sums_fit=has_many_records,
)


def idle_days(reader: Reader, since: Any) -> int | None:
    return measures.idle_days(since, reader.today, reader.zone)


def idle_longer_than(key: str) -> Any:
    """The customers that are idle for more days than the threshold says."""

    def longer(query: ReportQuery) -> Any:
        reader = query.reader
        return measures.idle_longer_than(query.thresholds[key], reader.today, reader.zone)

    return longer


FOLLOW_UP = Report(
    key="customer_follow_up",
    label=N_("Customer follow-up report"),
    description=N_(
        "How customers with an owner are currently being followed up, and how often they were contacted in the period."
    ),
    period_label=N_("Contact time"),
    measures=(
        Measure(
            key="customers",
            label=N_("Number of customers"),
            help=N_("Customers that currently have an owner."),
            type=Integer(),
            source=FOLLOWED,
            aggregate=func.count(),
            share=True,
        ),
        Measure(
            key="records",
            label=N_("Contact records"),
            help=N_("Contacts within the period; by sales staff, counted for whoever wrote the record."),
            type=Integer(),
            source=RECORDS,
            aggregate=func.count(),
            summed=func.sum(COUNTED.c.records),
        ),
        Measure(
            key="last",
            label=N_("Last contact"),
            help=N_("Time of the most recent contact, regardless of the period."),
            type=MomentType(),
            source=FOLLOWED,
            aggregate=func.max(Customer.last_contact_at),
            additive=False,
            merged=max,
        ),
        Measure(
            key="idle",
            label=N_("Longest idle"),
            help=N_("Days since the last contact or since the owner was assigned, for the customer waiting longest."),
            type=Integer(),
            source=FOLLOWED,
            aggregate=func.min(Customer.idle_since),
            smallest_first=True,
            read=idle_days,
            additive=False,
            merged=max,
        ),
        Measure(
            key="neglected",
            label=N_("Neglected"),
            help=N_("Customers idle for longer than the first threshold."),
            type=Integer(),
            source=FOLLOWED,
            aggregate=func.count(),
            only=idle_longer_than(NEGLECTED),
        ),
        Measure(
            key="lost",
            label=N_("About to be lost"),
            help=N_("Customers idle for longer than the second threshold; they also count as neglected."),
            type=Integer(),
            source=FOLLOWED,
            aggregate=func.count(),
            only=idle_longer_than(LOST),
        ),
    ),
    dimensions=(IDLE.key, "customer", "owner", "unit", *OF_CUSTOMER),
    second=("level", "owner", "unit", "region", "status", "category"),
    conditions=COMMON,
    thresholds=(
        Threshold(NEGLECTED, N_("Neglected after (days)"), 30),
        Threshold(LOST, N_("About to be lost after (days)"), 90),
    ),
    charts=("bar", "pie"),
    comparable=False,
    ranks={"customer": "idle"},
)
