"""Who may ask for an address: denied unless the view declares it (A-7)."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import Response, abort, current_app, g, request, url_for
from flask_login import current_user
from sqlalchemy import Select

from crm.domain.accounts.own_sessions import record_activity
from crm.entities import policy
from crm.entities.change_log import ACTOR
from crm.entities.entity import Entity
from crm.entities.record_saving import Actor
from crm.entities.registry import entity
from crm.extensions import db
from crm.models import Rights
from crm.models.engine import is_read_only
from crm.models.permissions import Right
from crm.web.firm_settings import settings
from crm.web.request_clock import now
from crm.web.respond import go

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, SIGNED_IN = "public", "signed_in"
FREE_OF_PASSWORD_CHANGE = frozenset({"office.password", "auth.logout", "auth.language", "static"})


def requires(*permissions: Right) -> Callable[[View], View]:
    """The view is for people who hold one of the permissions."""

    def mark(view: View) -> View:
        view.access = permissions  # type: ignore[attr-defined]
        return view

    return mark


def requires_one_of(permissions: Callable[[], Iterable[Right]]) -> Callable[[View], View]:
    """The same for rights that are looked up when the view is asked for: those of all kinds of record."""

    def mark(view: View) -> View:
        view.access = lambda: tuple(dict.fromkeys(permissions()))  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """The view is for everybody, signed in or not."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """The view is for everybody who is signed in."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def unattended(view: View) -> View:
    """The view is asked for by a page itself: that is no sign that somebody sits before it (L-7, W-9)."""
    view.unattended = True  # type: ignore[attr-defined]
    return view


def own_transaction(view: View) -> View:
    """The view computes or waits long: it begins by reading and opens its write itself (`writing`)."""
    view.own_transaction = True  # type: ignore[attr-defined]
    return view


def declared_access(endpoint: str) -> Any:
    access = getattr(current_app.view_functions[endpoint], "access", None)
    return access() if callable(access) else access


def check_access() -> Response | None:
    """Before every request: default deny, then login, then the verb."""
    if request.endpoint is None:
        return None
    access = declared_access(request.endpoint)
    if access == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]
    db.session().info[ACTOR] = actor
    if request.method == "POST" and not is_read_only():
        user = current_user._get_current_object()
        record_activity(db.session(), user.get_id(), user.last_sent_at, now())
    if current_user.must_change_password and request.endpoint not in FREE_OF_PASSWORD_CHANGE:
        return go(url_for("office.password"))
    if access == SIGNED_IN:
        return None
    if not access or not any(rights().may(permission) for permission in access):
        abort(403)
    return None


def rights() -> Rights:
    current: Rights = current_user.rights
    return current


def may(permission: Right) -> bool:
    user = current_user._get_current_object()
    return bool(user.is_authenticated) and user.rights.may(permission)


def check_may(permission: Right) -> None:
    if not rights().may(permission):
        abort(403)


def actor() -> Actor:
    """The person of this request as the domain's verbs want it."""
    return Actor(rights(), now(), settings().zone, (request.remote_addr or "")[:60])


def one_or_404(statement: Select[Any]) -> Any:
    """The record, or 404: a record out of scope answers as if it did not exist."""
    record = db.session.scalars(statement.limit(1)).first()
    if record is None:
        abort(404)
    return record


def get_or_404(kind: Entity | str, record_id: int, action: str = policy.VIEW) -> Any:
    """The record, if the person may do this with it; 404 where they may not see it, else 403 with the reason."""
    record = policy.get_for(db.session(), actor(), kind, record_id, action)
    g.shown_record = (kind if isinstance(kind, str) else kind.key, record_id)
    return record


def get_to_add(kind: str, parent: str, record_id: int) -> Any:
    """The record of the kind `parent`, if the person may add one of `kind` to it."""
    parent_record = get_or_404(parent, record_id)
    policy.check_add(db.session(), actor(), kind, parent_record)
    return parent_record


def can(action: str, record: Any) -> bool:
    """Whether the person may do this with the record now: what a page offers."""
    return policy.can(db.session(), actor(), action, record)


def can_add(kind: str, parent: Any = None) -> bool:
    """Whether the person may make a record of the kind, one that belongs to `parent`."""
    return policy.can_add(db.session(), actor(), kind, parent)


def may_do(kind: str, verb: str) -> bool:
    """Whether the person holds a verb of the kind's function at all: `products`, `cost`."""
    return may(entity(kind).permission(verb))
