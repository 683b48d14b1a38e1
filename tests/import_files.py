"""Files to import, made from a seed: good values with what must be stored, odd ones, blanks, every field and option."""

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import fields as types
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.options import CHOICES
from crm.entities.entity import Field
from crm.entities.products import CategoryChoice
from crm.models import City, Customer, CustomerLevel, DictionaryItem, ProductCategory, Province, User
from crm.models.custom_values import value_of
from tests.cast import ZONE

OTHERWISE_KEPT = {"line_product": "product_id", "paid_amount": "received"}
ODD = object()
"""Stands for the expectation of a cell that need not arrive."""


def local(*parts: int) -> datetime:
    """As a workbook's cell has it: without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


LETTERS = "甲乙丙丁戊己庚辛大安信義松山內湖北投文山東西南北光明遠洋海岸工業科技行銷"
ODD_CELLS: tuple[Any, ...] = (
    "-5", -5, "−5", "5-", "(5)", "1e400", "1e5", "NaN", "inf", "0x10", "1,2,3", "12.345.678", "１２３", "五萬", "1/0",
    "2023-02-30", "0000-00-00", "9999-12-31", "31/31/2023", "民國200年", "1899-12-31", 0, 1, -1, 2958466, 1e30, -1e30,
    True, False, "=1+1", "=HYPERLINK(\"http://a\")", "@SUM(A1)", "+886", "#N/A", "#REF!", "-", "－－", "無",
    "N/A", "null",
    "a@b", "@", "a@@b.c", "http://", "javascript:alert(1)", "javascript:1//", "file:///etc/passwd", "//x", "a.a.a.@",
    "<b>x</b>", "&#29486;", "&amp;&lt;", "%s%(x)s", "{0}{x}", "\\", "'", '"', "a\tb", "a\nb", "  x  ",
    "\u3000", "\u00a0",
    "\u200b", "\u202eabc", "\U0001f468\u200d\U0001f469", "\U0003158e", "\ue1a2", "長" * 500, "x" * 30_000, "1" * 400,
    "是的", "yes!", "台北", "不知道", "admin", "王小明 ", "管理員,王小明", "qzxcodexzq", "20230230",
    "24:00", "2023-01-01 25:61",
    9007199254740993, 1.1e-7, 0.1 + 0.2, "0", "00", "1.005", "999999999999.999", "99999999999999", "1000000000000",
    local(1900, 1, 1), local(9999, 12, 31, 23, 59), "00000000", "0912", "電話", "1" * 61,
)  # fmt: skip


@dataclass
class World:
    """What the firm has that cells may name: texts with the ids that they stand for."""

    items: dict[str, list[DictionaryItem]]
    levels: list[CustomerLevel]
    places: list[tuple[Province, City]]
    people: list[User]
    categories: list[ProductCategory]
    customers: list[Customer]

    @classmethod
    def of(cls, session: Session) -> "World":
        items: dict[str, list[DictionaryItem]] = {}
        for item in session.scalars(select(DictionaryItem).where(DictionaryItem.retired.is_(False))):
            items.setdefault(item.dictionary, []).append(item)
        provinces = {p.id: p for p in session.scalars(select(Province))}
        places = [(provinces[c.province_id], c) for c in session.scalars(select(City))]
        return cls(
            items,
            list(session.scalars(select(CustomerLevel).where(CustomerLevel.retired.is_(False)))),
            places,
            list(session.scalars(select(User))),
            list(session.scalars(select(ProductCategory))),
            list(session.scalars(select(Customer).order_by(Customer.id).limit(20))),
        )


@dataclass
class GeneratedFile:
    """One file: its columns, its cells, and what each good cell must become."""

    kind: ImportKind
    options: dict[str, str]
    keys: list[str]
    rows: list[list[Any]] = field(default_factory=list)
    expected: list[dict[str, Any]] = field(default_factory=list)
    suffix: str = ".csv"

    @property
    def named(self) -> str:
        """The attribute by which a row's record is found."""
        return {"records": "content", "orders": "code"}.get(self.kind.key, "name")

    @property
    def known_by(self) -> list[str]:
        """What the columns' headings are, as the template says them."""
        return self.keys

    @property
    def first_row(self) -> int:
        """The number that the file's first record has for its reader, who counts from 0."""
        return 1

    def line_of(self, expected: dict[str, Any]) -> int:
        """Which line of its order a row is, from 0."""
        same = [one for one in self.expected if one[self.named] == expected[self.named]]
        return next(place for place, one in enumerate(same) if one is expected)

    def write(self, folder: Path, name: str) -> str:
        """The file as the sender would call it."""
        path = folder / name
        if self.suffix == ".xlsx":
            book = openpyxl.Workbook()
            for cells in (self.keys, *self.rows):
                book.active.append([_storable(cell) for cell in cells])
            book.save(path)
            return f"{name}.xlsx"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows((self.keys, *([_text(cell) for cell in cells] for cells in self.rows)))
        return f"{name}.csv"


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _storable(cell: Any) -> Any:
    """Control characters and texts of more than 32,767 cannot stand in a workbook."""
    if not isinstance(cell, str):
        return cell
    return "".join(c for c in cell if c >= " " or c in "\t\n")[:32_000]


