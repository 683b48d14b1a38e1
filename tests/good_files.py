"""Files without a mistake as programs and people make them: each format, encoding, heading and kind of cell."""

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from crm.domain.imports.declaration import ImportKind
from crm.entities.entity import Field
from crm.fields import types
from crm.models import User
from tests.import_files import GeneratedFile, Maker, World, local
from tests.spreadsheets.builders import repacked, saved, xls_95, xls_97

TEXT_FORMS = {
    "csv utf-8": ("utf-8", ","),
    "csv utf-8 with mark": ("utf-8-sig", ","),
    "csv gbk": ("gb18030", ","),
    "csv big5": ("cp950", ","),
    "csv utf-16": ("utf-16", ","),
    "tabs utf-16": ("utf-16", "\t"),
    "semicolons": ("utf-8", ";"),
    "tabs big5": ("cp950", "\t"),
}
OLD_FORMS = {"xls 95 big5": ("cp950", 950), "xls 95 gbk": ("gb18030", 936), "xls 95 misnamed": ("cp950", 1252)}
FORMS = ("xlsx", "xlsx elsewhere", "xlsx backslashes", "xls", "xls misnamed", *OLD_FORMS, *TEXT_FORMS)
DECORATED = ("{}", "*{}", "{} ", " {}", "{}（必填）", "{}:", "※{}", "{}\n", "{}(可不填)")
EPOCH = local(1899, 12, 30)


@dataclass
class GoodFile(GeneratedFile):
    """`above`: rows before the headings; `below`: rows after the records, which are no records."""

    form: str = "xlsx"
    headings: list[str] = field(default_factory=list)
    above: list[list[Any]] = field(default_factory=list)
    below: list[list[Any]] = field(default_factory=list)

    def write(self, folder: Path, name: str) -> str:
        rows = [*self.above, self.headings, *self.rows, *self.below]
        (folder / name).write_bytes(self._content(rows))
        return f"{name}.{'csv' if self.form in TEXT_FORMS else self.form.partition(' ')[0]}"

    def _content(self, rows: list[list[Any]]) -> bytes:
        if self.form in TEXT_FORMS:
            codec, separator = TEXT_FORMS[self.form]
            out = io.StringIO(newline="")
            csv.writer(out, delimiter=separator).writerows([[_as_csv(cell) for cell in row] for row in rows])
            return out.getvalue().encode(codec)
        if self.form in OLD_FORMS:
            codec, codepage = OLD_FORMS[self.form]
            return xls_95([[_as_old(cell) for cell in row] for row in rows], codec, codepage)
        if self.form.startswith("xls "):
            return xls_97([[_as_old(cell) for cell in row] for row in rows], codepage=950, count=3)
        if self.form == "xls":
            return xls_97([[_as_old(cell) for cell in row] for row in rows])
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        return _moved(saved(book), self.form)


def _moved(data: bytes, form: str) -> bytes:
    if form == "xlsx backslashes":
        return repacked(data, lambda name: name.replace("/", "\\"), lambda name, content: content)
    if form == "xlsx elsewhere":
        return repacked(
            data,
            lambda name: name.replace("xl/workbook.xml", "xl/book.xml").replace("_rels/workbook.", "_rels/book."),
            lambda name, content: content.replace(b"xl/workbook.xml", b"xl/book.xml") if "rels" in name else content,
        )
    return data


def _as_csv(cell: Any) -> str:
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    return "" if cell is None else f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell)


def _as_old(cell: Any) -> Any:
    """The builders of old workbooks know texts and numbers; days are numbers without their format."""
    if isinstance(cell, datetime):
        return (cell - EPOCH).total_seconds() / 86_400
    return "是" if cell is True else float(cell) if isinstance(cell, int) else cell


class GoodMaker(Maker):
    """Makes good files one after another."""

    def good_file(self, kind: ImportKind, person: User, form: str) -> GoodFile:
        chance = self.random
        keys = [f.key for f in kind.fields() if f.key in kind.required or chance.random() < 0.7]
        chance.shuffle(keys)
        headings = [chance.choice(DECORATED).format(key) for key in keys]
        options = {"duplicates": "skip", "unknown": "refuse", "owner": "me", "wrong": "good"}
        made = GoodFile(kind, options, keys, form=form, headings=headings)
        made.above = chance.choice(([], [["客戶資料"]], [["客戶資料", None, "115年"], []]))
        made.below = chance.choice(([], [["合計", None, 12.0]], [[], ["小計", "3"], ["總計：", "1,200"]]))
        for _ in range(8):
            self._add_row(made, person, 0.0)
        return made

    def good(self, kind: ImportKind, field_: Field, person: User) -> tuple[Any, Any]:
        if field_.key == "tax_number":
            digits = f"{self.serial % 10**8:08d}"
            return self.random.choice((digits, float(digits))), digits
        if field_.key in ("bank_account", "qq", "wechat", "line"):
            digits = f"7{self.serial:09d}"
            return self.random.choice((digits, float(digits))), digits
        if field_.key == "postcode":
            return self.random.choice(("10688", 10688, 10688.0)), "10688"
        if field_.key == "gender":
            return self.random.choice((("男", "male"), ("女士", "female"), ("先生", "male")))
        cell, wanted = super().good(kind, field_, person)
        if isinstance(field_.type, (types.DictionaryChoice, types.LevelChoice)) and isinstance(cell, str):
            cell = self.random.choice((cell, f" {cell}", f"{cell}　"))
        return cell, wanted

    def _phone(self) -> tuple[Any, Any]:
        last = f"{self.serial:08d}"[-8:]
        mobile, fixed = f"09{last}", f"022{last[1:]}"
        return self.random.choice(
            (
                (f"02-{last[:4]}-{last[4:]}", f"02-{last[:4]}-{last[4:]}"),
                (mobile, mobile),
                (float(mobile), mobile),
                (int(mobile), mobile),
                (float(fixed), fixed),
                (f"＋886-2-{last}", f"+886-2-{last}"),
                (float(f"886{mobile[1:]}"), f"886{mobile[1:]}"),
            )
        )

    def _day(self) -> tuple[Any, Any]:
        day = date.fromordinal(date(1985, 1, 1).toordinal() + self.random.randrange(14_000))
        republic = day.year - 1911
        written = (
            day.isoformat(),
            f"{day:%Y/%m/%d}",
            f"{day.year}年{day.month}月{day.day}日",
            f"民國{republic}年{day.month}月{day.day}日",
            f"{republic:03d}/{day.month:02d}/{day.day:02d}",
            f"{day:%Y%m%d}",
            float(f"{day:%Y%m%d}"),
            local(day.year, day.month, day.day),
        )
        return self.random.choice(written), day

    def _amount(self, places: int) -> tuple[Any, Any]:
        cell, wanted = super()._amount(places)
        if isinstance(cell, str):
            cell = self.random.choice((cell, f"NT${cell}", f"{cell}元", f"＄{cell}"))
        return cell, wanted


def good_world(world: World, form: str) -> World:
    """Without what the form's encoding cannot write."""
    codec = {**TEXT_FORMS, **OLD_FORMS}.get(form, ("utf-8",))[0]

    def writable(text: str) -> bool:
        return text.encode(str(codec), "replace").decode(str(codec)) == text

    return World(
        {key: [one for one in items if writable(one.name)] for key, items in world.items.items()},
        [one for one in world.levels if writable(one.name)],
        [place for place in world.places if writable(place[0].name + place[1].name)],
        [one for one in world.people if writable(one.name)],
        world.categories,
        [one for one in world.customers if writable(one.name)],
    )
