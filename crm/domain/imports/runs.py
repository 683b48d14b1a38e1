"""The states of one imported file: sent, checked, begun, done; and what is stored about it (I-3, I-6)."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, true, update
from sqlalchemy.orm import Session

from crm.domain.imports.declaration import ImportContext, ImportKind, Progress, no_progress
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import HEADLESS, Options
from crm.domain.imports.placed_columns import are_placed
from crm.domain.imports.rows import DUPLICATE, NEW, Check
from crm.domain.platform.settings import read_settings
from crm.entities.batches import in_batches
from crm.entities.lookups import Lookups
from crm.entities.record_saving import Actor
from crm.errors import DomainError, NotAllowed, storable
from crm.fields import Context
from crm.i18n import N_
from crm.models import ImportRun, ImportTemplate, Rights, User, rights_of
from crm.models.imports import CHECKED, CHECKING, FAILED, RUNNING

MAX_FILE_NAME_LENGTH = 200
NO_RIGHT = N_("You no longer have permission to import these, so nothing was saved.")

ADMINISTRATORS = N_("Only administrators can import past contact records and orders.")
NOT_SAVABLE = N_("You do not have permission to save such records, so you cannot import them.")


def new_stored_name() -> str:
    """An own name for a sent file; nothing of the sender's name is in it (hostile case 45)."""
    return secrets.token_hex(16)


def shown_file_name(sent: str) -> str:
    """The sender's name for the file, only to be shown: without folders and what cannot be seen."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:MAX_FILE_NAME_LENGTH] or "?"


def begin_run(
    session: Session,
    template: ImportTemplate | None,
    columns: Sequence[TemplateColumn],
    file_name: str,
    stored_name: str,
    options: Options,
    actor: Actor,
    kind: ImportKind | None = None,
) -> ImportRun:
    """Save a run for a sent file that is to be checked, with the template's columns: it may be changed later.

    Without a template (`kind` is then needed) its person says first which column is which. Raises NotAllowed for who
    could not save the records one by one either.
    """
    kind = kind or KINDS[template.kind if template is not None else ""]
    refusal = import_refusal(kind, actor.rights)
    if refusal is not None:
        raise refusal
    if are_placed(column.heading for column in columns):  # such a template is for such files
        options = replace(options, headings=HEADLESS)
    run = ImportRun(
        kind=kind.key,
        template_id=template.id if template is not None else None,
        file_name=shown_file_name(file_name),
        stored_name=stored_name,
        state=CHECKING,
        choices={**options.stored(), "columns": [c.stored() for c in columns], "address": actor.address},
        counts={},
        by_id=actor.user_id,
        started_at=actor.now,
    )
    session.add(run)
    session.flush()
    return run


def import_refusal(kind: ImportKind, rights: Rights) -> NotAllowed | None:
    """Why the person may not import these: the import's own right, or the records'. None where they may."""
    if not rights.may(kind.save):
        return NotAllowed(NO_RIGHT)
    if kind.administrators and not rights.administrator:
        return NotAllowed(ADMINISTRATORS)
    if not any(rights.may(permission) for permission in kind.saves):
        return NotAllowed(NOT_SAVABLE)
    return None


def check_may_import(kind: str, actor: Actor) -> None:
    """Raises NotAllowed where the person may not import such records."""
    refusal = import_refusal(KINDS[kind], actor.rights)
    if refusal is not None:
        raise refusal


def runs_seen_by(rights: Rights, kind: ImportKind) -> Select[tuple[ImportRun]]:
    """A run is its person's; administrators may look at all (I-7)."""
    is_own = ImportRun.by_id == rights.user_id
    runs: Select[tuple[ImportRun]] = select(ImportRun)
    return runs.where(ImportRun.kind == kind.key, true() if rights.administrator else is_own)


def claim_run(session: Session, run_id: int, before: str, after: str) -> bool:
    """Move the run to the next state, if it still is in the one before; False for everybody who comes second."""
    updated: Any = session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state == before)
        .values(state=after)
        .execution_options(synchronize_session=False)
    )
    return bool(updated.rowcount == 1)


def fail_run(session: Session, run_id: int, problem: DomainError, now: datetime, state: str = FAILED) -> None:
    """End the run with the reason of its failure."""
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


def actor_of_run(session: Session, run: ImportRun, now: datetime) -> Actor:
    """The run's person with today's rights. Raises NotAllowed where the right was lost (hostile case 12)."""
    user = session.get(User, run.by_id)
    if user is None or not user.is_active:
        raise NotAllowed(NO_RIGHT)
    rights = rights_of(session, user)
    refusal = import_refusal(KINDS[run.kind], rights)
    if refusal is not None:
        raise refusal
    return Actor(rights, now, read_settings(session).zone, run.choices.get("address", ""))


def import_context(
    session: Session,
    options: Options,
    actor: Actor,
    progress: Progress = no_progress,
    row_choices: Mapping[str, str] | None = None,
) -> ImportContext:
    firm = read_settings(session)
    context = Context(firm.zone, Lookups(session), firm_currency=firm.currency, firm_decimals=firm.decimals)
    chosen = {int(row): choice for row, choice in (row_choices or {}).items()}
    return ImportContext(actor, options, context, firm.duplicate_fields, progress, chosen)


def discard_run(session: Session, run_id: int) -> None:
    """Remove the run of a file that was refused at once."""
    session.execute(delete(ImportRun).where(ImportRun.id == run_id, ImportRun.state == FAILED))


def skip_written_rows(session: Session, check: Check, model: Any, actor: Actor, to: int) -> None:
    """Skip the rows that an earlier step of this run imported. They are known by the run's
    moment, which stands in what it made."""
    record_ids = {row.existing for row in check.rows_with(DUPLICATE) if row.existing is not None} if to >= 0 else set()
    own: set[int] = set()
    for part in in_batches(record_ids):
        made_by_run = select(model.id).where(model.id.in_(part), model.created_at == actor.now)
        own.update(session.scalars(made_by_run.where(model.created_by_id == actor.user_id)))
    for row in check.rows:
        if row.outcome == NEW and row.index <= to:
            row.outcome = DUPLICATE
        if row.existing in own:
            row.existing = None
