"""What the pages of the import share: one view for every kind, the folder of sent files, long work."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, url_for
from sqlalchemy import select

from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.options import Options
from crm.domain.imports.placed_columns import heading_in
from crm.domain.imports.results import Result
from crm.domain.imports.runs import import_context, runs_seen_by
from crm.domain.imports.sent_files import folder_in
from crm.domain.imports.start_templates import name_in
from crm.extensions import db
from crm.jobs.imports import stored_result
from crm.models import ImportRun, ImportTemplate, LongTask
from crm.web.access import View, actor, one_or_404, own_transaction, requires, rights
from crm.web.background_work import run_inline, run_with_short_wait
from crm.web.language import choose_language

SMALL = 500
"""Files of so many rows are worked on within the request."""


@dataclass(frozen=True)
class Address:
    """A view of each kind of import, under an address and a right of its own."""

    rule: str
    name: str
    method: str
    views: bool
    long: bool
    view: Callable[..., Any]


_addresses: list[Address] = []


def each_kind(
    rule: str, name: str, method: str = "GET", views: bool = False, long: bool = False
) -> Callable[[View], View]:
    """The view for every kind of import, each under its own address and right; it gets the kind first.

    `views`: looking is enough. `long`: it reads or waits long and opens its writing transaction itself.
    """

    def add(view: View) -> View:
        _addresses.append(Address(rule, name, method, views, long, view))
        return view

    return add


def make_blueprint() -> Blueprint:
    """The pages of all kinds that there are when the app is made."""
    blueprint = Blueprint("imports", __name__)
    for kind in KINDS.values():
        for address in _addresses:
            view = requires(kind.view if address.views else kind.save)(_for_kind(kind, address.view))
            endpoint = f"{kind.key}_{address.name}" if address.name else kind.key
            view = own_transaction(view) if address.long else view
            blueprint.add_url_rule(f"/imports/{kind.key}{address.rule}", endpoint, view, methods=[address.method])
    return blueprint


def _for_kind(kind: ImportKind, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def of_kind(**values: Any) -> Any:
        return view(kind.of_firm(db.session()), **values)

    return of_kind


def to(kind: ImportKind, name: str, **values: Any) -> str:
    return url_for(f"imports.{kind.key}_{name}" if name else f"imports.{kind.key}", **values)


def template_name(template: ImportTemplate) -> str:
    return name_in(template, choose_language())


def heading_words(heading: str) -> str:
    """A heading for the reader: a column that is named by its place, in their language."""
    return heading_in(heading, choose_language())


def template_or_404(kind: ImportKind, id: int) -> ImportTemplate:
    statement = select(ImportTemplate).where(ImportTemplate.id == id, ImportTemplate.kind == kind.key)
    template: ImportTemplate = one_or_404(statement.where(ImportTemplate.deleted_at.is_(None)))
    return template


def run_or_404(kind: ImportKind, id: int) -> ImportRun:
    """The person's own run; administrators may look at everybody's."""
    run: ImportRun = one_or_404(runs_seen_by(rights(), kind).where(ImportRun.id == id))
    return run


def own_run_or_404(kind: ImportKind, id: int) -> ImportRun:
    """Only the person who sent the file imports it."""
    run: ImportRun = one_or_404(
        runs_seen_by(rights(), kind).where(ImportRun.id == id, ImportRun.by_id == actor().user_id)
    )
    return run


def importing(options: Options | None = None) -> ImportContext:
    return import_context(db.session(), options or Options(), actor())


def uploads() -> Path:
    """The folder of the files that were sent."""
    return folder_in(Path(current_app.config["CRM_INSTANCE"]))


def result_of(run: ImportRun) -> Result | None:
    """What the check found, where it is still there."""
    return stored_result(run, uploads())


def begin_work(task: LongTask, rows: int | None = None) -> None:
    """Do the committed task: now for a small file, else in the background.

    A file that nobody has read yet (`rows` None) waits in line there: one is read at a time.
    """
    if rows is not None and rows <= SMALL:
        run_inline(task)
    else:
        run_with_short_wait(task)
