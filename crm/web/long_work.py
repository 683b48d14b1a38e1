"""How long work looks to the person who asked for it: its progress, its end, and the way to stop it (C-6)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Response, url_for

from crm.errors import DomainError
from crm.i18n import N_
from crm.jobs.long_tasks import LongWork, may_cancel
from crm.models import LongTask
from crm.models.jobs import CANCELLED, STOPPING, WAITING
from crm.web.access import rights
from crm.web.errors import error_text
from crm.web.translation import gettext as _

REFRESH_SECONDS = "2"
Words = list[tuple[str, str]]
"""(category of the notice, text)."""

IN_LINE = N_("Other tasks are running; this one is waiting.")
ENDING = N_("It stops as soon as the current step is done.")
LEAVE = N_("This page shows the result automatically when it is done; you can also leave and come back.")


def percent_text(task: LongTask) -> str:
    return _("%(percent)s %% done", percent=task.percent)


def count_text(task: LongTask) -> str:
    return _("%(done)s of %(total)s done", done=f"{task.done:,}", total=f"{task.total:,}")


@dataclass(frozen=True)
class WorkDisplay:
    """A kind of long work on its page.

    `doing` says what is being done (a message id). `words` are what it says at its end beside the problem; `leads` is
    the address of a page of its own that shows the end instead. `back` is (address, text) of where one came from.
    """

    title: Callable[[LongTask], str]
    doing: str
    back: Callable[[LongTask], tuple[str, str]]
    progress: Callable[[LongTask], str] = percent_text
    words: Callable[[LongTask], Words] = field(default=lambda _task: [])
    target_url: Callable[[LongTask], str] = field(default=lambda _task: "")
    file_url: Callable[[LongTask], str] = field(default=lambda _task: "")
    """The address of the file that it made, while that can be had."""
    file_note: str = ""
    back_text: str = N_("Back to the list")


_looks: dict[str, WorkDisplay] = {}


def set_display(work: LongWork, display: WorkDisplay) -> None:
    _looks[work.key] = display


def display_of(task: LongTask) -> WorkDisplay:
    return _looks[task.kind]


def progress_of(task: LongTask, again: str) -> dict[str, Any]:
    """What `tasks/_progress.html` shows; `again` is the address of the page that shows it."""
    display = display_of(task)
    doing = IN_LINE if task.state == WAITING else ENDING if task.state == STOPPING else display.doing
    is_own = task.by_id == rights().user_id
    return {
        "doing": _(doing),
        "hint": _(LEAVE),
        "percent": task.percent,
        "text": display.progress(task),
        "again": again,
        "cancel": url_for("tasks.cancel", id=task.id) if is_own and may_cancel(task) else "",
    }


def refreshing(answer: Response) -> Response:
    """The page fetches itself again, with scripts and without."""
    answer.headers["Refresh"] = REFRESH_SECONDS
    return answer


def problem_of(task: LongTask) -> str:
    stored = task.result.get("problem")
    return error_text(DomainError(stored[0], **stored[1])) if stored else ""


def result_text(task: LongTask) -> Words:
    """The messages at the end: what was done, and that it was cancelled."""
    stopped = [("warning", _("It was cancelled; what was done before is kept."))] if task.state == CANCELLED else []
    return [*stopped, *display_of(task).words(task)]
