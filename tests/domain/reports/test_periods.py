"""Periods, steps and what they are compared with (X-2, X-6)."""

from datetime import date

import pytest

from crm.domain.reports.periods import Span, named_span, span_before, span_year_before, steps

TODAY = date(2026, 8, 31)  # a Monday


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", "2026-08-31", "2026-08-31"),
        ("week", "2026-08-31", "2026-09-06"),
        ("month", "2026-08-01", "2026-08-31"),
        ("quarter", "2026-07-01", "2026-09-30"),
        ("year", "2026-01-01", "2026-12-31"),
        ("last_month", "2026-07-01", "2026-07-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
    ],
)
def test_x2_named_periods(period: str, first: str, last: str) -> None:
    assert named_span(period, TODAY, 0) == Span(date.fromisoformat(first), date.fromisoformat(last))


def test_x2_a_week_begins_as_the_settings_say() -> None:
    assert named_span("week", TODAY, 6) == Span(date(2026, 8, 30), date(2026, 9, 5))


@pytest.mark.parametrize(
    ("period", "span", "before"),
    [
        ("month", ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        ("last_month", ("2026-07-01", "2026-07-31"), ("2026-06-01", "2026-06-30")),
        ("quarter", ("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31")),
        ("year", ("2026-01-01", "2026-12-31"), ("2025-01-01", "2025-12-31")),
        ("today", ("2026-01-01", "2026-01-01"), ("2025-12-31", "2025-12-31")),
        ("week", ("2026-08-31", "2026-09-06"), ("2026-08-24", "2026-08-30")),
        ("custom", ("2026-05-11", "2026-05-20"), ("2026-05-01", "2026-05-10")),
    ],
)
def test_x6_the_period_before(period: str, span: tuple[str, str], before: tuple[str, str]) -> None:
    asked, expected = (Span(*map(date.fromisoformat, days)) for days in (span, before))
    assert span_before(period, asked, 0) == expected


def test_x6_the_same_days_of_the_year_before() -> None:
    assert span_year_before(Span(date(2024, 2, 1), date(2024, 2, 29))) == Span(date(2023, 2, 1), date(2023, 2, 28))
    assert span_year_before(Span(date(2025, 2, 1), date(2025, 2, 28))) == Span(date(2024, 2, 1), date(2024, 2, 29))
    assert span_year_before(Span(date(2025, 2, 3), date(2025, 2, 20))) == Span(date(2024, 2, 3), date(2024, 2, 20))
    assert span_year_before(Span(None, date(2025, 2, 20))) is None


def test_cr2_every_step_that_the_period_touches() -> None:
    span = Span(date(2025, 12, 30), date(2026, 2, 1))
    assert list(steps(span, "month", 0)) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert list(steps(span, "quarter", 0)) == [date(2025, 10, 1), date(2026, 1, 1)]
    assert list(steps(span, "year", 0)) == [date(2025, 1, 1), date(2026, 1, 1)]
    assert list(steps(span, "week", 0))[:2] == [date(2025, 12, 29), date(2026, 1, 5)]
    assert list(steps(span, "week", 6))[:2] == [date(2025, 12, 28), date(2026, 1, 4)]
    assert len(list(steps(span, "day", 0))) == 34
