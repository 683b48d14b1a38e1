"""系統設置: one page with the firm's settings."""

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import current_app, flash, url_for

from crm.blueprints.settings import blueprint
from crm.catalogue.configuration import settings_fields
from crm.domain.platform.mail import is_mail_configured
from crm.domain.platform.settings import FirmSettings, save_settings
from crm.domain.platform.stored_files import check_limit, space_of
from crm.entities.entity import Field
from crm.extensions import db
from crm.models import Permission
from crm.web.access import may, requires
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.formatting import show_value, size_words
from crm.web.forms import RecordForm, form_for
from crm.web.respond import go, page
from crm.web.translation import gettext as _

BY_SERVER = {"captcha": "CRM_LOGIN_CAPTCHA"}
"""Setting → the variable of the server's configuration that goes before it."""


@blueprint.get("/settings")
@requires(Permission.SETTINGS_VIEW)
def edit() -> Any:
    return _show(_form(settings()))


@blueprint.post("/settings")
@requires(Permission.SETTINGS_SAVE)
def update() -> Any:
    firm = settings()
    form = _form(firm)
    if attempt(form, lambda: _save(form), _record(firm)) is None:
        return _show(form, form.status)
    flash(_("The settings have been saved."), "done")
    return go(url_for("settings.edit"))


def _record(firm: FirmSettings) -> SimpleNamespace:
    return SimpleNamespace(**asdict(firm), version=firm.version)


def _form(firm: FirmSettings) -> RecordForm:
    """What the server's configuration has decided is not asked: a control would do nothing."""
    return form_for((field for field in settings_fields(firm) if not _configured_value(field)), _record(firm))


def _configured_value(field: Field) -> str:
    """The value that the server's configuration gives the setting; empty where the page decides."""
    return str(current_app.config[BY_SERVER[field.key]] or "") if field.key in BY_SERVER else ""


def _by_server(firm: FirmSettings) -> list[tuple[str, str, str]]:
    """(label, value, variable) of the settings that the server's configuration decides."""
    decided = [(field, _configured_value(field)) for field in settings_fields(firm)]
    return [(_(f.label), show_value(f, value), BY_SERVER[f.key]) for f, value in decided if value]


def _save(form: RecordForm) -> bool:
    values = form.values()
    if values.get("attachments_gb") not in (None, settings().attachments_gb):
        check_limit(db.session(), values["attachments_gb"])
    save_settings(db.session(), values, form.opened_version)
    return True


def _show(form: RecordForm, code: int = 200) -> Any:
    may_save = may(Permission.SETTINGS_SAVE)
    firm = _record(settings())
    shown = [(_(f.label), show_value(f, getattr(firm, f.attr))) for f in form.declared if hasattr(firm, f.attr)]
    values: dict[str, Any] = {"by_server": _by_server(settings()), "related": _related() if may_save else []}
    used, free = map(size_words, space_of(db.session()))
    return page("settings/edit.html", code, form=form, may_save=may_save, shown=shown, used=used, free=free, **values)


def _related() -> list[tuple[str, str, str]]:
    """(label, address, present state) of the settings that have pages of their own."""
    firm = settings()
    mail = firm.mail_host if is_mail_configured(firm) else _("Not set up yet")
    return [
        (_("Company logo"), url_for("settings.logo"), "" if firm.logo else _("Not set up yet")),
        (_("Mail server"), url_for("settings.mail"), mail),
        (_("Notice board"), url_for("bulletins.index"), ""),
        (_("Approval rules"), url_for("approval_rules.index"), ""),
    ]
