"""Saved reports: whose they are, who else may open them, and when they are emailed (X-6)."""

from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from crm.clock import at_hour, day_of
from crm.domain.customers.owners import ACTIVE
from crm.domain.organisation.belongings import Belonging, declare_belonging
from crm.domain.platform.mail import queue_email
from crm.domain.platform.settings import FirmSettings, read_settings
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.registry import REPORTS
from crm.entities.change_log import log_related_change
from crm.entities.listing import Parameters, Reader
from crm.entities.record_saving import Actor, check_version
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import ReportReceiver, RoleMember, SavedReport, User
from crm.models.reports import DAILY, FIRST_WORKDAY, MONTHLY, NEVER, WEEKLY
from crm.text import fold

MADE_UP = timedelta(days=3)
"""For so long the server may have been off: an email that fell into that time is sent when it starts again."""
MAX_RECEIVERS = 50


def visible_reports(user_id: int) -> Select[SavedReport]:
    """The person's own, those that are shared with one of their roles, and those that are sent to them; by name."""
    roles = select(RoleMember.role_id).where(RoleMember.user_id == user_id)
    sent = select(ReportReceiver.saved_report_id).where(ReportReceiver.user_id == user_id)
    visible = or_(SavedReport.user_id == user_id, SavedReport.role_id.in_(roles), SavedReport.id.in_(sent))
    return select(SavedReport).where(visible).order_by(SavedReport.name, SavedReport.id)


def openable_reports(reader: Reader) -> list[SavedReport]:
    """The saved reports that the reader may open now."""
    reports = reader.session.scalars(visible_reports(reader.rights.user_id))
    return [report for report in reports if report.report in REPORTS and reader.rights.may(REPORTS[report.report].view)]


def saved_query(saved_report: SavedReport, reader: Reader) -> ReportQuery:
    """The saved query for this reader, today."""
    return ReportQuery(REPORTS[saved_report.report], reader, Parameters.of(saved_report.query))


def save_report(query: ReportQuery, values: Mapping[str, Any], actor: Actor) -> SavedReport:
    """Save a query under a name; a person's report of the same name is replaced."""
    session, name = query.reader.session, values["name"]
    own_reports = session.scalars(select(SavedReport).where(SavedReport.user_id == actor.user_id))
    saved_report = next((report for report in own_reports if fold(report.name) == fold(name)), None) or SavedReport(
        user_id=actor.user_id
    )
    saved_report.report, saved_report.name, saved_report.query = query.report.key, name, query.address()
    saved_report.role_id = values.get("role_id")
    session.add(saved_report)
    session.flush()
    return saved_report


def delete_report(session: Session, saved_report: SavedReport) -> None:
    session.delete(saved_report)
    session.flush()


def schedule_email(
    session: Session,
    saved_report: SavedReport,
    values: Mapping[str, Any],
    receivers: Sequence[int],
    actor: Actor,
    opened_version: Any,
) -> SavedReport:
    """Set when it is emailed, and to whom. Raises FieldError where a chosen person would not get it."""
    check_version(saved_report, opened_version)
    frequency = values["every"]
    receiver_ids = set(receivers)
    if len(receiver_ids) > MAX_RECEIVERS:
        raise FieldError("receivers", N_("Please choose at most %(most)s people."), most=MAX_RECEIVERS)
    people = list(session.scalars(select(User).where(*ACTIVE, User.id.in_(receiver_ids))))
    if receiver_ids and len(people) < len(receiver_ids):
        raise FieldError("receivers", N_("One of them no longer works here. Please choose again."))
    if frequency != NEVER:
        if not people:
            raise FieldError("receivers", N_("Please choose who gets the email."))
        missing = [user.name for user in people if not user.email]
        if missing:
            raise FieldError(
                "receivers",
                N_("These people have no email address: %(names)s. Please enter it under Organisation."),
                names=", ".join(missing),
            )
    saved_report.every, saved_report.hour = frequency, int(values["hour"])
    saved_report.weekday, saved_report.month_day = int(values["weekday"]), int(values["month_day"])
    before = sorted(receiver.user_id for receiver in saved_report.receivers)
    log_related_change(session, saved_report, "receivers", before, sorted(user.id for user in people))
    saved_report.receivers = [ReportReceiver(user_id=user.id) for user in people]
    saved_report.emailed_for = actor.now
    saved_report.version += 1
    session.flush()
    return saved_report


