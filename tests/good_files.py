"""Files without a mistake as programs and people make them: each format, encoding, heading and kind of cell."""

import csv
import io
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from crm import fields as types
from crm.domain.imports.declaration import ImportKind
from crm.entities.entity import Field
from crm.models import Contact, Product, User
from tests.cast import ZONE
from tests.import_files import ODD, GeneratedFile, Maker, World, local
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
CARDS = ("2.1", "3.0", "4.0")
"""Versions of vCard."""
CARD_KEYS = {
    "name": "姓名",
    "customer_id": "公司名稱",
    "department": "部門",
    "job_title": "職務",
    "mobile": "手機",
    "phone": "電話",
    "email": "電子郵件",
    "address": "地址",
    "gender": "性別",
    "birthday": "生日",
    "wechat": "微信",
    "qq": "QQ",
    "notes": "備註",
}
"""What a card can hold, and what the reader calls it."""
DECORATED = ("{}", "*{}", "{} ", " {}", "{}（必填）", "{}:", "※{}", "{}\n", "{}(可不填)")
EPOCH = local(1899, 12, 30)


@dataclass
class GoodFile(GeneratedFile):
    """`above`: rows before the headings; `below`: rows after the records, which are no records."""

    form: str = "xlsx"
    headings: list[str] = field(default_factory=list)
    above: list[list[Any]] = field(default_factory=list)
    below: list[list[Any]] = field(default_factory=list)

    @property
    def known_by(self) -> list[str]:
        return [CARD_KEYS[key] for key in self.keys] if self.form in CARDS else self.keys

    @property
    def first_row(self) -> int:
        return len(self.above) + 1

    def write(self, folder: Path, name: str) -> str:
        rows = [*self.above, self.headings, *self.rows, *self.below]
        (folder / name).write_bytes(self._content(rows))
        if self.form in CARDS:
            return f"{name}.vcf"
        return f"{name}.{'csv' if self.form in TEXT_FORMS else self.form.partition(' ')[0]}"

    def _content(self, rows: list[list[Any]]) -> bytes:
        if self.form in CARDS:
            cards = [_card(self.form, dict(zip(self.keys, row, strict=True))) for row in self.rows]
            return "".join(cards).encode()
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


def _card(version: str, cells: dict[str, Any]) -> str:
    """A card as phones of that version write it: the old one in quoted-printable, the others folded."""
    said = {key: "" if cell is None else str(cell) for key, cell in cells.items()}
    said["gender"] = {"male": "M", "female": "F"}.get(said.get("gender", ""), "")
    lines = [("FN", said["name"]), ("ORG", f"{_kept(said['customer_id'])};{_kept(said.get('department', ''))}")]
    lines += [
        ("TITLE", said.get("job_title", "")),
        ("TEL;CELL" if version == "2.1" else "TEL;TYPE=cell", said.get("mobile", "")),
    ]
    lines += [("TEL;WORK" if version == "2.1" else "TEL;TYPE=work,voice", said.get("phone", ""))]
    lines += [("EMAIL", said.get("email", "")), ("ADR", f";;{_kept(said.get('address', ''))};;;;")]
    lines += [
        ("GENDER", said["gender"]),
        ("BDAY", said.get("birthday", "").replace("-", "" if version == "4.0" else "-")),
    ]
    lines += [("X-WECHAT", said.get("wechat", "")), ("X-QQ", said.get("qq", "")), ("NOTE", said.get("notes", ""))]
    plain = ("ORG", "ADR")
    out = ["BEGIN:VCARD", f"VERSION:{version}"]
    for name, value in lines:
        if not value.strip(";"):
            continue
        text = value if name in plain else _kept(value)
        if version == "2.1" and not text.isascii():
            out.append(f"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{_quoted(text)}")
        else:
            out.append("\r\n ".join(re.findall(r".{1,60}", f"{name}:{text}")))
    return "\r\n".join([*out, "END:VCARD", ""])


