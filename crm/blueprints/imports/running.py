"""The check of a sent file, and the import itself (I-3, I-4, I-6)."""

from dataclasses import dataclass
from typing import Any

from flask import abort, request, send_file, url_for

from crm.blueprints.imports.choosing import ONLY_IF_FOUND, ChoicesForm
from crm.blueprints.imports.shared import (
    begin_work,
    each_kind,
    heading_words,
    own_run_or_404,
    result_of,
    run_or_404,
    to,
    uploads,
)
from crm.blueprints.imports.undoing import outcome_words, undoable
from crm.blueprints.imports.workbook import issue_heading, marked_file
from crm.domain.imports.column_guessing import LEFT_OUT
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import ADD, ALL_OR_NONE, CHOICES, LABELS, SKIP, Options
from crm.domain.imports.remedies import unlisted_columns
from crm.domain.imports.results import SHOWN_VALUES, IssueGroup, Result
from crm.domain.imports.run_files import choose_again, read_run
from crm.domain.imports.runs import claim_run, problem_of
from crm.domain.imports.templates import save_template
from crm.domain.imports.undoing import Outcome
from crm.errors import DomainError
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.import_undo import UNDO
from crm.jobs.imports import CHECK, IMPORT, queue_import
from crm.models import ImportRun, LongTask
from crm.models.imports import CHECKED, CHECKING, CHOOSING, RUNNING, UNDOING
from crm.spreadsheets.writing import XLSX
from crm.web.access import actor, rights
from crm.web.background_work import run_with_short_wait
from crm.web.errors import error_text
from crm.web.log import short_transaction
from crm.web.long_work import WorkDisplay, progress_of, refreshing, set_display
from crm.web.respond import go, page
from crm.web.translation import gettext as _

SHOWN_LINES = 200
PREPARED_CHOICES = ("headings",)
"""What a link to the page may have chosen already; nothing is done before the form is sent."""
BUSY = (CHECKING, RUNNING, UNDOING)


@dataclass(frozen=True)
class MessageSummary:
    """The lines of errors or warnings that are shown, and how many there are."""

    lines: list[dict[str, Any]]
    count: int


@each_kind("/runs/<int:id>", "run", views=True)
def show(kind: ImportKind, id: int) -> Any:
    """Where the run stands: under way (the page fetches itself again), checked, done, or not done and why."""
    run = run_or_404(kind, id)
    task = db.session.get(LongTask, run.task_id) if run.task_id else None
    if run.state in BUSY and task is not None:
        run_with_short_wait(task)
        run = run_or_404(kind, id)
    return shown_run(kind, run)


def shown_run(kind: ImportKind, run: ImportRun, form: ChoicesForm | None = None) -> Any:
    task = db.session.get(LongTask, run.task_id) if run.task_id else None
    busy = run.state in BUSY and task is not None
    result = None if busy or run.state == CHOOSING else result_of(run)
    problem = problem_of(run)
    changeable = run.state in (CHOOSING, CHECKED) and run.by_id == rights().user_id
    prepared = {k: v for k, v in request.args.items() if k in PREPARED_CHOICES} if changeable else {}
    shown = (form or ChoicesForm(kind, run, result, prepared)) if changeable else None
    answer = page(
        "imports/run.html",
        422 if form is not None else 200,
        kind=kind,
        to=to,
        run=run,
        task=task,
        progress=progress_of(task, to(kind, "run", id=run.id)) if busy and task is not None else None,
        problem=error_text(problem) if problem else "",
        result=result,
        wrong=summarise_messages(result, wrong=True),
        warnings=summarise_messages(result, wrong=False),
        chosen=chosen(kind, run),
        startable=result is not None and startable(run, result),
        undoable=run.id in undoable(kind, [run]),
        undone=undone_of(run),
        fields=shown.fields(problem) if shown is not None else [],
        assigning=shown.assigning if shown is not None and shown.assigning.shown else None,
        form=shown or form,
        prepared=bool(prepared) and form is None,
        remedies=remedies(kind, run, result, shown) if shown is not None and result is not None else [],
        options=Options.from_values(run.choices),
        heading_words=heading_words,
    )
    return refreshing(answer) if busy else answer


def remedies(kind: ImportKind, run: ImportRun, result: Result, form: ChoicesForm) -> list[dict[str, Any]]:
    """What helps where a column's values are not in their list: buttons that make that one choice and check again."""
    numbers = {column.heading: f"column-{column.number}" for column in form.assigning.shown}
    remedies_shown = []
    for column in unlisted_columns(result, kind, rights()):
        choices = []
        if column.addable and run.choices.get("unknown") != ADD:
            choices.append((_("Add to the dictionary"), "unknown", ADD))
        if column.optional and column.heading in numbers:
            choices.append((_("Do not import this column"), numbers[column.heading], LEFT_OUT))
        remedies_shown.append({"heading": heading_words(column.heading), "count": column.count, "choices": choices})
    return remedies_shown


def undone_of(run: ImportRun) -> dict[str, Any] | None:
    """What an undo has done, in words."""
    if "undone" not in run.counts:
        return None
    return {"by": run.counts.get("undone_by"), **outcome_words(Outcome.of(run.counts["undone"]))}


