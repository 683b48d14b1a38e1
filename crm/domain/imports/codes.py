"""Codes in an imported file: kept where they are unused (D-5)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.rows import NEW, Check
from crm.entities.batches import in_batches
from crm.entities.keys import folded_code
from crm.i18n import N_

CODE_USED = N_("This code is already used, so the row gets the next number.")


def remove_taken_codes(session: Session, model: Any, check: Check) -> None:
    """Remove a code that another record or an earlier row of the file has, with a warning."""
    rows = [row for row in check.rows_with(NEW) if row.values.get("code")]
    taken: set[str] = set()
    for part in in_batches({folded_code(row.values["code"]) for row in rows}):
        taken.update(session.scalars(select(model.code_key).where(model.code_key.in_(part))))
    for row in rows:
        code = row.values["code"]
        if folded_code(code) in taken:
            check.warn(row, "code", code, CODE_USED)
            del row.values["code"]
        taken.add(folded_code(code))
