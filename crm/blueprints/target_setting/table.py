"""The list of targets, and the sums of the departments (TG-1)."""

from typing import Any

from sqlalchemy import Select, func, select

from crm.domain.platform.deletion import delete_record
from crm.entities import policy
from crm.entities.listing.filters import contains_text, equals_id, unit_filter
from crm.entities.targets import MONTH_LABELS, TARGET
from crm.extensions import db
from crm.fields import Amount
from crm.i18n import N_
from crm.models import Rights, SalesTarget, TargetMonth, User
from crm.web.firm_settings import lookups
from crm.web.table import BulkAction, Column, Filter, Table, column, listed


def target_rows(rights: Rights) -> Select[Any]:
    return select(SalesTarget.id).join(User, User.id == SalesTarget.user_id).where(SalesTarget.seen_by(rights))


def with_person(statement: Select[Any]) -> Select[Any]:
    return statement.join(User, User.id == SalesTarget.user_id)


def sum_of(month: int | None = None) -> Any:
    """The amount of a month, or of the whole year."""
    amounts = select(func.sum(TargetMonth.amount)).where(TargetMonth.target_id == SalesTarget.id)
    return (amounts.where(TargetMonth.month == month) if month else amounts).correlate(SalesTarget).scalar_subquery()


YEAR = Filter("year", N_("Year"), equals_id(SalesTarget.year))
UNIT = unit_filter(SalesTarget.unit_id, N_("Belongs to department"))
PERSON = Filter("q", N_("Sales staff"), contains_text(User.name))

TARGETS = listed(
    Table(
        key="target_setting",
        title=N_("Sales target management"),
        model=SalesTarget,
        permission=TARGET.permission("view"),
        rows=target_rows,
        joins=with_person,
        columns=(
            column(TARGET["user_id"], SalesTarget.user_id, (User.pinyin,)),
            column(TARGET["unit_id"], SalesTarget.unit_id, ()),
            column(TARGET["year"], SalesTarget.year),
            Column("amount", N_("Annual amount"), (sum_of(),), Amount(), numeric=True),
        ),
        more=tuple(
            Column(f"month_{n}", label, (sum_of(n),), Amount(), numeric=True) for n, label in enumerate(MONTH_LABELS, 1)
        ),
        filters=(PERSON, YEAR, UNIT),
        default_sort="year",
        default_descending=True,
        tie=(User.pinyin, SalesTarget.id),
        endpoint="target_setting.index",
        row_endpoint="target_setting.show",
        export_permission=TARGET.permission("export"),
        export_endpoint="target_setting.export",
        bulk=(
            BulkAction(
                name="delete",
                label=N_("Delete"),
                permission=TARGET.permission("save"),
                verb=delete_record,
                question=N_("Delete %(count)s targets?"),
                done=N_("%(count)s targets deleted."),
                policy_action=policy.DELETE,
            ),
        ),
        bulk_endpoint="target_setting.bulk",
        depends=("sales_targets", "target_months", "users"),
        empty_text=N_("No targets yet. Press “New” to set the first one."),
        event="targets-changed",
    )
)


def units_of(rights: Rights, year: int) -> list[tuple[str, Any]]:
    """(department, sum of its people's targets of the year), where there are any."""
    statement = (
        select(SalesTarget.unit_id, func.sum(TargetMonth.amount).label("amount"))
        .join(TargetMonth, TargetMonth.target_id == SalesTarget.id)
        .where(SalesTarget.seen_by(rights), SalesTarget.year == year)
        .group_by(SalesTarget.unit_id)
    )
    units = lookups().units
    return [(units.name(row.unit_id), row.amount) for row in db.session.execute(statement)]
