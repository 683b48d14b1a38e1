"""The page of an import: where to begin, and 導入歷史, what was imported lately (I-7)."""

from typing import Any

from crm.blueprints.imports.shared import each_kind, to
from crm.blueprints.imports.undoing import undoable
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.runs import import_refusal, runs_seen_by
from crm.extensions import db
from crm.models import ImportRun
from crm.web.access import rights
from crm.web.errors import error_text
from crm.web.respond import page

SHOWN_RUNS = 20


@each_kind("", "", views=True)
def home(kind: ImportKind) -> Any:
    """導入客戶, 導入聯繫人: where to begin, and 導入歷史: what was imported lately."""
    return show_home(kind)


def show_home(kind: ImportKind, error: str = "") -> Any:
    statement = runs_seen_by(rights(), kind).order_by(ImportRun.started_at.desc(), ImportRun.id.desc())
    runs = list(db.session.scalars(statement.limit(SHOWN_RUNS)))
    refusal = import_refusal(kind, rights())
    return page(
        "imports/index.html",
        422 if error else 200,
        kind=kind,
        to=to,
        runs=runs,
        undoable=undoable(kind, runs),
        refusal=error_text(refusal) if refusal else "",
        error=error,
    )
