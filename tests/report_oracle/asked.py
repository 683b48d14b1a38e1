"""An address of a report, and what it must answer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm.domain.reports.declaration import Report
from crm.models import User
from crm.models.permissions import Scope
from tests.report_oracle.books import NONE, Books, Fact
from tests.report_oracle.figures import FIGURES, LINES, MADE, Figure
from tests.report_oracle.spans import UNITS, Span, days_of, month_end, whole_of, within, year_back

FROM_CUSTOMER_ON = ("customer_contribution",)
"""Whose period asks when the customer was registered; `sold_in` asks for the sale."""
Key = tuple[Any, ...]


class Asked:
    """An address, read as the pages say it; what it must answer."""

    def __init__(self, books: Books, report: Report, person: User, scope: Scope, typed: Mapping[str, str]) -> None:
        self.books, self.report, self.typed, self.scope, self.person = books, report, typed, scope, person
        self.by = [typed.get("by", "" if report.optional else report.dimensions[0]), typed.get("second", "")]
        self.by = [key for key in self.by if key not in ("", "none")]
        self.stage = typed.get("stage", report.stage)
        self.period = "custom" if {"from", "to"} & typed.keys() else typed.get("period", report.default_period)
        self.span = days_of(self.period, books.today, typed)
        self.compare = typed.get("compare", report.compare) if report.comparable else ""
        shape = {"by", "second", "stage", "period", "from", "to", "compare", "top", "rank", "chart", "sold_in"}
        shape |= {one.key for one in report.thresholds}
        self.conditions = {key: text for key, text in typed.items() if key not in shape}
        self.people = {
            one.id for one in books.users.values() if one.unit_id in books.below(books.units, person.unit_id)
        }
        self.below = books.below(books.units, person.unit_id)

    # Which records

    def sees(self, kind: str, fact: Fact) -> bool:
        """Own: one's own, and what belongs to one's customers; below: the departments' too; and the pool's customers
        except in one's own."""
        if self.scope is Scope.EVERYTHING:
            return True
        people = {self.person.id} if self.scope is Scope.OWN else self.people
        if kind in ("orders", "lines", "receipts"):
            through = self.books.customers[fact.traits["customer"]].owner_id
            of_unit = self.scope is Scope.BELOW and fact.traits["unit"] in self.below
            return fact.traits["owner"] in people or through in people or of_unit
        owner = self.books.customers[fact.traits["customer"]].owner_id
        return owner in people or (owner is None and self.scope is not Scope.OWN)

    def chosen(self, fact: Fact) -> bool:
        return all(self._is_so(fact, key, text) for key, text in self.conditions.items())

    def _is_so(self, fact: Fact, key: str, text: str) -> bool:
        books, value = self.books, fact.traits.get(key)
        if key in ("customer", "product"):
            return text in (books.customers if key == "customer" else books.products)[value].name
        if key in ("unit", "product_category"):
            return value in books.below(books.units if key == "unit" else books.categories, int(text))
        if isinstance(value, tuple):
            return int(text) in value
        return value is not None and int(value) == int(text.replace("-", ""))

    def facts(self, kind: str, span: Span) -> list[Fact]:
        """Those that count, of a time."""
        of_customer = self.report.key in FROM_CUSTOMER_ON
        sold_in = days_of(self.typed.get("sold_in", "always"), self.books.today, {})
        found = []
        for fact in self._reached(kind):
            day = self.books.customers[fact.traits["customer"]].registered_on if of_customer else fact.day
            if within(day, span) and (not of_customer or within(fact.sold_on, sold_in)):
                found.append(fact)
        return found

    def _reached(self, kind: str) -> list[Fact]:
        known: dict[str, list[Fact]] = self.__dict__.setdefault("_known", {})
        if kind not in known:
            known[kind] = [f for f in self.books.facts[kind] if self.sees(kind, f) and self.chosen(f)]
        return known[kind]

    # Groups

    def step(self, day: date) -> date:
        return whole_of(day, self.stage)[0]

    def key(self, fact: Fact) -> Key:
        step = (self.step(fact.day),) if self.stage and fact.day else ()
        return (*step, *(fact.traits.get(key) for key in self.by))

    def figure(self, measure: str) -> Figure | None:
        return FIGURES.get(self.report.key, LINES).get(measure)

    def counted(self, measure: str, span: Span) -> list[Fact]:
        """The records behind the figure of the whole."""
        figure = self.figure(measure)
        assert figure is not None
        return [fact for fact in self.facts(figure.kind, span) if figure.only(fact, self)]

    def groups(self, measures: Iterable[str], span: Span) -> dict[Key, dict[str, Any]]:
        """Each group with its figures; what no record makes (targets) stands among them."""
        wanted = [(key, figure) for key in measures if (figure := self.figure(key)) is not None]
        behind: dict[Key, dict[str, list[Fact]]] = {}
        for name, figure in wanted:
            for fact in self.facts(figure.kind, span):
                kept = behind.setdefault(self.key(fact), {}).setdefault(name, [])
                if figure.only(fact, self):
                    kept.append(fact)
        planned = self.targets(span) if "target" in measures else {}
        for key in planned:
            behind.setdefault(key, {})
        return {key: self._row(wanted, measures, held, planned.get(key)) for key, held in behind.items()}

    def whole(self, measures: Iterable[str], span: Span) -> dict[str, Any]:
        wanted = [(key, figure) for key in measures if (figure := self.figure(key)) is not None]
        held = {key: self.counted(key, span) for key, _figure in wanted}
        planned = self.targets(span, whole=True).get((), None) if "target" in measures else None
        return self._row(wanted, measures, held, planned)

    def _row(
        self,
        wanted: Sequence[tuple[str, Figure]],
        measures: Iterable[str],
        held: Mapping[str, Sequence[Fact]],
        planned: Any,
    ) -> dict[str, Any]:
        row = {key: figure.fold(held[key], self.books) if held.get(key) else figure.empty for key, figure in wanted}
        row["target"] = planned
        return {**row, **{key: MADE[key](row) for key in measures if key in MADE}}

    def targets(self, span: Span, whole: bool = False) -> dict[Key, Decimal]:
        """By month, of people and departments alone."""
        first, last = span
        coarse = self.stage in ("", "month", "quarter", "year")
        by = [] if whole else self.by
        if set(self.by if not whole else ()) - {"owner", "unit"} or set(self.conditions) - {"owner", "unit"}:
            return {}
        if not coarse or first is None or last is None:
            return {}
        found: dict[Key, Decimal] = {}
        for month in self.books.months:
            target = self.books.targets[month.target_id]
            day = date(target.year, month.month, 1)
            if not first.replace(day=1) <= day <= last or target.deleted_at is not None:
                continue
            traits = {"owner": target.user_id, "unit": target.unit_id}
            people = {self.person.id} if self.scope is Scope.OWN else self.people
            reached = self.scope is Scope.EVERYTHING or target.user_id in people
            if not reached or not self.chosen(Fact(0, None, traits, target)):
                continue
            step = (self.step(day),) if self.stage and not whole else ()
            key = (*step, *(traits[one] for one in by))
            found[key] = found.get(key, NONE) + month.amount
        return found

    # The time it is compared with

    @property
    def before(self) -> Span | None:
        first, last = self.span
        if self.compare == "year_before" and first is not None and last is not None:
            end = year_back(last)
            return year_back(first), month_end(end) if last == month_end(last) else end
        return self.previous if self.compare == "before" else None

    @property
    def previous(self) -> Span | None:
        first, last = self.span
        if first is None or last is None:
            return None
        eve = first - timedelta(days=1)
        if self.period == "custom":
            return eve - (last - first), eve
        return whole_of(eve, UNITS.get(self.period, self.period))
