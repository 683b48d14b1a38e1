"""One file's way: sent, checked, begun, done; and what is remembered of it (I-3, I-6)."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, select, true, update
from sqlalchemy.orm import Session

from crm.domain.imports.batches import in_batches
from crm.domain.imports.checking import read_rows
from crm.domain.imports.declaration import Importing, ImportKind, Progress, untold
from crm.domain.imports.first_look import best_sheets, known_headings, look_at_all
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import Mapping as ColumnMapping
from crm.domain.imports.mapping import TemplateColumn, Wanted, map_wanted, unread_headings
from crm.domain.imports.options import Options
from crm.domain.imports.rows import DUPLICATE, NEW, Check
from crm.domain.imports.sheets import ALL, Chosen, chosen_of, must_choose, offered_sheets, proposed
from crm.domain.imports.templates import columns_of
from crm.domain.settings import read_settings
from crm.entities.lookups import Lookups
from crm.entities.saving import Acting
from crm.errors import DomainError, NotAllowed, storable
from crm.fields.types import Context
from crm.i18n import N_
from crm.models import ImportRun, ImportTemplate, Rights, User, rights_of
from crm.models.imports import CHECKED, CHECKING, CHOOSING, FAILED, RUNNING
from crm.spreadsheets.apart import read_apart
from crm.spreadsheets.sheet import Sheet

LONGEST_FILE_NAME = 200
NO_RIGHT = N_("You do not have the right to import these any more, so nothing was saved.")

NOT_SAVABLE = N_("You do not have the right to save such records, so you cannot import them.")


def new_stored_name() -> str:
    """An own name for a sent file; nothing of the sender's name is in it (hostile case 45)."""
    return secrets.token_hex(16)


def shown_file_name(sent: str) -> str:
    """The sender's name for the file, only to be shown: without folders and what cannot be seen."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:LONGEST_FILE_NAME] or "?"


def begin_run(
    session: Session,
    template: ImportTemplate | None,
    columns: Sequence[TemplateColumn],
    file_name: str,
    stored_name: str,
    options: Options,
    acting: Acting,
    kind: ImportKind | None = None,
) -> ImportRun:
    """Remember a sent file that is to be checked. The template's columns go along: it may be changed later.

    Without a template (`kind` is then needed) its person says first which column is which. Raises NotAllowed for who
    could not save the records one by one either.
    """
    kind = kind or KINDS[template.kind if template is not None else ""]
    refusal = why_not_import(kind, acting.rights)
    if refusal is not None:
        raise refusal
    run = ImportRun(
        kind=kind.key,
        template_id=template.id if template is not None else None,
        file_name=shown_file_name(file_name),
        stored_name=stored_name,
        state=CHECKING,
        choices={**options.stored(), "columns": [c.stored() for c in columns], "address": acting.address},
        counts={},
        by_id=acting.user_id,
        started_at=acting.now,
    )
    session.add(run)
    session.flush()
    return run


def why_not_import(kind: ImportKind, rights: Rights) -> NotAllowed | None:
    """What keeps the person from importing these: the import's own right, or the records'. None where nothing."""
    if not rights.may(kind.save):
        return NotAllowed(NO_RIGHT)
    if not any(rights.may(permission) for permission in kind.saves):
        return NotAllowed(NOT_SAVABLE)
    return None


def runs_seen_by(rights: Rights, kind: ImportKind) -> Select[tuple[ImportRun]]:
    """A run is its person's; administrators may look at all (I-7)."""
    mine = ImportRun.by_id == rights.user_id
    seen: Select[tuple[ImportRun]] = select(ImportRun)
    return seen.where(ImportRun.kind == kind.key, true() if rights.administrator else mine)


def claim(session: Session, run_id: int, before: str, after: str) -> bool:
    """Move the run on, if it still stands where it should; false for everybody who comes second."""
    moved: Any = session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state == before)
        .values(state=after)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount == 1)


def fail_run(session: Session, run_id: int, problem: DomainError, now: datetime, state: str = FAILED) -> None:
    """The run ends before it is done, and says why."""
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state.in_((CHECKING, CHECKED, RUNNING)))
        .values(
            state=state,
            finished_at=now,
            problem=json.dumps([problem.message, storable(problem.values)], ensure_ascii=False),
        )
        .execution_options(synchronize_session=False)
    )


def stored_problem(problem: DomainError) -> str:
    return json.dumps([problem.message, problem.values], ensure_ascii=False, default=str)


def problem_of(run: ImportRun) -> DomainError | None:
    if not run.problem:
        return None
    message, values = json.loads(run.problem)
    return DomainError(message, **values)


def columns_of_run(run: ImportRun) -> list[TemplateColumn]:
    return [TemplateColumn(*stored) for stored in run.choices["columns"]]


def wanted_of_run(run: ImportRun) -> Wanted:
    row = run.choices.get("heading_row")
    if not row and run.template_id is None and run.choices.get("sheet") != ALL:
        row = run.choices.get("found", {}).get("heading_row", -1) + 1
    return Wanted(columns_of_run(run), KINDS[run.kind].required, row - 1 if row else None)


def acting_for(session: Session, run: ImportRun, now: datetime) -> Acting:
    """The run's person with today's rights. Raises NotAllowed where the right was lost (hostile case 12)."""
    user = session.get(User, run.by_id)
    if user is None or not user.is_active:
        raise NotAllowed(NO_RIGHT)
    rights = rights_of(session, user)
    refusal = why_not_import(KINDS[run.kind], rights)
    if refusal is not None:
        raise refusal
    return Acting(rights, now, read_settings(session).zone, run.choices.get("address", ""))


