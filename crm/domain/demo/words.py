"""The words of the demonstration firm, invented by us: names, addresses, notes (crm/data/demo-*.csv)."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parents[2] / "data"


@dataclass(frozen=True)
class Note:
    """What a salesperson writes after a contact, and plans next. `stage`: 0 first, 1 need, 2 order, 3 care, 4 lost."""

    stage: int
    method: str
    content: str
    plan: str


@dataclass(frozen=True)
class Address:
    """A district with its postcode, the telephone's area code, and streets."""

    city: str
    district: str
    postcode: str
    area: str
    roads: tuple[str, ...]


@dataclass(frozen=True)
class Trade:
    """How companies of an industry are called; shops and offices take no 有限公司."""

    industry: str
    words: tuple[str, ...]
    is_shop: bool


@dataclass(frozen=True)
class Words:
    lists: dict[str, tuple[str, ...]]
    trades: tuple[Trade, ...]
    addresses: tuple[Address, ...]
    notes: dict[int, tuple[Note, ...]]

    def __getitem__(self, kind: str) -> tuple[str, ...]:
        return self.lists[kind]


@cache
def words() -> Words:
    """All of them; the same object at every call."""
    lists: dict[str, tuple[str, ...]] = {}
    trades = []
    for row in _rows("demo-names.csv"):
        word_list = tuple(row["words"].split())
        if row["industry"]:
            trades.append(Trade(row["industry"], word_list, row["kind"] == "shop"))
        else:
            lists[row["kind"]] = word_list
    addresses = tuple(
        Address(row["city"], row["district"], row["postcode"], row["area"], tuple(row["roads"].split()))
        for row in _rows("demo-addresses.csv")
    )
    notes: dict[int, list[Note]] = defaultdict(list)
    for row in _rows("demo-notes.csv"):
        stage = int(row["stage"])
        notes[stage].append(Note(stage, row["method"], row["content"], row["plan"]))
    return Words(lists, tuple(trades), addresses, {stage: tuple(note_list) for stage, note_list in notes.items()})


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
