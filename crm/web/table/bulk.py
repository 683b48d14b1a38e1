"""Doing something with several ticked rows: asked first, selected again, and told honestly (C-6)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from crm.domain.errors import DomainError
from crm.domain.saving import Acting
from crm.extensions import db
from crm.models import Permission
from crm.web.access import acting, check_may, rights
from crm.web.errors import say
from crm.web.respond import go, page
from crm.web.sessions import safe_next
from crm.web.table.declaration import Table

MOST_AT_ONCE = 500


@dataclass(frozen=True)
class BulkAction:
    """One action on ticked rows. `verb` works on one record and raises DomainError where it may not.

    `question`, `done` and `left` are message ids with %(count)s.
    """

    name: str
    label: str
    permission: Permission
    verb: Callable[[Session, Any, Acting], None]
    question: str
    done: str
    danger: bool = False


def bulk_page(table: Table, back: str) -> Any:
    """Ask, then do: each record in a savepoint of its own; what is refused is counted with its reason."""
    action = next((a for a in table.bulk if a.name == request.form.get("action")), None)
    back = safe_next(request.form.get("next")) if request.form.get("next") else back
    ids = ticked()
    if action is None or not ids:
        flash(_("Please tick the rows first."), "warning")
        return go(back)
    check_may(action.permission)
    if not request.form.get("confirmed"):
        question = _(action.question, count=len(ids))
        return page("layout/bulk.html", table=table, action=action, ids=ids, question=question, back=back)
    done, refused = do_bulk(table, action, ids)
    flash(_(action.done, count=done), "done" if done else "warning")
    for reason, count in refused.items():
        flash(_("%(count)s left out: %(reason)s", count=count, reason=reason), "warning")
    return go(back)


def ticked() -> list[int]:
    found = [int(v) for v in request.form.getlist("ids") if v.isascii() and v.isdigit() and len(v) < 10]
    return list(dict.fromkeys(found))[:MOST_AT_ONCE]


def do_bulk(table: Table, action: BulkAction, ids: list[int]) -> tuple[int, Counter[str]]:
    """How many were done, and why others were not. Rows are selected again through the person's rights."""
    model = table.model
    seen = {r.id: r for r in db.session.scalars(model.visible_to(rights()).where(model.id.in_(ids)))}
    done, refused = 0, Counter[str]()
    for record_id in ids:
        if record_id not in seen:
            refused[_("It is not there any more, or not yours to see.")] += 1
            continue
        try:
            with db.session.begin_nested():
                action.verb(db.session(), seen[record_id], acting())
            done += 1
        except DomainError as error:
            refused[say(error)] += 1
    return done, refused


def bulk_url(table: Table) -> str:
    return url_for(table.bulk_endpoint) if table.bulk_endpoint else ""
