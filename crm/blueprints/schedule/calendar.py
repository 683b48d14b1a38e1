"""The private calendar address: its page, and the file that telephones and Outlook fetch (S-6)."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, flash, url_for
from flask_babel import force_locale

from crm.blueprints.schedule import blueprint
from crm.domain.schedule.calendar_addresses import address_of, make_address, person_of_token, revoke_address
from crm.domain.schedule.calendar_file import CalendarTexts, calendar_of
from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.models import Permission, User
from crm.web.access import actor, public, requires, rights
from crm.web.firm_settings import settings
from crm.web.formatting import show_person
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/schedule/calendar")
@requires(Permission.SCHEDULE_VIEW)
def calendar() -> Any:
    return _show()


@blueprint.post("/schedule/calendar")
@requires(Permission.SCHEDULE_VIEW)
def make_calendar() -> Any:
    """A new address, shown this once: so the answer is the page itself, and is kept nowhere."""
    return _show(url_for("schedule.calendar_file", token=make_address(db.session(), actor()), _external=True))


@blueprint.post("/schedule/calendar/revoke")
@requires(Permission.SCHEDULE_VIEW)
def revoke_calendar() -> Any:
    revoke_address(db.session(), actor())
    flash(_("The calendar address has been revoked. Nothing can be read from it any more."), "done")
    return go(url_for("schedule.calendar"))


def _show(address: str = "") -> Any:
    webcal = urlsplit(address)._replace(scheme="webcal").geturl() if address else ""
    return page(
        "schedule/calendar.html", address=address, webcal=webcal, known=address_of(db.session(), rights().user_id)
    )


@blueprint.get("/calendar/<token>.ics")
@public
def calendar_file(token: str) -> Any:
    """The calendar of whoever the secret belongs to; it is not asked who is signed in, and nothing can be changed."""
    person = person_of_token(db.session(), token)
    if person is None:
        abort(404)
    with force_locale(person.language or settings().language):
        written = calendar_of(db.session(), Actor(person.rights, now(), settings().zone), _calendar_texts(person))
    headers = {"Content-Disposition": "inline; filename=schedule.ics", "X-Robots-Tag": "noindex"}
    return Response(written, mimetype="text/calendar", headers=headers)


def _calendar_texts(person: User) -> CalendarTexts:
    return CalendarTexts(
        calendar=f"{settings().firm_name} · {person.name}",
        done=_("Completed"),
        customer=_("Customer"),
        participants=_("Participants"),
        made_by=_("Created by"),
        colon=_(": "),
        name_of=show_person,
        address_of=lambda id: url_for("schedule.show", id=id, _external=True),
    )
