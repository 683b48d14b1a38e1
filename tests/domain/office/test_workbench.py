"""W-3, W-4: how panels are arranged, and what is kept of it."""

import pytest

from crm.domain.office.workbench import (
    add_panels,
    can_move,
    layout_text,
    move_panel,
    normalize_layout,
    parse_layout,
    read_layout,
    remove_panel,
    reset_layout,
    save_layout,
    visible_layout,
)
from crm.errors import DomainError, StaleRecord

KNOWN = ("today", "due", "orders", "sales")
DEFAULT = (("today", "orders"), ("due",))


@pytest.mark.parametrize(
    "stored", [None, {}, [], "x", {"columns": None}, {"columns": "today"}, {"columns": [["today"], 3]}]
)
def test_what_cannot_be_read_gives_the_default(stored):
    assert read_layout(stored, KNOWN, DEFAULT) == DEFAULT


def test_an_empty_workbench_stays_empty():
    assert read_layout({"columns": [[], []]}, KNOWN, DEFAULT) == ((), ())


def test_unknown_panels_and_repetitions_are_ignored():
    stored = {"columns": [["today", "gone", "today"], ["due", 7, "today"]]}
    assert read_layout(stored, KNOWN, DEFAULT) == (("today",), ("due",))


def test_there_are_two_or_three_columns():
    assert normalize_layout([["today"]], KNOWN) == (("today",), ())
    assert normalize_layout([["today"], [], []], KNOWN) == (("today",), ())
    assert normalize_layout([["today"], ["due"], ["orders"], ["sales"]], KNOWN) == (
        ("today",),
        ("due",),
        ("orders", "sales"),
    )


def test_panels_without_the_right_are_left_out():
    assert visible_layout(DEFAULT, {"today", "due"}) == (("today",), ("due",))


@pytest.mark.parametrize(
    ("key", "way", "after"),
    [
        ("orders", "up", (("orders", "today"), ("due",))),
        ("today", "up", DEFAULT),
        ("today", "down", (("orders", "today"), ("due",))),
        ("orders", "down", DEFAULT),
        ("orders", "right", (("today",), ("due", "orders"))),
        ("today", "left", DEFAULT),
        ("due", "left", (("due", "today", "orders"), ())),
        ("due", "right", (("today", "orders"), (), ("due",))),
        ("sales", "up", DEFAULT),
        ("today", "sideways", DEFAULT),
    ],
)
def test_a_panel_moves_one_place(key, way, after):
    assert move_panel(DEFAULT, key, way) == after
    assert can_move(DEFAULT, key, way) is (after != DEFAULT)


def test_added_panels_go_where_the_fewest_are():
    assert add_panels(DEFAULT, ["sales", "today"]) == (("today", "orders"), ("due", "sales"))


def test_a_removed_panel_is_gone():
    assert remove_panel(DEFAULT, "today") == (("orders",), ("due",))


def test_a_layout_is_written_as_text_and_read_again():
    assert parse_layout(layout_text(DEFAULT)) == DEFAULT
    assert normalize_layout(parse_layout("|"), KNOWN) == ((), ())
    with pytest.raises(DomainError):
        parse_layout("today " * 1000)


class TestSaving:
    def save(self, session, user, text, opened, allowed=KNOWN):
        save_layout(session, user, parse_layout(text), KNOWN, allowed, opened)

    def test_the_account_keeps_it(self, session, cast):
        self.save(session, cast.wang, "due|today", opened=0)
        assert read_layout(cast.wang.workbench, KNOWN, DEFAULT) == (("due",), ("today",))
        assert cast.wang.workbench_version == 1
        assert cast.li.workbench is None

    def test_what_the_person_may_not_see_is_kept(self, session, cast):
        """A right that is lost and given again brings the panel back to its column."""
        self.save(session, cast.wang, "today|due orders", opened=0)
        self.save(session, cast.wang, "due|today", opened=1, allowed=("today", "due"))
        assert read_layout(cast.wang.workbench, KNOWN, DEFAULT) == (("due",), ("today", "orders"))

    def test_a_panel_without_the_right_cannot_be_added(self, session, cast):
        self.save(session, cast.wang, "today orders|", opened=0, allowed=("today", "due"))
        assert read_layout(cast.wang.workbench, KNOWN, DEFAULT) == (("today",), ())

    @pytest.mark.parametrize("opened", [0, 2, None])
    def test_a_late_save_is_refused(self, session, cast, opened):
        self.save(session, cast.wang, "due|today", opened=0)
        with pytest.raises(StaleRecord):
            self.save(session, cast.wang, "today|due", opened=opened)
        with pytest.raises(StaleRecord):
            reset_layout(session, cast.wang, opened)
        assert read_layout(cast.wang.workbench, KNOWN, DEFAULT) == (("due",), ("today",))

    def test_defaults_come_back(self, session, cast):
        self.save(session, cast.wang, "|", opened=0)
        reset_layout(session, cast.wang, 1)
        assert read_layout(cast.wang.workbench, KNOWN, DEFAULT) == DEFAULT
        assert cast.wang.workbench_version == 2
