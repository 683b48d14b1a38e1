"""What a run reads of its file: the sheet, row and columns that its person chose, and the choices (I-3, I-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.domain.imports.checking import read_rows
from crm.domain.imports.column_guessing import best_sheets, inspect_sheets, known_headings
from crm.domain.imports.declaration import ImportContext
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import ExpectedColumns, TemplateColumn, map_expected, unread_headings
from crm.domain.imports.mapping import Mapping as ColumnMapping
from crm.domain.imports.options import HEADLESS, Options
from crm.domain.imports.placed_columns import are_placed
from crm.domain.imports.rows import Check
from crm.domain.imports.sheets import ALL, ChosenSheet, chosen_of, needs_choice, offered_sheets, proposed_sheet
from crm.domain.imports.templates import columns_of
from crm.models import ImportRun, ImportTemplate
from crm.models.imports import CHECKED, CHECKING, CHOOSING
from crm.spreadsheets.in_subprocess import read_in_subprocess
from crm.spreadsheets.sheet import Sheet


def columns_of_run(run: ImportRun) -> list[TemplateColumn]:
    return [TemplateColumn(*stored) for stored in run.choices["columns"]]


def expected_of_run(run: ImportRun) -> ExpectedColumns:
    if Options.from_values(run.choices).placed:
        return ExpectedColumns(columns_of_run(run), KINDS[run.kind].required, placed=True)
    row = run.choices.get("heading_row")
    if not row and run.template_id is None and run.choices.get("sheet") != ALL:
        row = run.choices.get("found", {}).get("heading_row", -1) + 1
    return ExpectedColumns(columns_of_run(run), KINDS[run.kind].required, row - 1 if row else None)


def sheets_of_run(run: ImportRun, uploads: Path) -> list[Sheet]:
    """Every sheet of the sent file that holds something; raises SpreadsheetError."""
    return read_in_subprocess(uploads / run.stored_name, run.file_name, Options.from_values(run.choices).codec)


def chosen_of_run(run: ImportRun, sheets: Sequence[Sheet]) -> ChosenSheet:
    """The table that is imported, with today's choices of the run."""
    return chosen_of(
        sheets, run.choices.get("sheet", ""), Options.from_values(run.choices).hidden, expected_of_run(run)
    )


def read_run(run: ImportRun, uploads: Path) -> ChosenSheet:
    return chosen_of_run(run, sheets_of_run(run, uploads))


def asks_for_sheet(run: ImportRun, sheets: Sequence[Sheet]) -> bool:
    """Whether the person has to choose a sheet first."""
    return "sheet" not in run.choices and needs_choice(sheets, expected_of_run(run))


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
        return proposed_sheet(sheets, expected_of_run(run))
    best = best_sheets(sheets, known_headings(session, KINDS[run.kind].of_firm(session), run.by_id))
    return str(best[0]) if len(best) == 1 else ALL


def is_unassigned(run: ImportRun) -> bool:
    """Whether no column was assigned to a field yet."""
    return run.template_id is None and not run.choices.get("columns")


def store_first_look(session: Session, run: ImportRun, sheets: Sequence[Sheet], importing: ImportContext) -> None:
    """Remember the headings with samples and guesses; the run waits for its person's word (I-9)."""
    kind, choice = KINDS[run.kind].of_firm(session), str(run.choices.get("sheet", ""))
    known = known_headings(session, kind, run.by_id)
    visible = [sheet for sheet in sheets if not sheet.hidden] or list(sheets)
    chosen = [sheets[int(choice)]] if choice.isdigit() and int(choice) < len(sheets) else visible
    row = run.choices["heading_row"] - 1 if run.choices.get("heading_row") else None
    first_look = inspect_sheets(
        kind, chosen if choice else chosen[:1], known, importing, row, Options.from_values(run.choices).placed
    )
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run.id, ImportRun.state == CHECKING)
        .values(state=CHOOSING, choices={**run.choices, "found": first_look})
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
    template_id = None if by_hand else run.template_id
    if template is not None:
        choices["columns"] = [column.stored() for column in columns_of(template)]
    if are_placed(column[1] for column in choices["columns"]):  # such a template is for such files
        choices["headings"] = HEADLESS
    updated: Any = session.execute(
        update(ImportRun)
        .where(ImportRun.id == run.id, ImportRun.state.in_((CHOOSING, CHECKED)))
        .values(
            state=CHECKING,
            choices=choices,
            template_id=template.id if template is not None else template_id,
            counts={},
            problem=None,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(updated.rowcount == 1)


def read_values(
    session: Session, run: ImportRun, chosen: ChosenSheet, importing: ImportContext
) -> tuple[Check, ColumnMapping]:
    """The file's rows as values, before known records are looked up."""
    sheet, columns = chosen.sheet, chosen.expected.columns
    mapping = map_expected(sheet, chosen.expected)
    mapping = replace(mapping, unread=unread_headings(sheet, mapping, columns))
    return read_rows(KINDS[run.kind].of_firm(session), sheet, columns, mapping, importing), mapping
