"""Targets of the demonstration firm, this year's and last year's, near to what is really sold (TG-1)."""

from decimal import Decimal

from crm import clock
from crm.domain.demo.cast import PARTS
from crm.domain.demo.world import MANAGER, World
from crm.domain.sales.sales_by_month import total_of, year_of
from crm.domain.sales.targets import MONTHS, save_target

MIN_TARGET, STEP = Decimal(50_000), Decimal(10_000)
SEASON = (8, 6, 11, 10, 10, 11, 9, 9, 11, 10, 12, 13)
"""A month's part of twelve times ten: little at the new year's feast, much at the end."""


def make_targets(world: World) -> None:
    """A little more than each salesperson sells in a month, set at the beginning of the year."""
    today = clock.day_of(world.now, world.zone)
    for part in PARTS:
        if not part.customers:
            continue
        user = world.cast[part.login][0]
        for year in (today.year - 1, today.year):
            sold = total_of(year_of(world.session, user.id, year).values()).sold
            months = today.month if year == today.year else 12
            monthly = max(MIN_TARGET, (sold / months * Decimal("1.15") / STEP).quantize(Decimal(1)) * STEP)
            amounts = [monthly * SEASON[m - 1] / 10 for m in MONTHS]
            values = {"user_id": user.id, "unit_id": user.unit_id, "year": year}
            beginning = clock.start_of(today.replace(year=year, month=1, day=2), world.zone)
            save_target(world.session, None, values, amounts, world.actor(MANAGER, beginning))
