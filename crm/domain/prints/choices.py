"""The common wishes for a sheet, to tick: from them a template is made without touching its HTML (A-11).

In the texts that the program came with, `<!--words-->…<!--/words-->` stands around what can be left out, a cell of the
lines names its column, and `<!--more-->` behind a cell says that the column is not there at first.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from crm.domain.prints.printed import PRINTED, PrintedKind, label_key, own_fields
from crm.entities.entity import Field
from crm.entities.people import MultipleChoice
from crm.fields import FixedChoice, LongText, YesNo
from crm.i18n import N_

FOLDER = Path(__file__).parent / "built_in"
FROM_CHOICES, OWN_HTML = "choices", "html"
A4, CONTINUOUS = "a4", "continuous"
PAPERS = ((A4, N_("A4")), (CONTINUOUS, N_("Continuous forms, 241 × 140 mm")))
PARTS = {
    "logo": N_("Company logo"),
    "letterhead": N_("Company details"),
    "sums": N_("Discount and tax"),
    "words": N_("Amount in words"),
    "notes": N_("Notes of the document"),
    "bank": N_("Company bank account"),
    "signatures": N_("Signatures"),
    "stamp": N_("Printed on, printed by"),
}
"""What of a sheet can be left out, in its order."""
MAX_SIGNERS, MAX_SIGNER_LENGTH = 4, 40

WISHES = (
    Field(
        "source",
        N_("Contents"),
        FixedChoice(options=((FROM_CHOICES, N_("From the choices below")), (OWN_HTML, N_("From the HTML below")))),
        help=N_("Whoever changes the HTML by hand gets “From the HTML below” by saving."),
    ),
    Field("paper", N_("Paper"), FixedChoice(options=PAPERS)),
    Field("parts", N_("Parts"), MultipleChoice(), wide=True),
    Field("columns", N_("Columns of the lines"), MultipleChoice(), wide=True),
    Field(
        "signers",
        N_("Who signs"),
        LongText(200),
        wide=True,
        help=N_("One a line, at most four. Leave empty for the usual ones."),
    ),
    Field("footer", N_("Footer"), LongText(2000), wide=True, help=N_("Printed at the end, such as your terms.")),
    Field("running", N_("Document number and page numbers on every sheet"), YesNo()),
)

_OPTIONAL = re.compile(r"<!--(\w+)-->(.*?)<!--/\1-->\n?", re.DOTALL)
_CELL = re.compile(r"^.*<t[hd][ >].*\{\{(?:label\.line_|line\.)(\w+)\}\}.*(?:\n|\Z)", re.MULTILINE)
_LINES = re.compile(r'<table class="lines">.*?</table>\n?', re.DOTALL)
_SIGNATURES = re.compile(r'<table class="signatures.*?</table>', re.DOTALL)
MORE = "<!--more-->"


@dataclass(frozen=True)
class SheetChoices:
    """What was ticked, and how the sheet is laid on paper."""

    source: str = OWN_HTML
    parts: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    signers: str = ""
    footer: str = ""
    running: bool = True

    def stored(self) -> dict[str, Any]:
        return {**asdict(self), "parts": list(self.parts), "columns": list(self.columns)}


def first_choices(module: str) -> SheetChoices:
    """Those of the template that the program came with."""
    columns = tuple(key for key, at_first in line_columns(module).items() if at_first)
    return SheetChoices(FROM_CHOICES, tuple(optional_parts(module)), columns)


def stored_choices(module: str, stored: Mapping[str, Any] | None) -> SheetChoices:
    """As they were saved; of an older template, whose HTML stands by itself, the usual ones to begin with."""
    first = first_choices(module)
    if stored is None:
        return SheetChoices(OWN_HTML, first.parts, first.columns, running=False)
    return SheetChoices(
        str(stored["source"]),
        tuple(stored["parts"]),
        tuple(stored["columns"]),
        str(stored["signers"]),
        str(stored["footer"]),
        bool(stored["running"]),
    )


def choice_fields(printed: PrintedKind) -> tuple[Field, ...]:
    """The fields that mean something for this kind of document."""
    parts, columns = optional_parts(printed.key), line_columns(printed.key)
    absent = {"signers"} if "signatures" not in parts else set()
    absent |= {"columns"} if not columns else set()
    return tuple(field for field in WISHES if field.key not in absent)


@lru_cache(maxsize=64)
def source_of(module: str) -> str:
    """The built-in text with its marks."""
    printing = PRINTED[module].kind.printing
    if printing is not None and printing.pieces:
        return "\n".join(map(_read_piece, printing.pieces))
    return "\n".join((_read_piece("letterhead"), _facts_of(PRINTED[module]), _read_piece("printed_note")))


def _read_piece(name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8").rstrip("\n")


def _facts_of(printed: PrintedKind) -> str:
    """Customer, own fields, salesperson: what a kind's sheet says that has no template of its own."""
    known = {field.key for field in printed.fields}
    names = [
        *(key for key in ("customer.name",) if key in known),
        *(field.key for field in own_fields(printed.kind)),
        "owner.name",
    ]
    rows = (f'<tr><td class="label">{{{{{label_key(name)}}}}}</td><td>{{{{{name}}}}}</td></tr>' for name in names)
    return "\n".join(('<table class="facts">', *rows, "</table>"))


def optional_parts(module: str) -> dict[str, str]:
    """Key → label of the parts that can be left out."""
    keys = {key for key, _text in _OPTIONAL.findall(source_of(module))}
    return {key: label for key, label in PARTS.items() if key in keys}


def line_columns(module: str) -> dict[str, bool]:
    """Column of the lines → whether it is there at first, in the order of the sheet."""
    return {match[1]: MORE not in match[0] for match in _CELL.finditer(source_of(module))}


def compose(module: str, choices: SheetChoices) -> str:
    """The HTML of a template with these wishes."""
    text = _OPTIONAL.sub(lambda match: f"{match[2]}\n" if match[1] in choices.parts else "", source_of(module))
    text = _CELL.sub(lambda match: match[0] if match[1] in choices.columns else "", text)
    if not choices.columns:
        text = _LINES.sub("", text)
    signers = [line.strip()[:MAX_SIGNER_LENGTH] for line in choices.signers.splitlines() if line.strip()][:MAX_SIGNERS]
    if signers:
        text = _SIGNATURES.sub(lambda _found: _signatures(signers), text)
    footer = f'<p class="note small">{_plain(choices.footer)}</p>' if choices.footer else ""
    text = text.replace("<!--footer-->", footer) if "<!--footer-->" in text else f"{text}\n{footer}"
    return "\n".join(line for line in text.replace(MORE, "").split("\n") if line.strip())


def _signatures(signers: list[str]) -> str:
    names = "".join(f"\n<td>{_plain(name)}</td>" for name in signers)
    places = '\n<td class="place"></td>' * len(signers)
    return f'<table class="signatures keep">\n<tr>{names}\n</tr>\n<tr>{places}\n</tr>\n</table>'


def _plain(text: str) -> str:
    """As text of a template: neither tags nor names in braces."""
    return escape(text).replace("{", "&#123;").replace("}", "&#125;")