class Maker:
    """Makes files one after another; the same seed makes the same ones."""

    def __init__(self, seed: int, world: World) -> None:
        self.random = random.Random(seed)
        self.world = world
        self.serial = seed * 1_000_000
        self.place = world.places[0]

    def file(self, kind: ImportKind, person: User) -> GeneratedFile:
        chance = self.random
        options = {name: chance.choice([key for key, _label in offered]) for name, offered in CHOICES.items()}
        options["encoding"], options["headings"] = "auto", "row"
        keys = [f.key for f in kind.fields() if f.key in kind.required or chance.random() < 0.6]
        chance.shuffle(keys)
        made = GeneratedFile(kind, options, keys, suffix=chance.choice((".csv", ".xlsx")))
        oddity = chance.choice((0.0, 0.05, 0.2, 0.6))
        for _ in range(chance.choice((0, 1, 2, 5, 12))):
            self._add_row(made, person, oddity)
        return made

    def _add_row(self, made: GeneratedFile, person: User, oddity: float) -> None:
        self.serial += 1
        self.place = self.random.choice(self.world.places)
        cells, expected = [], {}
        for key in made.keys:
            field_ = made.kind.field(key)
            assert field_ is not None, key
            cell, wanted = self._cell(made.kind, field_, person, oddity)
            cells.append(cell)
            expected[key] = wanted
        made.rows.append(cells)
        made.expected.append(expected)

    def _cell(self, kind: ImportKind, field_: Field, person: User, oddity: float) -> tuple[Any, Any]:
        drawn = self.random.random()
        if drawn < oddity * (0.2 if field_.key in kind.required else 1):
            return self.random.choice(ODD_CELLS), ODD
        if drawn > 0.9 and field_.key not in kind.required:
            return None, ODD
        return self.good(kind, field_, person)

    def good(self, kind: ImportKind, field_: Field, person: User) -> tuple[Any, Any]:
        """A cell as people write it, and the value that must stand in the database."""
        if field_.key == "code":
            return f"Q{self.serial}", f"Q{self.serial}"
        if field_.key == "customer_code":  # the name says it
            return None, ODD
        if field_.key == "pinyin":
            return f"py{self.serial}", f"py{self.serial}"
        if field_.key == "postcode":
            return "10688", "10688"
        if field_.key == "is_main":  # of several rows of a customer the last that says so is it
            return self.random.choice(("是", "否", True)), ODD
        if field_.key == "owner_id":
            return self.random.choice(((person.name, person.id), (person.login, person.id)))
        for type_, make in self._makers():
            if isinstance(field_.type, type_):
                return make(field_)
        raise AssertionError(f"no good value is known for {kind.key}.{field_.key}")

    def _makers(self) -> Iterator[tuple[type, Callable[[Field], tuple[Any, Any]]]]:
        yield types.Reference, lambda _f: self._named(self.world.customers)
        yield types.PersonChoice, lambda _f: self._named(self.world.people)
        yield types.LevelChoice, lambda _f: self._named(self.world.levels)
        yield types.ProvinceChoice, lambda _f: (self.place[0].name, self.place[0].id)
        yield types.CityChoice, lambda _f: (self.place[1].name, self.place[1].id)
        yield CategoryChoice, lambda _f: self._named(self.world.categories) if self.world.categories else (None, ODD)
        yield types.DictionaryChoice, lambda f: self._named(self.world.items[f.type.dictionary])  # type: ignore[attr-defined]
        yield types.FixedChoice, lambda f: (found := self.random.choice(f.type.options)[0], found)  # type: ignore[attr-defined]
        yield types.Phone, lambda _f: self._phone()
        yield types.Email, lambda _f: (f"p{self.serial}@example.com", f"p{self.serial}@example.com")
        yield types.Website, lambda _f: (f"https://w{self.serial}.example.com", f"https://w{self.serial}.example.com")
        yield types.Day, lambda _f: self._day()
        yield types.MomentType, lambda _f: self._moment()
        yield types.Amount, lambda f: self._amount(f.type.places)  # type: ignore[attr-defined]
        yield types.LongText, lambda _f: (text := f"第一行{self.serial}\n第二行", text)
        yield types.Text, self._line

    def _named(self, listed: list[Any]) -> tuple[Any, Any]:
        found = self.random.choice(listed)
        return found.name, found.id

    def _line(self, field_: Field) -> tuple[Any, Any]:
        longest = field_.type.max_length  # type: ignore[attr-defined]
        stem = "".join(self.random.choices(LETTERS, k=self.random.randint(1, longest - 12)))
        text = f"{stem}{self.serial}"[-longest:]
        return text, text

    def _phone(self) -> tuple[Any, Any]:
        digits = f"{self.serial:08d}"[-8:]
        text = f"02-{digits[:4]}-{digits[4:]}"
        return text, text

    def _day(self) -> tuple[Any, Any]:
        day = date(1980, 1, 1) + timedelta(days=self.random.randrange(14_000))
        written = (
            day.isoformat(),
            f"{day.year}/{day.month}/{day.day}",
            f"{day.year}年{day.month}月{day.day}日",
            local(day.year, day.month, day.day),
        )
        return self.random.choice(written), day

    def _moment(self) -> tuple[Any, Any]:
        moment = local(2026, 1, 1, 8, 30) + timedelta(days=self.random.randrange(300))
        wanted = moment.replace(tzinfo=ZONE).astimezone(UTC)
        return self.random.choice((f"{moment:%Y-%m-%d %H:%M}", moment)), wanted

    def _amount(self, places: int) -> tuple[Any, Any]:
        amount = Decimal(self.random.randrange(10**9)).scaleb(-self.random.randint(0, places))
        written = (f"{amount:f}", f"{amount:,f}", int(amount) if amount == int(amount) else float(amount))
        return self.random.choice(written), amount


def stored_value(record: Any, main: Any, key: str) -> Any:
    """What the database has for a column of the file. `main` is the customer's contact, or the order's line."""
    if key.startswith(("custom_", "line_")):
        found = value_of(
            main if key.startswith("line_") else record, OTHERWISE_KEPT.get(key, key.removeprefix("line_"))
        )
        return tuple(found) if isinstance(found, list) else found
    key = OTHERWISE_KEPT.get(key, key)
    theirs = {"main_contact": "name", "main_mobile": "mobile", "main_job_title": "job_title"}.get(key)
    return getattr(main, theirs, None) if theirs else getattr(record, key)
