"""刪除 of a person, a company, a department: what will happen, who takes over, and doing it (A-2)."""

from typing import Any

from flask import request, url_for

from crm.blueprints.organisation import blueprint
from crm.blueprints.organisation.leaving_form import handover_of, leaving_form
from crm.blueprints.organisation.people import person_or_404
from crm.blueprints.organisation.views import unit_or_404
from crm.domain.organisation.handover import LeftBehind, check_may_hand_over, left_behind
from crm.domain.organisation.leaving import (
    Leaving,
    check_leaving,
    check_may_leave,
    leave,
    leaving_person,
    leaving_unit,
)
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.leaving import LEAVING, queue_leaving
from crm.models import LongTask, OrgUnit, Permission
from crm.web.access import actor, requires
from crm.web.background_work import begin_after_this_request
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm
from crm.web.long_work import Words, WorkDisplay, count_text, set_display
from crm.web.respond import go, page, saved
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number

IN_REQUEST = 100
"""More records than this are handed over in the background, in short steps."""


@blueprint.get("/organisation/people/<int:id>/delete")
@requires(Permission.ORGANISATION_SAVE)
def confirm_delete_person(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    return _ask(leaving_person(person), person)


@blueprint.post("/organisation/people/<int:id>/delete")
@requires(Permission.ORGANISATION_SAVE)
def delete_person(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    return _delete(leaving_person(person), person)


@blueprint.get("/organisation/units/<int:id>/delete")
@requires(Permission.ORGANISATION_SAVE)
def confirm_delete_unit(id: int) -> Any:
    unit = unit_or_404(id, Permission.ORGANISATION_SAVE)
    return _ask(leaving_unit(db.session(), unit), unit)


@blueprint.post("/organisation/units/<int:id>/delete")
@requires(Permission.ORGANISATION_SAVE)
def delete_unit(id: int) -> Any:
    unit = unit_or_404(id, Permission.ORGANISATION_SAVE)
    return _delete(leaving_unit(db.session(), unit), unit)


def _ask(leaving: Leaving, record: Any) -> Any:
    check_may_leave(db.session(), leaving, actor())
    left = left_behind(db.session(), leaving.ids)
    if left.needs_successor:
        check_may_hand_over(db.session(), leaving.ids, actor())
    return _show(leaving, left, leaving_form(leaving, left, record), record)


def _delete(leaving: Leaving, record: Any) -> Any:
    check_may_leave(db.session(), leaving, actor())
    left = left_behind(db.session(), leaving.ids)
    form = leaving_form(leaving, left, record)
    done = attempt(form, lambda: _begin(leaving, left, form, record), record)
    if done is None:
        return _show(leaving, left, form, record, form.status)
    if isinstance(done, LongTask):
        begin_after_this_request(done)
        return go(url_for("tasks.show", id=done.id))
    text = _("%(what)s has been deleted; %(count)s records were handed over.", what=record.name, count=f"{done[0]:,}")
    return saved(url_for("organisation.index"), text)


def _begin(leaving: Leaving, left: LeftBehind, form: RecordForm, record: Any) -> Any:
    """A few records at once, (how many,); many as a task."""
    session, handover = db.session(), handover_of(form)
    shown_ids = [int(id_) for id_ in request.form.getlist("people") if is_record_number(id_)]
    if left.total <= IN_REQUEST:
        return (leave(session, leaving, handover, actor(), shown_ids),)
    leaving, left = check_leaving(session, leaving, handover, actor(), shown_ids)
    unit_id = record.id if isinstance(record, OrgUnit) else None
    return queue_leaving(session, leaving, unit_id, handover, left.total, actor())


def _show(leaving: Leaving, left: LeftBehind, form: RecordForm, record: Any, code: int = 200) -> Any:
    of_unit = isinstance(record, OrgUnit)
    back = url_for("organisation.show_unit" if of_unit else "organisation.show_person", id=record.id)
    return page(
        "organisation/leaving.html",
        code,
        leaving=leaving,
        left=left,
        form=form,
        record=record,
        back=back,
        of_unit=of_unit,
        groups=[(title, fields) for title, fields in form.groups() if title],
    )


def _outcome_messages(task: LongTask) -> Words:
    if "people" not in task.result or task.result.get("problem"):
        return []
    text = _("%(people)s people deleted; %(count)s records were handed over.")
    return [("done", text % {"people": task.result["people"], "count": f"{task.result['done']:,}"})]


set_display(
    LEAVING,
    WorkDisplay(
        title=lambda task: _("Delete %(what)s", what=task.payload["names"]),
        doing=N_("The records are being handed over."),
        back=lambda _task: (url_for("organisation.index"), _("Organisation")),
        progress=count_text,
        words=_outcome_messages,
        back_text=N_("Back to the organisation"),
    ),
)
