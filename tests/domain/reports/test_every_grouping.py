"""Each report by each grouping under several sets of conditions for three persons: every figure is what plain Python
makes of the records, and what stands behind 詳細信息 is those records (X-3, X-4, X-6)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.reports import REPORTS, ReportQuery
from crm.domain.reports.counting import Row
from crm.domain.reports.declaration import Report
from crm.domain.reports.details import details_of
from crm.domain.reports.figures import figures
from crm.domain.reports.query import MAX_GROUPS, USUAL_TOP
from crm.domain.reports.sheet import group_parts, place_of, sheet_of
from crm.domain.reports.steps import MAX_ROWS
from crm.entities.listing import LISTINGS, Parameters, Query, Reader
from crm.entities.listing.rows import all_rows, workbook_columns, workbook_rows
from crm.models import CustomerLevel, DictionaryItem, ProductCategory
from crm.models.permissions import Scope
from tests.cast import Cast
from tests.report_oracle import FIGURES, LINES, Asked, Books, year_back
from tests.reported_firm import firm_folder as firm_folder
from tests.reported_firm import own
from tests.reports_asking import ask, reader_of
from tests.sampling import mostly_long

PEOPLE = [("wang", Scope.OWN), ("manager", Scope.BELOW), ("admin", Scope.EVERYTHING)]
STAGES = ("month", "week", "quarter", "day", "year")
KINDS = {
    "orders": "orders",
    "receivables": "orders",
    "order_lines": "lines",
    "receipts": "receipts",
    "records": "records",
    "level_changes": "changes",
}


@pytest.fixture
def books(session: Session) -> Books:
    return Books(session, date(2026, 11, 29))


# What is asked


def condition_sets(session: Session, cast: Cast) -> dict[str, str]:
    """What a report does not offer is left out of it (`fitting`)."""
    level = session.scalar(select(CustomerLevel.id).order_by(CustomerLevel.position))
    goods = session.scalar(select(ProductCategory.id).where(ProductCategory.name == "商品"))
    region = session.scalar(select(DictionaryItem.id).where(DictionaryItem.dictionary == "region").order_by("id"))
    printer = session.scalar(select(DictionaryItem.id).where(DictionaryItem.name == "印表機"))
    yes, several, month = own["續約"], own["設備"], own["到期"]
    return {
        "usual": "",
        "days": f"from=2025-08-15&to=2026-07-20&region={region}&neglected_days=10&sold_in=last_year&top=5",
        "before": "period=quarter&compare=before&lost_days=40",
        "products": f"period=always&product_category={goods}&top=all",
        "year before": f"period=year&compare=year_before&unit={cast.manager.unit_id}&top=5",
        "one product": "period=last_year&product=同名&compare=before&top=10",
        "level": f"period=always&level={level}",
        "person": f"period=last_year&owner={cast.wang.id}&top=5",
        "customer": "period=always&customer=雙生",
        "own fields": f"period=always&{several}={printer}&{yes}=1",
        "a month of one's own": f"period=always&{month}=2026-03&top=5",
    }


def fitting(report: Report, query: ReportQuery, address: str) -> dict[str, str]:
    """The parts that the report knows."""
    shape = {"period", "from", "to", *([] if report.stage else ["top"])}
    shape |= {"compare"} if report.comparable else set()
    shape |= {"sold_in"} if report.other_period else set()
    known = {*shape, *query.offered_conditions, *(one.key for one in report.thresholds)}
    return {key: text for key, text in parse_qsl(address) if key in known}


def shapes(report: Report, query: ReportQuery) -> Iterator[dict[str, str]]:
    """Each grouping, alone and with each second one."""
    if report.optional:
        yield {}
    for first in query.offered_groupings:
        yield {"by": first}
        for second in query.offered_seconds:
            if second != first:
                yield {"by": first, "second": second}


# What is said


class Check:
    """One question against the oracle."""

    def __init__(self, books: Books, reader: Reader, person: Any, scope: Scope, report: Report, parts: Any) -> None:
        self.parts, self.reader = parts, reader
        self.query = ask(report.key, reader, urlencode(parts))
        assert not self.query.problems, parts
        self.asked = Asked(books, report, person, scope, parts)
        self.measures = [m.key for m in self.query.measures]
        self.now = self.asked.groups(self.measures, self.asked.span)
        self.before = self.asked.before
        self.then = self.asked.groups(self.measures, self.before) if self.before else {}
        self.counted = figures(self.query)
        self.table = FIGURES.get(report.key, LINES)

    def run(self, details: bool) -> None:
        rows = self.counted.rows
        keys = [row.key for row in rows]
        assert len(set(keys)) == len(keys)
        nothing = self.asked._row(
            [(k, f) for k, f in self.table.items() if k in self.measures], self.measures, {}, None
        )
        for row in rows:
            self.same(row.key, row.values, self.now.get(row.key, nothing))
            if self.before:
                then = self.earlier_key(row.key)
                self.same(row.key, row.before, self.then.get(then, nothing), then=True)
        self.same("total", self.counted.total.values, self.asked.whole(self.measures, self.asked.span))
        if self.before:
            self.same(
                "total before", self.counted.total.before, self.asked.whole(self.measures, self.before), then=True
            )
        self.rest(keys)
        self.shown(keys)
        self.order(rows)
        self.words()
        if self.query.stage:
            self.running(rows)
        if self.query.report.key == "sales_ranking":
            self.places(rows)
        if self.query.report.key == "customer_contribution":
            self.classes(rows)
        self.details(rows, details)

    def same(self, key: Any, said: Mapping[str, Any], right: Mapping[str, Any], then: bool = False) -> None:
        for measure in self.query.measures:
            if measure.key in self.table or measure.key == "target" or measure.computed is not None:
                expected = right[measure.key]
                assert said[measure.key] == expected, (self.parts, key, measure.key, "then" if then else "now")

    # Groups

    def earlier_key(self, key: Any) -> Any:
        """In time: the same day a year ago, or the interval at the same place."""
        if not self.query.stage:
            return key
        if self.query.compare == "year_before" and self.query.stage == "day":
            return (year_back(key[0]), *key[1:]) if (key[0].month, key[0].day) != (2, 29) else None
        now, then = self.steps(self.asked.span), self.steps(self.before)
        place = now.index(key[0]) if key[0] in now else len(then)
        return (then[place], *key[1:]) if place < len(then) else None

    def steps(self, span: Any) -> list[date]:
        found = []
        day = span[0]
        while day <= span[1]:
            step = self.asked.step(day)
            found += [step] if step not in found[-1:] else []
            day = date.fromordinal(day.toordinal() + 1)
        return found

    def shown(self, keys: Sequence[Any]) -> None:
        """All groups, or the largest of them and the others in one row; in time every step."""
        if self.query.stage:
            assert set(self.now) <= set(keys), self.parts
            if None not in self.asked.span:
                groups = {key[1:] for key in {**self.now, **self.then}} if self.asked.by else {()}
                expected = len(self.steps(self.asked.span)) * len(groups)
                assert len(keys) == expected or expected > MAX_ROWS, self.parts
            return
        every = {**self.then, **self.now}.keys()
        if len(every) <= self.most:
            assert set(keys) == every, self.parts
            return
        if len(self.now) > self.most:
            assert len(keys) == self.most
            sizes = sorted((self.size(self.now[key]) for key in self.now), reverse=True)
            assert sorted((self.size(self.now[key]) for key in keys), reverse=True) == sizes[: self.most], self.parts
        else:
            assert set(self.now) <= set(keys) <= set(every), self.parts

    @property
    def most(self) -> int:
        top = self.parts.get("top", "")
        many = {"customer", "product"} & set(self.asked.by)
        return MAX_GROUPS if top == "all" or (not top and not many) else int(top or USUAL_TOP)

    def size(self, values: Mapping[str, Any]) -> tuple[bool, Any]:
        """What ranks first is larger; the lowest price is that of the cheapest."""
        value = values[self.query.rank]
        if hasattr(value, "timestamp"):
            value = value.timestamp()
        return value is not None, -(value or 0) if self.query.rank == "lowest" else (value or 0)

    def order(self, rows: Sequence[Row]) -> None:
        """The first by rank first, months in their order, 未填 last; an outer group stands together."""
        if self.query.stage or not self.asked.by:
            assert [row.key[0] for row in rows] == sorted(row.key[0] for row in rows) if rows else True
            return
        outer = [row.key[0] for row in rows]
        assert len(set(outer)) == sum(a != b for a, b in zip(outer, [object(), *outer], strict=False)), self.parts
        for one, other in pairwise(rows):
            if len(self.asked.by) > 1 and one.key[0] != other.key[0]:
                continue
            if self.query.report.key == "sales_ranking":
                continue
            if self.query.report.key == "customer_contribution":
                # A running share is that of the larger ones, whatever they are called.
                assert self.size(one.values) >= self.size(other.values), self.parts
                continue
            assert one.key[-1] is not None or other.key[-1] is None or one.key[:-1] != other.key[:-1]
            if other.key[-1] is None:
                continue
            if self.query.groupings[-1].in_order:
                assert one.key[-1] < other.key[-1]
            else:
                assert self.size(one.values) >= self.size(other.values), self.parts

    def rest(self, keys: Sequence[Any]) -> None:
        """What no row stands for, counted over its records."""
        others = self.counted.others
        shown, then = set(keys), {self.earlier_key(key) for key in keys} if self.before else set()
        for span, seen, values in (
            (self.asked.span, shown, others.values if others else {}),
            (self.before, then, others.before if others else {}),
        ):
            if span is None:
                continue
            for key, figure in self.table.items():
                if key not in self.measures:
                    continue
                facts = [f for f in self.asked.counted(key, span) if self.asked.key(f) not in seen]
                expected = figure.fold(facts, self.asked.books) if facts else figure.empty
                if others is None:
                    assert not facts, (self.parts, key)
                elif values[key] is not None or figure.adds_up:
                    assert values[key] == expected or (not facts and not values[key]), (self.parts, key)

    # Words

    def words(self) -> None:
        """No two rows read the same; shares add up to 100.0; differences are those of the figures."""
        told = sheet_of(self.query)
        names = [line.names for line in told.lines]
        assert len(set(names)) == len(names), (self.parts, [name for name in names if names.count(name) > 1])
        every = [*self.counted.rows, self.counted.total]
        for measure in self.query.measures:
            if measure.share:
                found = [line.cells[place_of(self.query, measure) + 1].value for line in (*told.lines, told.total)]
                values = [row.values[measure.key] for row in self.counted.rows]
                values += [self.counted.others.values[measure.key]] if self.counted.others else []
                self.shares(found, values)
            if self.before and measure.key in self.table and measure.additive:
                place = place_of(self.query, measure) + measure.share + 2
                for line, row in zip([*told.lines[: len(self.counted.rows)], told.total], every, strict=True):
                    now, then = Decimal(row.values[measure.key]), Decimal(row.before[measure.key])
                    change = (now - then) * 100 / abs(then) if then else None
                    said = line.cells[place].value
                    assert said == (None if change is None else round(change, 1)), (self.parts, line.names)

    def shares(self, found: Sequence[Any], values: Sequence[Any]) -> None:
        whole = sum(values, Decimal(0))
        if whole <= 0 or min(values) < 0:
            assert set(found) == {None}
            return
        assert sum(found[:-1]) == found[-1] == Decimal("100.0")
        for share, value in zip(found, values, strict=False):
            assert abs(share - Decimal(value) * 100 / whole) < Decimal("0.1")

    # What follows from the rows

    def running(self, rows: Sequence[Row]) -> None:
        if "growth" not in self.measures:
            return
        for part in ("values", "before") if self.before else ("values",):
            sums: dict[Any, int] = {}
            for row in rows:
                values = getattr(row, part)
                sums[row.key[1:]] = sums.get(row.key[1:], 0) + values["new"]
                assert values["growth"] == sums[row.key[1:]]
        assert self.counted.total.values["growth"] == self.counted.total.values["new"]

    def places(self, rows: Sequence[Row]) -> None:
        """1 + how many are larger; equal ones share a place; what has no figure has none."""

        def place(groups: Mapping[Any, Mapping[str, Any]], key: Any) -> int | None:
            mine = groups[key][self.query.rank] if key in groups else None
            sizes = [g[self.query.rank] for g in groups.values() if g[self.query.rank] is not None]
            return None if mine is None else 1 + sum(size > mine for size in sizes)

        earlier = self.asked.groups(self.measures, self.asked.previous) if self.asked.previous else {}
        for row in rows:
            now, then = place(self.now, row.key), place(earlier, row.key)
            gained = then - now if then is not None and now is not None else None
            told = [row.values[key] for key in ("place", "place_before", "gained")]
            assert told == [now, then, gained], (self.parts, row.key)
        places = [row.values["place"] for row in rows if row.values["place"] is not None]
        assert places == sorted(places)

    def classes(self, rows: Sequence[Row]) -> None:
        values = [row.values[self.query.rank] for row in rows]
        left = [self.counted.others.values[self.query.rank]] if self.counted.others else []
        whole = self.counted.total.values[self.query.rank]
        before = Decimal(0)
        for row, value in zip(rows, values, strict=True):
            part = before * 100 / whole if whole > 0 else None
            right = None if part is None else "A" if part < 80 else "B" if part < 95 else "C"
            assert row.values["class"] == right, (self.parts, row.key)
            before += value
            if whole > 0 and min(*values, *left, 0) >= 0:
                near = before * 100 / whole
                assert abs(row.values["running"] - near) <= Decimal("0.1") * len(rows)
            else:
                assert row.values["running"] is None

    # 詳細信息

    def details(self, rows: Sequence[Row], every: bool) -> None:
        """The records behind each figure are those that it was calculated from."""
        if not every:
            rows = [row for n, row in enumerate(rows) if n in (0, len(rows) - 1) or None in row.key]
        asked = [(row.key, group_parts(self.query, row)) for row in rows]
        for measure in self.query.measures:
            figure = self.table.get(measure.key)
            if figure is None:
                continue
            kind = KINDS.get(measure.source.listing, figure.kind)
            facts = self.behind(measure.key, kind)
            for key, group in [(None, ()), *asked]:
                parts = [*self.query.parts().items(), ("of", measure.key), *group]
                found = details_of(ask(self.query.report.key, self.reader, urlencode(parts)))
                ids = list(self.reader.session.scalars(found.rows(self.reader.rights)))
                right = [fact.id for fact in facts if key is None or self.asked.key(fact) == key]
                assert sorted(ids) == sorted(right), (self.parts, measure.key, key)
                counted = self.reader.session.execute(found.counted(self.reader.rights, {})).scalar() or 0
                assert counted == len(ids), (self.parts, measure.key, key)

    def behind(self, measure: str, kind: str) -> list[Any]:
        figure = self.table[measure]
        only = figure.only if kind == figure.kind else lambda fact, asked: True
        if kind == "orders" and measure == "profit":
            raise AssertionError("profit is of lines")
        return [fact for fact in self.asked.facts(kind, self.asked.span) if only(fact, self.asked)]


# All of them


def walk(
    session: Session, cast: Cast, books: Books, key: str, number: int, long: bool, everything: bool = False
) -> int:
    """`everything`: each grouping under all sets, two groupings under another set for each person. Long: one set for
    each grouping and person, and one in twelve of the two groupings. Short: one set for each grouping."""
    report, (login, scope) = REPORTS[key], PEOPLE[number % len(PEOPLE)]
    person = getattr(cast, login)
    reader = reader_of(session, person, scope)
    known = condition_sets(session, cast)
    names, blank = list(known), ask(key, reader)
    checked = 0
    for place, shape in enumerate(shapes(report, blank)):
        alone = "second" not in shape
        if not (alone or everything or (long and place % 12 == 4 * number)):
            continue
        turn = names[(checked + 4 * number) % len(names)]
        for name in names if alone and everything else [turn]:
            parts = {**fitting(report, blank, known[name]), **shape}
            if report.stage:
                parts["stage"] = STAGES[checked % len(STAGES)]
                if parts["stage"] == "day" and "by" in shape and parts.get("period") != "quarter":
                    parts["stage"] = "month"
            ranks = ask(key, reader, urlencode(parts)).rankable
            if name != "usual" and len(ranks) > 1:
                parts["rank"] = ranks[checked % len(ranks)].key
            Check(books, reader, person, scope, report, parts).run(details=long and alone and name == turn)
            checked += 1
    return checked


@pytest.mark.parametrize("key", mostly_long(REPORTS, ("sales_classes", "customer_follow_up", "receivables_summary")))
def test_x3_each_grouping_says_what_the_records_say(session: Session, cast: Cast, books: Books, key: str) -> None:
    """The short form: one person for each report."""
    assert walk(session, cast, books, key, list(REPORTS).index(key), long=False)


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(PEOPLE)))
@pytest.mark.parametrize("key", REPORTS)
def test_x3_each_two_groupings_say_what_the_records_say(
    session: Session, cast: Cast, books: Books, key: str, number: int, request: pytest.FixtureRequest
) -> None:
    assert walk(session, cast, books, key, number, True, request.config.getoption("--every-grouping"))


# The lists


def exported(reader: Reader, listing: str, address: str, heading: str) -> dict[int, Any]:
    """The record of each row, with what its workbook says there."""
    query = Query(LISTINGS[listing], reader, Parameters.of(address))
    place = workbook_columns(query).index(heading)
    pairs = zip(all_rows(query), workbook_rows(query), strict=True)
    return {row.id: cells[place] for row, cells in pairs}


@pytest.mark.parametrize(("login", "scope"), PEOPLE)
def test_x3_each_set_is_what_the_lists_exports_add_up_to(
    session: Session, cast: Cast, books: Books, login: str, scope: Scope
) -> None:
    """Hostile case 9: what a report counts is what the person can list. What a list has no condition for is left out
    here by the record of each row."""
    person = getattr(cast, login)
    reader = reader_of(session, person, scope)
    for name, address in condition_sets(session, cast).items():
        for key, measure, lists in EXPORTS:
            report = REPORTS[key]
            parts = fitting(report, ask(key, reader), address)
            if {"product", "product_category"} & parts.keys():
                continue
            asked = Asked(books, report, person, scope, parts)
            found: dict[int, Any] = {}
            for listing, conditions, heading in lists:
                found |= exported(reader, listing, conditions, heading)
            kind = FIGURES.get(key, LINES)[measure].kind
            counted = [fact.id for fact in asked.facts("orders" if kind == "lines" else kind, asked.span)]
            assert set(counted) <= found.keys(), (name, key)
            amounts = [found[one] if key != "customer_classes" else 1 for one in counted]
            figure = figures(ask(key, reader, urlencode(parts))).total.values[measure]
            assert sum(amounts, figure * 0) == figure, (name, key)


EXPORTS = (
    ("sales_classes", "sold", [("orders", "state=approved", "合計")]),
    ("sales_trend", "received", [("receipts", "state=approved", "收款金額")]),
    ("receivables_summary", "total", [("orders", "state=approved", "合計")]),
    ("customer_classes", "customers", [("customers", "", "客戶名稱"), ("pool", "", "客戶名稱")]),
)
