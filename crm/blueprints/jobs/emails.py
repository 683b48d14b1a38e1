"""Letters that were not sent, for the administrator: why, and once more."""

from typing import Any

from flask import abort, flash, url_for

from crm.blueprints.jobs import blueprint
from crm.domain.platform.mail import counts_by_state, failed_emails, is_mail_configured, retry_email
from crm.extensions import db
from crm.models import MailMessage, Permission
from crm.models.mail import SENT, WAITING, MailState
from crm.web.access import may, requires
from crm.web.firm_settings import settings
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _

SHOWN = 200


@blueprint.get("/jobs/letters")
@requires(Permission.JOBS_VIEW)
def emails() -> Any:
    counts = counts_by_state(db.session())
    troubled = list(db.session.scalars(failed_emails().limit(SHOWN)))
    return page(
        "jobs/emails.html",
        emails=troubled,
        states=MailState,
        ready=is_mail_configured(settings()),
        waiting=counts.get(WAITING, 0),
        sent=counts.get(SENT, 0),
        may_send=may(Permission.JOBS_SAVE),
    )


@blueprint.post("/jobs/letters/<int:id>")
@requires(Permission.JOBS_SAVE)
def send_again(id: int) -> Any:
    email = db.session.get(MailMessage, id)
    if email is None:
        abort(404)
    if retry_email(db.session(), email, now()):
        flash(_("The email to %(address)s is queued to be sent again.", address=email.address), "done")
    else:
        flash(_("This email was sent in the meantime."), "warning")
    return go(url_for("jobs.emails"))
