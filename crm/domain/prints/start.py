"""The templates that every firm begins with, one for each kind of document (A-11)."""

from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import PrintTemplate, PrintTemplateVersion

FOLDER = Path(__file__).parent / "built_in"
PIECES = {
    "opportunities": "letterhead opportunity_facts its_quotes printed_note",
    "quotes": "letterhead quote_facts goods deal_signatures",
    "orders": "letterhead order_facts goods deal_signatures",
    "receipts": "letterhead receipt_facts paid_orders receipt_signatures",
    "customers": "letterhead customer_facts its_contacts printed_note",
}
NAMES = {"zh_Hant": "標準格式", "zh_Hans": "标准格式", "en": "Standard"}


@cache
def built_in_body(module: str) -> str:
    """The text of the built-in template of a kind; labels stand in it as names, so it speaks every language."""
    return "\n".join((FOLDER / f"{piece}.html").read_text(encoding="utf-8") for piece in PIECES[module].split())


def seed_prints(session: Session, language: str, now: datetime) -> None:
    """A default template for each kind that never had one."""
    known = set(session.scalars(select(PrintTemplate.module).distinct()))
    for module in PIECES:
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
