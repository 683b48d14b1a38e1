"""系統設置: one page with the firm's settings."""

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import flash, url_for
from flask_babel import gettext as _

from crm.blueprints.settings import blueprint
from crm.catalogue.configuration import settings_fields
from crm.domain.settings import FirmSettings, save_settings
from crm.extensions import db
from crm.models import Permission
from crm.web.access import may, requires
from crm.web.firm import settings
from crm.web.forms import RecordForm, form_for
from crm.web.respond import go, page
from crm.web.saving import attempt
from crm.web.showing import show_value


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
    flash(_("The settings are saved."), "done")
    return go(url_for("settings.edit"))


def _record(firm: FirmSettings) -> SimpleNamespace:
    return SimpleNamespace(**asdict(firm), version=firm.version)


def _form(firm: FirmSettings) -> RecordForm:
    return form_for(settings_fields(firm), _record(firm))


def _save(form: RecordForm) -> bool:
    save_settings(db.session(), form.values(), form.opened_version)
    return True


def _show(form: RecordForm, code: int = 200) -> Any:
    may_save = may(Permission.SETTINGS_SAVE)
    firm = _record(settings())
    shown = [(_(f.label), show_value(f, getattr(firm, f.attr))) for f in form.declared if hasattr(firm, f.attr)]
    return page("settings/edit.html", code, form=form, may_save=may_save, shown=shown)
