"""The provinces and cities the program ships with (A-8); where they are from: crm/data/README.md."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_DATA = Path(__file__).parents[2] / "data"


@dataclass(frozen=True, slots=True)
class City:
    """A prefecture-level city or what stands in its place. `name` is Traditional, `name_hans` Simplified."""

    province_code: str
    code: str
    name: str
    name_hans: str


@dataclass(frozen=True, slots=True)
class Province:
    """A province, region or municipality, with its cities in their usual order."""

    code: str
    name: str
    name_hans: str
    name_en: str
    region: str
    region_hans: str
    cities: tuple[City, ...]


@lru_cache(maxsize=1)
def load_places() -> tuple[Province, ...]:
    """All provinces in the order of their codes. The same tuple at every call."""
    rows = list(_rows("places.csv"))
    cities = [
        City(row["province"], row["code"], row["name"], row["name_hans"]) for row in rows if row["kind"] == "city"
    ]
    return tuple(
        Province(
            code=row["code"],
            name=row["name"],
            name_hans=row["name_hans"],
            name_en=row["name_en"],
            region=row["region"],
            region_hans=row["region_hans"],
            cities=tuple(city for city in cities if city.province_code == row["code"]),
        )
        for row in rows
        if row["kind"] == "province"
    )


def load_districts() -> list[tuple[str, str]]:
    """The code of the city and the Simplified name of each county, district and well-known quarter."""
    return [(row["city"], row["name_hans"]) for row in _rows("districts.csv")]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