def _kept(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def _quoted(text: str) -> str:
    return "=\r\n".join(
        re.findall(r"(?:=..|[^=]){1,20}", quopri.encodestring(text.encode()).decode().replace("=\n", ""))
    )


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
        known = [f.key for f in kind.fields() if form not in CARDS or f.key in CARD_KEYS]
        keys = [key for key in known if key in kind.required or chance.random() < 0.7]
        chance.shuffle(keys)
        headings = [chance.choice(DECORATED).format(key) for key in keys]
        options = {"duplicates": "skip", "unknown": "refuse", "owner": "me", "wrong": "good"}
        made = GoodFile(kind, options, keys, form=form, headings=headings)
        made.above = chance.choice(([], [["客戶資料"]], [["客戶資料", None, "115年"], []]))
        made.below = chance.choice(([], [["合計", None, 12.0]], [[], ["小計", "3"], ["總計：", "1,200"]]))
        for _ in range(8):
            self.ordered_on = date.fromordinal(date(2010, 1, 1).toordinal() + self.random.randrange(5_000))
            self.customer = self.random.choice(self.world.customers)
            self._add_row(made, person, 0.0)
            if kind.key == "orders" and chance.random() < 0.5:
                self._add_line(made, person)
        return made

    def _add_line(self, made: GoodFile, person: User) -> None:
        """Another line of the order of the last row, which says the same of the order itself."""
        head, known = dict(zip(made.keys, made.rows[-1], strict=True)), made.expected[-1]
        self._add_row(made, person, 0.0)
        of_order = [key for key in made.keys if not key.startswith("line_")]
        made.rows[-1] = [
            head[key] if key in of_order else cell for key, cell in zip(made.keys, made.rows[-1], strict=True)
        ]
        made.expected[-1].update({key: known[key] for key in of_order})

    def good(self, kind: ImportKind, field_: Field, person: User) -> tuple[Any, Any]:
        special = self._of_history(field_) if kind.key in ("orders", "records") else None
        if special is not None:
            return special
        if self.form_of_cards and field_.key == "gender":
            return (found := self.random.choice(("male", "female"))), found
        if self.form_of_cards and field_.key == "birthday":
            return (day := super()._day()[1]).isoformat(), day
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

    form_of_cards = False

    def _of_history(self, field_: Field) -> tuple[Any, Any] | None:
        """What must fit the rest of its row: days, sums, whose contact it is."""
        key, chance = field_.key, self.random
        if key == "customer_id":
            return self.customer.name, self.customer.id
        if key == "contact_id":
            found = self.contacts.get(self.customer.id)
            return (found.name, found.id) if found is not None else (None, ODD)
        if key == "contacted_at":
            moment = local(2025, 1, 1, 8, 30) + timedelta(days=chance.randrange(300), minutes=chance.randrange(600))
            wanted = moment.replace(tzinfo=ZONE).astimezone(UTC)
            return chance.choice((f"{moment:%Y-%m-%d %H:%M}", f"{moment:%Y/%m/%d %H:%M:%S}", moment)), wanted
        if key in ("ordered_on", "deliver_on", "due_on"):
            day = self.ordered_on + timedelta(days=0 if key == "ordered_on" else chance.randrange(90))
            return chance.choice((day.isoformat(), f"{day:%Y/%m/%d}", local(day.year, day.month, day.day))), day
        if key == "discount_amount":
            return chance.choice((("1.5", Decimal("1.5")), (2, Decimal(2)), ("NT$3", Decimal(3)), ("", ODD)))
        if key == "paid_amount":
            return chance.choice((("3", Decimal(3)), (2.5, Decimal("2.5")), ("NT$1", Decimal(1)), ("", ODD)))
        if key == "paid_on":
            return (self.ordered_on + timedelta(days=9)).isoformat(), ODD  # it is the receipt's
        if key == "line_product":
            product = chance.choice(self.products)
            return chance.choice((product.name, product.code)), product.id
        if key == "line_quantity":
            return chance.choice((("3", Decimal(3)), (2, Decimal(2)), (1.5, Decimal("1.5")), ("１２", Decimal(12))))
        if key == "line_price":
            return chance.choice((("1,234.50", Decimal("1234.5")), (99, Decimal(99)), (10.1234, Decimal("10.1234"))))
        if key == "line_discount":
            return chance.choice((("85", Decimal(85)), (90, Decimal(90)), ("95%", Decimal(95)), (None, ODD)))
        if key == "line_tax_rate":
            return chance.choice((("5", Decimal(5)), (5, Decimal(5)), ("5%", Decimal(5)), (None, ODD)))
        return None

    contacts: dict[int, Contact]
    products: list[Product]

    def _phone(self) -> tuple[Any, Any]:
        last = f"{self.serial:08d}"[-8:]
        mobile, fixed = f"09{last}", f"02{last}"
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

    def _makers(self) -> Iterator[tuple[type, Callable[[Field], tuple[Any, Any]]]]:
        """With what only the firm's own fields hold."""
        yield types.SeveralChoices, self._several
        yield types.YesNo, lambda _f: self.random.choice((("是", True), ("否", False), (True, True)))
        yield types.NumberType, lambda _f: self._number()
        yield from super()._makers()

    def _several(self, field_: Field) -> tuple[Any, Any]:
        listed = self.world.items[field_.type.dictionary]  # type: ignore[attr-defined]
        chosen = self.random.sample(listed, self.random.randint(1, len(listed)))
        names = self.random.choice(("、", ",", "，", ";")).join(item.name for item in chosen)
        return names, tuple(item.id for item in listed if item in chosen)

    def _number(self) -> tuple[Any, Any]:
        found = Decimal(self.random.randrange(-(10**9), 10**9)).scaleb(-self.random.randint(0, 4))
        return self.random.choice((f"{found:f}", float(found))), found

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
