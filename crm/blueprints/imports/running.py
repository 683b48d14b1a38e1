"""The check of a sent file, and the import itself (I-3, I-4, I-6)."""

from typing import Any

from flask import abort, send_file
from flask_babel import gettext as _

from crm.blueprints.imports.desk import each_kind, imports, own_run_or_404, run_or_404, to, work
from crm.blueprints.imports.workbook import marked_file
from crm.domain.errors import DomainError
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.options import ALL_OR_NONE, CHOICES, LABELS, SKIP, Options
from crm.domain.imports.results import Result
from crm.domain.imports.rows import Issue
from crm.domain.imports.runs import claim, problem_of, read_run
from crm.extensions import db
from crm.models import ImportRun
from crm.models.imports import CHECKED, CHECKING, RUNNING
from crm.web.access import rights
from crm.web.errors import say
from crm.web.log import writing
from crm.web.respond import go, page
from crm.web.table.export import XLSX

SHOWN_ISSUES = 200
REFRESH_SECONDS = "2"


@each_kind("/runs/<int:id>", "run", views=True)
def show(kind: ImportKind, id: int) -> Any:
    """Where the run stands: under way (the page fetches itself again), checked, done, or not done and why."""
    run = run_or_404(kind, id)
    busy = run.state in (CHECKING, RUNNING)
    result = None if busy else imports().result(run)
    problem = problem_of(run)
    answer = page(
        "imports/run.html",
        kind=kind,
        to=to,
        run=run,
        busy=busy,
        percent=run.counts.get("progress", 0),
        problem=say(problem) if problem else "",
        result=result,
        wrong=[shown(i) for i in (result.issues if result else []) if i.wrong][:SHOWN_ISSUES],
        warnings=[shown(i) for i in (result.issues if result else []) if not i.wrong][:SHOWN_ISSUES],
        chosen=chosen(kind, run),
        startable=result is not None and startable(run, result),
    )
    if busy:
        answer.headers["Refresh"] = REFRESH_SECONDS
    return answer


def shown(issue: Issue) -> dict[str, Any]:
    said = say(DomainError(issue.message, **issue.values))
    return {"row": issue.row + 1, "heading": issue.heading, "value": issue.value, "reason": said}


def chosen(kind: ImportKind, run: ImportRun) -> list[tuple[str, str]]:
    options = Options.of(run.choices).stored()
    return [
        (_(LABELS[name]), _(dict(choices)[options[name]]))
        for name, choices in CHOICES.items()
        if (name != "owner" or kind.has_owner) and name != "encoding"
    ]


def startable(run: ImportRun, result: Result) -> bool:
    """Whether there is something that could be imported."""
    options, counts = Options.of(run.choices), result.counts
    if run.state != CHECKED or run.by_id != rights().user_id:
        return False
    if options.wrong == ALL_OR_NONE and counts["wrong"]:
        return False
    return bool(counts["new"] or (counts["duplicate"] and options.duplicates != SKIP))


@each_kind("/runs/<int:id>/errors", "errors", views=True)
def errors(kind: ImportKind, id: int) -> Any:
    run = run_or_404(kind, id)
    result = imports().result(run)
    if result is None or not (imports().uploads / run.stored_name).exists():
        abort(404)
    name = run.file_name.rpartition(".")[0] or run.file_name
    marked = marked_file(run, read_run(run, imports().uploads), result)
    return send_file(marked, XLSX, as_attachment=True, download_name=f"{name}-{_('marked')}.xlsx")


@each_kind("/runs/<int:id>/start", "start")
def start(kind: ImportKind, id: int) -> Any:
    """【開始導入】: the question whether the database is to be changed."""
    run = own_run_or_404(kind, id)
    result = imports().result(run)
    if result is None or not startable(run, result):
        return go(to(kind, "run", id=run.id))
    return page("imports/start.html", kind=kind, to=to, run=run, result=result)


@each_kind("/runs/<int:id>/start", "begin", "POST", long=True)
def begin(kind: ImportKind, id: int) -> Any:
    """【是】: only the first of several clicks begins it."""
    run = own_run_or_404(kind, id)
    result = imports().result(run)
    if result is not None and startable(run, result):
        with writing():
            claimed = claim(db.session(), run.id, CHECKED, RUNNING)
        if claimed:
            work(run, result.counts["rows"], imports().apply)
    return go(to(kind, "run", id=id))
