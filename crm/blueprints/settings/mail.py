"""The mail server, with a test (D-6, reminders by email)."""

import smtplib
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import flash, url_for
from flask_login import current_user

from crm.blueprints.settings import blueprint
from crm.catalogue.configuration import MAIL, TEST_ADDRESS
from crm.domain.platform.mail import is_mail_configured
from crm.domain.platform.settings import FirmSettings, save_mail
from crm.extensions import db
from crm.jobs.mail_delivery import compose, failure_reason, send
from crm.models import Permission
from crm.web.access import own_transaction, requires
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/settings/mail")
@requires(Permission.SETTINGS_SAVE)
def mail() -> Any:
    return _show(_form(settings()))


@blueprint.post("/settings/mail")
@requires(Permission.SETTINGS_SAVE)
def update_mail() -> Any:
    firm = settings()
    form = _form(firm)
    if attempt(form, lambda: _save(form), _record(firm)) is None:
        return _show(form, form.status)
    flash(_("The settings have been saved."), "done")
    return go(url_for("settings.mail"))


@blueprint.post("/settings/mail/test")
@requires(Permission.SETTINGS_SAVE)
@own_transaction
def test_mail() -> Any:
    """【測試】: a letter by the saved settings, now; what the mail server says stands on the page."""
    form = _test_form()
    if not form.validate():
        return _show(_form(settings()), 422, test=form)
    firm = settings()
    to = form["test_address"].data or current_user.email
    db.session.rollback()
    if not is_mail_configured(firm):
        form.form_errors.append(_("Please save the server and the sender's address first."))
    elif firm.mail_user and firm.is_mail_password_unreadable:
        form.form_errors.append(_("Please enter the password again and save it first."))
    elif not to:
        form["test_address"].errors = [_("Please enter one email address, such as name@example.com.")]
    else:
        problem = _try(firm, to)
        if not problem:
            flash(_("The test email to %(address)s was handed to the mail server.", address=to), "done")
            return go(url_for("settings.mail"))
        form.form_errors.append(_("The mail server refused: %(reason)s", reason=problem))
    return _show(_form(firm), 422, test=form)


def _try(firm: FirmSettings, to: str) -> str:
    """What went wrong; empty where the letter was taken."""
    moment = now()
    text = _("This is a test email. If you can read it, the mail server is set up correctly.")
    try:
        send(firm, to, compose(firm, to, _("Test email"), text, f"test.{moment.timestamp()}", moment))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return failure_reason(error)
    return ""


def _record(firm: FirmSettings) -> SimpleNamespace:
    return SimpleNamespace(**{**asdict(firm), "mail_password": ""}, version=firm.version)


def _form(firm: FirmSettings) -> RecordForm:
    return form_for(tuple(MAIL), _record(firm))


def _test_form() -> RecordForm:
    return form_for((TEST_ADDRESS,), None, {"test_address": current_user.email})


def _save(form: RecordForm) -> bool:
    save_mail(db.session(), {**form.values(), "mail_password": form["mail_password"].typed}, form.opened_version)
    return True


def _show(form: RecordForm, code: int = 200, test: RecordForm | None = None) -> Any:
    firm = settings()
    values = {"ready": is_mail_configured(firm), "password_lost": firm.is_mail_password_unreadable}
    return page("settings/mail.html", code, form=form, test=test or _test_form(), **values)