def summarise_messages(result: Result | None, wrong: bool) -> MessageSummary:
    """Each error once, with its rows, its field as the file and as the program call it, and the value."""
    lines = result.lines(wrong) if result is not None else []
    return MessageSummary([shown(line, result) for line in lines[:SHOWN_LINES] if result is not None], len(lines))


def shown(line: IssueGroup, result: Result) -> dict[str, Any]:
    issue, values = line.issue, line.values[:SHOWN_VALUES]
    return {
        "rows": result.rows_of(line.rows),
        "count": len(line.rows),
        "field": issue_heading(issue),
        "value": "、".join(v for v in values if v) + ("…" if len(line.values) > len(values) else ""),
        "reason": error_text(DomainError(issue.message, **issue.values)),
    }


@each_kind("/runs/<int:id>/choices", "choices", "POST", long=True)
def choose(kind: ImportKind, id: int) -> Any:
    """【重新檢查】: the same file with another template, sheet, row of headings, or in another way."""
    run = own_run_or_404(kind, id)
    if run.state not in (CHOOSING, CHECKED):
        return go(to(kind, "run", id=id))
    form = ChoicesForm(kind, run, result_of(run) if run.state == CHECKED else None)
    changed, template = form.read()
    if form.errors:
        return shown_run(kind, run, form)
    with short_transaction():
        if form.kept_as and changed.get("columns"):
            columns = [TemplateColumn(*stored) for stored in changed["columns"]]
            template = save_template(db.session(), None, kind, form.kept_as, columns, actor())
        is_checked_again = choose_again(db.session(), run, changed, template, form.by_hand)
        task = queue_import(db.session(), CHECK, run, actor()) if is_checked_again else None
    if task is not None:
        begin_work(task)
    return go(to(kind, "run", id=id))


def chosen(kind: ImportKind, run: ImportRun) -> list[tuple[str, str]]:
    options = Options.from_values(run.choices).stored()
    return [
        (_(LABELS[name]), _(dict(choices)[options[name]]))
        for name, choices in CHOICES.items()
        if (name != "owner" or kind.has_owner) and name not in ONLY_IF_FOUND
    ]


def startable(run: ImportRun, result: Result) -> bool:
    """Whether there is something that could be imported."""
    options, counts = Options.from_values(run.choices), result.counts
    if run.state != CHECKED or run.by_id != rights().user_id:
        return False
    if options.wrong == ALL_OR_NONE and counts["wrong"]:
        return False
    changing = {options.duplicates, *run.choices.get("rows", {}).values()} - {SKIP}
    return bool(counts["new"] or (counts["duplicate"] and changing))


@each_kind("/runs/<int:id>/errors", "errors", views=True)
def errors(kind: ImportKind, id: int) -> Any:
    run = run_or_404(kind, id)
    result = result_of(run)
    if result is None or not (uploads() / run.stored_name).exists():
        abort(404)
    name = run.file_name.rpartition(".")[0] or run.file_name
    marked = marked_file(run, read_run(run, uploads()).sheet, result)
    return send_file(marked, XLSX, as_attachment=True, download_name=f"{name}-{_('marked')}.xlsx")


@each_kind("/runs/<int:id>/start", "start")
def start(kind: ImportKind, id: int) -> Any:
    """【開始導入】: the question whether the database is to be changed."""
    run = own_run_or_404(kind, id)
    result = result_of(run)
    if result is None or not startable(run, result):
        return go(to(kind, "run", id=run.id))
    return page("imports/start.html", kind=kind, to=to, run=run, result=result, chosen=chosen(kind, run))


@each_kind("/runs/<int:id>/start", "begin", "POST", long=True)
def begin(kind: ImportKind, id: int) -> Any:
    """【是】: only the first of several clicks begins it."""
    run = own_run_or_404(kind, id)
    result = result_of(run)
    if result is not None and startable(run, result):
        with short_transaction():
            claimed = claim_run(db.session(), run.id, CHECKED, RUNNING)
            task = queue_import(db.session(), IMPORT, run, actor()) if claimed else None
        if task is not None:
            begin_work(task, result.counts["rows"])
    return go(to(kind, "run", id=id))


def target_url(task: LongTask) -> str:
    """The page of the run tells the end; of a file that was refused at once, there is none."""
    run = db.session.get(ImportRun, task.payload["run"])
    return to(KINDS[run.kind], "run", id=run.id) if run is not None else url_for("workbench.show")


def back(task: LongTask) -> tuple[str, str]:
    run = db.session.get(ImportRun, task.payload["run"])
    return (target_url(task), run.file_name) if run is not None else (target_url(task), "")


def title(task: LongTask) -> str:
    return back(task)[1]


for work, doing in (
    (CHECK, N_("The file is being checked.")),
    (IMPORT, N_("The rows are being imported.")),
    (UNDO, N_("The import is being undone.")),
):
    set_display(work, WorkDisplay(title=title, doing=doing, back=back, target_url=target_url))
