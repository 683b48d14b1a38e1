"""The templates that every firm begins with, one for each kind of document (A-11)."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.prints.printed import PRINTED, PrintedKind, label_key, own_fields
from crm.models import PrintTemplate, PrintTemplateVersion

FOLDER = Path(__file__).parent / "built_in"
NAMES = {"zh_Hant": "標準格式", "zh_Hans": "标准格式", "en": "Standard"}


def built_in_body(module: str) -> str:
    """The text of the built-in template of a kind; labels stand in it as names, so it speaks every language."""
    printed = PRINTED[module]
    printing = printed.kind.printing
    if printing is not None and printing.pieces:
        return "\n".join(map(_piece, printing.pieces))
    return "\n".join((_piece("letterhead"), _facts_of(printed), _piece("printed_note")))


def _piece(name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8")


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


def seed_print_templates(session: Session, language: str, now: datetime) -> None:
    """A default template for each kind that never had one."""
    known = set(session.scalars(select(PrintTemplate.module).distinct()))
    for module in PRINTED:
        if module in known:
            continue
        template = PrintTemplate(
            module=module,
            name=NAMES.get(language, NAMES["zh_Hant"]),
            is_default=True,
            built_in=module,
            body=built_in_body(module),
            created_at=now,
            updated_at=now,
        )
        session.add(template)
        session.flush()
        session.add(PrintTemplateVersion(template_id=template.id, at=now, by_id=None, body=template.body))
    session.flush()