def importing_for(session: Session, options: Options, acting: Acting, progress: Progress = untold) -> Importing:
    firm = read_settings(session)
    context = Context(firm.zone, Lookups(session), firm_currency=firm.currency)
    return Importing(acting, options, context, firm.duplicate_fields, progress)


def sheets_of_run(run: ImportRun, uploads: Path) -> list[Sheet]:
    """Every sheet of the sent file that holds something; raises SpreadsheetError."""
    return read_apart(uploads / run.stored_name, run.file_name, Options.of(run.choices).codec)


def chosen_of_run(run: ImportRun, sheets: Sequence[Sheet]) -> Chosen:
    """The table that is imported, with today's choices of the run."""
    return chosen_of(sheets, run.choices.get("sheet", ""), Options.of(run.choices).hidden, wanted_of_run(run))


def read_run(run: ImportRun, uploads: Path) -> Chosen:
    return chosen_of_run(run, sheets_of_run(run, uploads))


def asks_for_sheet(run: ImportRun, sheets: Sequence[Sheet]) -> bool:
    """Whether the person is to say first which sheet is meant."""
    return "sheet" not in run.choices and must_choose(sheets, wanted_of_run(run))


def offer_sheets(session: Session, run: ImportRun, sheets: Sequence[Sheet], state: str) -> None:
    """Remember the sheets that can be chosen, with their rows, and which one is proposed."""
    first = _proposed(session, run, sheets)
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run.id, ImportRun.state == CHECKING)
        .values(state=state, choices={**run.choices, "sheets": offered_sheets(sheets), "proposed": first})
        .execution_options(synchronize_session=False)
    )


def _proposed(session: Session, run: ImportRun, sheets: Sequence[Sheet]) -> str:
    if not is_unassigned(run):
        return proposed(sheets, wanted_of_run(run))
    best = best_sheets(sheets, known_headings(session, KINDS[run.kind], run.by_id))
    return str(best[0]) if len(best) == 1 else ALL


def is_unassigned(run: ImportRun) -> bool:
    """Whether nobody said yet which column is which."""
    return run.template_id is None and not run.choices.get("columns")


def look_first(session: Session, run: ImportRun, sheets: Sequence[Sheet]) -> None:
    """Remember the headings with samples and guesses; the run waits for its person's word (I-9)."""
    kind, choice = KINDS[run.kind], str(run.choices.get("sheet", ""))
    known = known_headings(session, kind, run.by_id)
    visible = [one for one in sheets if not one.hidden] or list(sheets)
    chosen = [sheets[int(choice)]] if choice.isdigit() and int(choice) < len(sheets) else visible
    row = run.choices["heading_row"] - 1 if run.choices.get("heading_row") else None
    found = look_at_all(kind, chosen if choice else chosen[:1], known, row)
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run.id, ImportRun.state == CHECKING)
        .values(state=CHOOSING, choices={**run.choices, "found": found})
        .execution_options(synchronize_session=False)
    )


def choose_again(
    session: Session,
    run: ImportRun,
    changed: Mapping[str, Any],
    template: ImportTemplate | None = None,
    by_hand: bool = False,
) -> bool:
    """Other choices (`sheet`, `heading_row` from 1, `columns`, options), or a template: the file is checked again.

    A template's columns are taken as they are now: it may have been changed for this file. `by_hand`: the columns are
    those of `changed`, and no template's.
    """
    choices: dict[str, Any] = {**run.choices, **changed}
    kept = None if by_hand else run.template_id
    if template is not None:
        choices["columns"] = [column.stored() for column in columns_of(template)]
    moved: Any = session.execute(
        update(ImportRun)
        .where(ImportRun.id == run.id, ImportRun.state.in_((CHOOSING, CHECKED)))
        .values(
            state=CHECKING,
            choices=choices,
            template_id=template.id if template is not None else kept,
            counts={},
            problem=None,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount == 1)


def withdraw_run(session: Session, run_id: int) -> None:
    """A file that was refused as soon as it came is no import."""
    session.execute(delete(ImportRun).where(ImportRun.id == run_id, ImportRun.state == FAILED))


def read_values(run: ImportRun, chosen: Chosen, importing: Importing) -> tuple[Check, ColumnMapping]:
    """The file's rows as values; what the firm has already is not looked at yet."""
    sheet, columns = chosen.sheet, chosen.wanted.columns
    mapping = map_wanted(sheet, chosen.wanted)
    mapping = replace(mapping, unread=unread_headings(sheet, mapping, columns))
    return read_rows(KINDS[run.kind], sheet, columns, mapping, importing), mapping


def leave_out_written(session: Session, check: Check, model: Any, acting: Acting, to: int) -> None:
    """Rows that an earlier piece of this run imported are neither new nor to be changed. They are known by the run's
    moment, which stands in what it made."""
    found = {row.existing for row in check.those(DUPLICATE) if row.existing is not None} if to >= 0 else set()
    own: set[int] = set()
    for part in in_batches(found):
        made = select(model.id).where(model.id.in_(part), model.created_at == acting.now)
        own.update(session.scalars(made.where(model.created_by_id == acting.user_id)))
    for row in check.rows:
        if row.outcome == NEW and row.index <= to:
            row.outcome = DUPLICATE
        if row.existing in own:
            row.existing = None
