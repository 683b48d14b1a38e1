"""Sending a file: alone, or by a template (I-3, I-9)."""

from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage

from crm.blueprints.imports.history import show_home
from crm.blueprints.imports.offers import chosen_options, offered
from crm.blueprints.imports.shared import (
    begin_work,
    each_kind,
    heading_words,
    template_name,
    template_or_404,
    to,
    uploads,
)
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.options import LABELS, Options, unavailable_choices
from crm.domain.imports.runs import (
    begin_run,
    discard_run,
    import_refusal,
    new_stored_name,
    problem_of,
)
from crm.domain.imports.templates import columns_of
from crm.errors import DomainError
from crm.extensions import db
from crm.jobs.imports import CHECK, queue_import
from crm.models import ImportRun, ImportTemplate, LongTask
from crm.models.imports import FAILED
from crm.spreadsheets.reading import check_size
from crm.web.access import actor, rights
from crm.web.errors import error_text
from crm.web.log import short_transaction
from crm.web.request_bodies import takes_files
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@each_kind("/file", "send_first", "POST", long=True)
@takes_files
def send_first(kind: ImportKind) -> Any:
    """【導入】 of the file alone: which column is which is asked next (I-9)."""
    return accept_file(kind, None, chosen_options(kind), lambda error: show_home(kind, error))


@each_kind("/templates/<int:id>/file", "file")
def file(kind: ImportKind, id: int) -> Any:
    return show(kind, template_or_404(kind, id), Options())


@each_kind("/templates/<int:id>/file", "send", "POST", long=True)
@takes_files
def send(kind: ImportKind, id: int) -> Any:
    """【導入】: the file is read and its headings looked for; then it is checked row by row."""
    template = template_or_404(kind, id)
    options = chosen_options(kind)
    return accept_file(kind, template, options, lambda error: show(kind, template, options, error))


def accept_file(
    kind: ImportKind, template: ImportTemplate | None, options: Options, show_again: Callable[[str], Any]
) -> Any:
    """Read the sent file; where it is refused at once, `show_again` shows the form with the reason."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return show_again(_("Please choose a file."))
    try:
        run, task = store_file(kind, template, sent, options)
    except DomainError as problem:
        return show_again(error_text(problem))
    begin_work(task)
    refusal = discard_if_refused(run.id)
    return show_again(error_text(refusal)) if refusal else go(to(kind, "run", id=run.id))


def store_file(
    kind: ImportKind, template: ImportTemplate | None, sent: FileStorage, options: Options
) -> tuple[ImportRun, LongTask]:
    """Store the file under a name of our own and queue its check."""
    stored_name = new_stored_name()
    path = uploads() / stored_name
    columns = columns_of(template) if template is not None else []
    try:
        sent.save(path)
        check_size(path)
        with short_transaction():
            session, by = db.session(), actor()
            run = begin_run(session, template, columns, sent.filename or "", stored_name, options, by, kind)
            return run, queue_import(session, CHECK, run, by)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def discard_if_refused(run_id: int) -> DomainError | None:
    """Delete a run whose file cannot be read at all, and its file; returns why. None where it is being checked."""
    run = db.session.get_one(ImportRun, run_id)
    db.session.refresh(run)
    problem = problem_of(run) if run.state == FAILED else None
    if problem is not None:
        (uploads() / run.stored_name).unlink(missing_ok=True)
        with short_transaction():
            discard_run(db.session(), run_id)
    return problem


def show(kind: ImportKind, template: ImportTemplate, options: Options, error: str = "") -> Any:
    choices = [
        (name, _(LABELS[name]), choices)
        for name, choices in offered(kind).items()
        if name not in ("totals", "headings")
    ]
    return page(
        "imports/file.html",
        422 if error else 200,
        kind=kind,
        to=to,
        record=template,
        heading_words=heading_words,
        name=template_name(template),
        choices=choices,
        options=options.stored(),
        notes=unavailable_choices(rights(), kind.lists, kind.has_owner)[1],
        refusal=error_text(refusal) if (refusal := import_refusal(kind, rights())) else "",
        error=error,
    )