# When its person leaves the firm


def _count_reports(session: Session, people: Collection[int]) -> int:
    statement = select(func.count()).select_from(SavedReport).where(SavedReport.user_id.in_(people))
    return session.scalar(statement) or 0


def _hand_over_reports(session: Session, people: Collection[int], to: int | None, actor: Actor) -> None:
    """Their saved reports, with the emails that go out; nobody is sent one any more who has left."""
    for saved_report in session.scalars(select(SavedReport).where(SavedReport.user_id.in_(people))):
        saved_report.user_id = to if to is not None else saved_report.user_id
        saved_report.version += 1
    sent = select(ReportReceiver.saved_report_id).where(ReportReceiver.user_id.in_(people))
    for saved_report in session.scalars(select(SavedReport).where(SavedReport.id.in_(sent))):
        before = sorted(receiver.user_id for receiver in saved_report.receivers)
        saved_report.receivers = [receiver for receiver in saved_report.receivers if receiver.user_id not in people]
        log_related_change(
            session, saved_report, "receivers", before, sorted(r.user_id for r in saved_report.receivers)
        )
        saved_report.every = saved_report.every if saved_report.receivers else NEVER
    session.flush()


declare_belonging(Belonging("saved_reports", N_("Saved reports"), _count_reports, _hand_over_reports))


# When it is sent


def is_due_on(saved_report: SavedReport, day: date, days_off: frozenset[date]) -> bool:
    if saved_report.every == WEEKLY:
        return day.weekday() == saved_report.weekday
    if saved_report.every == MONTHLY:
        return day.day == min(saved_report.month_day, monthrange(day.year, day.month)[1])
    if saved_report.every == FIRST_WORKDAY:
        return day == first_workday(day, days_off)
    return saved_report.every == DAILY


def first_workday(day: date, days_off: frozenset[date]) -> date | None:
    """The month's first day from Monday to Friday that is no day off; None where it has none."""
    days = (day.replace(day=number) for number in range(1, monthrange(day.year, day.month)[1] + 1))
    return next((first_day for first_day in days if first_day.weekday() < 5 and first_day not in days_off), None)


def days_off_of(firm: FirmSettings) -> frozenset[date]:
    return frozenset(date.fromisoformat(line) for line in firm.days_off.split())


def last_moment(saved_report: SavedReport, now: datetime, zone: ZoneInfo, days_off: frozenset[date]) -> datetime | None:
    """The moment of the last email that was due by now and not too long ago; of several that were missed, the last."""
    today = day_of(now, zone)
    for back in range(MADE_UP.days + 1):
        day = today - timedelta(days=back)
        moment = at_hour(day, saved_report.hour, zone)
        if moment <= now and is_due_on(saved_report, day, days_off):
            return moment
    return None


def due_reports(session: Session, now: datetime) -> Iterator[tuple[SavedReport, datetime]]:
    """The saved reports whose moment has come and whose email was not queued yet."""
    firm = read_settings(session)
    days_off = days_off_of(firm)
    for saved_report in session.scalars(select(SavedReport).where(SavedReport.every != NEVER)):
        moment = last_moment(saved_report, now, firm.zone, days_off)
        if moment is not None and (saved_report.emailed_for is None or saved_report.emailed_for < moment):
            yield saved_report, moment


def queue_due_reports(session: Session, actor: Actor) -> int:
    """Queue an email for each receiver of due reports; returns how many. It is counted when it is sent."""
    queued = 0
    for saved_report, moment in list(due_reports(session, actor.now)):
        saved_report.emailed_for = moment
        for receiver in saved_report.receivers:
            key = f"report-{saved_report.id}-{moment:%Y%m%dT%H%M}-{receiver.user_id}"
            queued += (
                queue_email(
                    session,
                    key,
                    receiver.user_id,
                    N_("Report: %(name)s"),
                    {"name": saved_report.name},
                    actor.now,
                    url=f"/reports/kept/{saved_report.id}",
                    report={"key": saved_report.report, "query": saved_report.query, "name": saved_report.name},
                )
                is not None
            )
    session.flush()
    return queued
