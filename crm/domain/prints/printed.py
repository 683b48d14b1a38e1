"""What a printed document can show: its fields, those of its lines, and the labels (A-11)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from crm.entities import policy
from crm.entities.custom_fields import all_custom_fields
from crm.entities.entity import Entity, Field
from crm.entities.printing import BUYER, CONTACT, FIRM, HAS_LINES, SELLER
from crm.entities.registry import entities, entity
from crm.fields import ContactChoice, LongText, Reference, Text, check_length
from crm.i18n import N_
from crm.models.permissions import Right
from crm.text import verbatim

MAX_TEMPLATE = 300_000
"""Characters of a template; a logo of 200 KB fits."""
SAID_OTHERWISE = ("main_contact", "main_mobile", "main_job_title", "pinyin")
"""Fields of forms that a sheet says in other words, or not at all."""

WORDS = {
    "label.seller": N_("Seller"),
    "label.buyer": N_("Buyer"),
    "label.made_by": N_("Prepared by"),
    "label.checked_by": N_("Checked by"),
    "label.seller_signs": N_("Seller (signature and seal)"),
    "label.buyer_signs": N_("Buyer (signature and seal)"),
    "label.received_by": N_("Received by"),
    "label.date": N_("Date"),
    "label.phone": N_("Telephone"),
    "label.fax": N_("Fax"),
    "label.tax_number": N_("Tax number"),
    "label.address": N_("Address"),
    "label.pay_to": N_("Please pay to"),
    "label.colon": N_(": "),
}
"""Words of a sheet that belong to no field, in the reader's language."""


@dataclass(frozen=True)
class TemplateText(LongText):
    """The HTML of a template, kept as it was typed, full-width blanks and all."""

    max_length: int = MAX_TEMPLATE

    def text(self, typed: str) -> str:
        lines = (line.rstrip(" \t") for line in verbatim(typed).split("\n"))
        return check_length("\n".join(lines), self.max_length)


TEMPLATE = (
    Field("name", N_("Template name"), Text(100), required=True),
    Field(
        "body",
        N_("HTML of the template"),
        TemplateText(),
        required=True,
        wide=True,
        help=N_("Names in double braces are replaced by the document's values; the list shows which there are."),
    ),
)


@dataclass(frozen=True)
class PrintedKind:
    """A kind of document that is printed: who may, and what its templates can say."""

    kind: Entity
    document: str
    label: str
    fields: tuple[Field, ...]
    line_fields: tuple[Field, ...]
    lines_label: str

    @property
    def key(self) -> str:
        return self.kind.key

    def of_firm(self, session: Session) -> "PrintedKind":
        """The same with the fields that the firm added (D-2), retired ones too: old templates name them."""
        own = all_custom_fields(session, self.kind)
        return replace(self, fields=(*self.fields, *own)) if own else self

    @property
    def model(self) -> Any:
        return self.kind.model

    @property
    def permissions(self) -> tuple[Right, ...]:
        return policy.permissions_for(self.kind, policy.PRINT)

    @property
    def words(self) -> dict[str, str]:
        """Name → message id of every label: the document's, the fields', the general ones."""
        of_fields = {label_key(f.key): f.label for f in (*self.fields, *self.line_fields)}
        return {"label.document": self.document, "label.lines": self.lines_label, **WORDS, **of_fields}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(f.key for f in self.fields) | frozenset(self.words)

    @property
    def line_names(self) -> frozenset[str]:
        return frozenset(f.key for f in self.line_fields)


def label_key(key: str) -> str:
    """The name of a field's label: of line.price it is label.line_price."""
    return "label." + key.replace(".", "_")


def printed_of(kind: Entity) -> PrintedKind:
    printing = kind.printing
    assert printing is not None
    buyer = BUYER if kind.parent("customers") is not None else ()
    contact = CONTACT if any(isinstance(field.type, ContactChoice) for field in kind) else ()
    return PrintedKind(
        kind,
        printing.document or kind.label,
        printing.label or kind.plural,
        (*own_fields(kind), *printing.more, *buyer, *contact, *SELLER, *FIRM, *HAS_LINES),
        printing.lines,
        printing.lines_label or N_("Lines"),
    )


def own_fields(kind: Entity) -> tuple[Field, ...]:
    """The kind's own fields under the names of templates: level_id is {{level}}. Other records are said apart."""
    printing = kind.printing
    left_out = (*SAID_OTHERWISE, kind.owner)
    fields = kind.pick(*printing.own) if printing is not None and printing.own else tuple(kind)
    named = (f for f in fields if f.key not in left_out and not isinstance(f.type, (Reference, ContactChoice)))
    return tuple(replace(f, key=f.key.removesuffix("_id")) for f in named)


class _PrintedKinds(Mapping[str, PrintedKind]):
    """Key → what is printed, of all kinds of record that say so; in the order of the manual."""

    def __getitem__(self, key: str) -> PrintedKind:
        kind = entity(key)
        if kind.printing is None:
            raise KeyError(key)
        return printed_of(kind)

    def __iter__(self) -> Iterator[str]:
        kinds = [(kind.printing.place, kind.key) for kind in entities() if kind.printing is not None]
        return (key for _place, key in sorted(kinds, key=lambda entry: entry[0]))

    def __len__(self) -> int:
        return len(list(iter(self)))


PRINTED = _PrintedKinds()
