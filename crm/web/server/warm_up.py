"""What the first person would otherwise wait for: templates, and the pages of the menu.

Compiled templates are kept in the folder, so that only the first start after a change compiles them. The pages of the
menu are made once for those who were here last: their statements, the dictionaries and the words are then in memory.
Nobody waits for it: after the login page it goes on in the pauses, when no request is under way. Python does one
thing at a time, and a page that is made beside this took more than twice as long.
"""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Event, Thread

from flask import Flask, url_for
from flask_login import login_user
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import select

from crm.extensions import db
from crm.models import Customer, LoginSession, User, rights_of
from crm.models.engine import read_only
from crm.web.menu import menu
from crm.web.page_times import UNMEASURED

log = logging.getLogger("crm")

PAUSE = 0.3
"""Seconds without any request, after which it goes on."""
LOOK_SECONDS = 0.05
PEOPLE = 2
REPORTS = ("reports", "customer_reports", "sales_reports")
"""Groups of the menu whose pages look at a whole year of everything, and which few people open."""
TYPED = "電a"
"""Searched for, so that the tables of characters and sounds are there."""
Step = Callable[[], object]


class KeptTemplates(FileSystemBytecodeCache):
    """A full disk is no reason not to show a page."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def warm_up(app: Flask, is_quiet: Callable[[float], bool]) -> Thread:
    """The login page now; the rest by the thread that is returned, while the server `is_quiet` for some seconds."""
    _keep_templates(app)
    steps = _steps(app)
    _try(next(steps))
    thread = Thread(target=_finish, args=(steps, is_quiet), name="crm-warming", daemon=True)
    thread.start()
    return thread


def _keep_templates(app: Flask) -> None:
    folder = Path(app.config["CRM_INSTANCE"]) / "cache" / "templates"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        app.jinja_env.bytecode_cache = KeptTemplates(str(folder), "%s")


def _finish(steps: Iterator[Step], is_quiet: Callable[[float], bool]) -> None:
    looking = Event()
    for step in steps:
        while not is_quiet(PAUSE):
            looking.wait(LOOK_SECONDS)
        _try(step)


def _try(step: Step) -> None:
    """Errors are not reported here: whoever opens the page will see them."""
    try:
        copy_context().run(step)  # what a request sets is not to stay behind
    except Exception:
        log.debug("not warmed up", exc_info=True)


def _steps(app: Flask) -> Iterator[Step]:
    """Begun with what everybody needs. One after the other is made when the one before it is done."""
    yield partial(_visit, app, "/login")
    for name in sorted(app.jinja_env.list_templates(extensions=["html"])):
        yield partial(app.jinja_env.get_template, name)
    for user_id in _people(app):
        for path in _paths(app, user_id):
            yield partial(_visit, app, path, user_id)
    yield _spare_collector


def _spare_collector() -> None:
    """What the start has made stays until the end: Python's collector, which comes by every few hundred requests and
    many times in an import, need not look at it each time. An import takes an eighth less."""
    gc.collect()
    gc.freeze()


def _people(app: Flask) -> list[int]:
    """Who signed in last."""
    with app.app_context(), read_only(True):
        open_ones = (LoginSession.ended_at.is_(None), User.deleted_at.is_(None), User.disabled_at.is_(None))
        statement = select(User.id).join(LoginSession, LoginSession.user_id == User.id).where(*open_ones)
        latest = db.session.scalars(statement.order_by(LoginSession.started_at.desc()).limit(50))
        return list(islice(dict.fromkeys(latest), PEOPLE))


def _paths(app: Flask, user_id: int) -> list[str]:
    with app.test_request_context("/"), read_only(True):
        _sign_in_as(user_id)
        paths = [entry["url"] for group in menu() if group["key"] not in REPORTS for entry in group["entries"]]
        paths += [url_for("customers.index", q=TYPED), url_for("global_search.index", q=TYPED)]
        customer_id = db.session.scalar(select(Customer.id).where(Customer.owner_id == user_id).limit(1))
        if customer_id is not None:
            paths.insert(2, url_for("customers.show", id=customer_id))
        return paths


def _visit(app: Flask, path: str, user_id: int | None = None) -> None:
    """The page is made and thrown away; nobody's session is touched by it."""
    with app.test_request_context(path, environ_overrides={UNMEASURED: True}):
        if user_id is not None:
            _sign_in_as(user_id)
        app.full_dispatch_request()


def _sign_in_as(user_id: int) -> None:
    with read_only(True):
        user = db.session.get_one(User, user_id)
        user.rights = rights_of(db.session(), user)
    user.session_token = ""  # of no session, and the cookie that would name it is thrown away
    login_user(user)
