"""The set-up page of an empty database (L-3); gone once the firm has a person."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for

from crm.blueprints.auth import blueprint
from crm.blueprints.auth.browser_session import sign_in_user
from crm.blueprints.auth.plain_forms import reject_malformed_form
from crm.catalogue.accounts import SET_UP_FIELDS, ZONE_OF_REGION
from crm.domain.organisation.firm_setup import create_firm
from crm.domain.organisation.people import check_login, new_password_hash
from crm.errors import FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import SystemLog, User
from crm.web.access import own_transaction, public
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.language import choose_language, region_of_browser
from crm.web.log import log_values, short_transaction, write_system_log
from crm.web.new_password import new_password_rules
from crm.web.request_clock import now
from crm.web.respond import bare_page
from crm.web.setup_code import code_fits, forget_code, needs_setup
from crm.web.translation import gettext as _

DEMO = "crm.domain.demo"
FOUNDED, REFUSED = "set_up", "set_up_refused"


@blueprint.route("/setup", methods=["GET", "POST"])
@public
@own_transaction
def set_up() -> Any:
    if not needs_setup():
        abort(404)
    if request.method == "POST":
        reject_malformed_form()
        return _set_up(_form())
    return bare_page("auth/set_up.html", form=_form())


def _form() -> RecordForm:
    fields = tuple(field for field in SET_UP_FIELDS if field.key != "demo" or find_spec(DEMO))
    form = form_for(
        fields,
        defaults={
            "language": choose_language(),
            "timezone": _likely_zone(),
            "code": request.args.get("code", "")[:40],
        },
    )
    form.rule(("login",), lambda login: check_login(db.session(), login))
    form.rule(("code",), _check_code)
    new_password_rules(form, lambda: form["login"].typed or "", repeat_key="confirm")
    return form


def _likely_zone() -> str:
    """Where the browser's languages say that it stands, else where the page's language is written."""
    at_home = "Asia/Taipei" if choose_language() == "zh_Hant" else "Asia/Shanghai"
    return ZONE_OF_REGION.get(region_of_browser(), at_home)


def _set_up(form: RecordForm) -> Any:
    user, hashed = None, ""
    if form.validate():
        hashed = new_password_hash(form["password"].typed or "", form["login"].data or "", "password")
        with short_transaction():
            user = attempt(form, lambda: _create_firm(form, hashed))
    if user is None:
        return bare_page("auth/set_up.html", 422, form=form)
    forget_code()
    sign_in_user(user)
    flash(_("Setup is complete. Welcome!"), "done")
    return redirect(url_for("workbench.show"), 303)


def _check_code(code: str | None) -> None:
    if not code_fits(code or ""):
        write_system_log(REFUSED)
        raise FieldError("code", N_("This code is wrong. Please copy the one that the server shows."))


def _create_firm(form: RecordForm, hashed: str) -> User:
    """The firm, its administrator, and the demonstration's people with the configured or the same password."""
    values, password = form.values(), form["password"].typed
    user = create_firm(
        db.session(),
        values["firm_name"],
        values["language"],
        values["timezone"],
        values["admin_name"],
        values["login"],
        password,
        now(),
        hashed,
    )
    if values.get("demo"):
        demo_password = str(current_app.config["CRM_DEMO_PASSWORD"] or password)
        import_module(DEMO).make_demo(db.session(), demo_password, now())
    db.session.add(SystemLog(**log_values(FOUNDED, name=user.login_key, user_id=user.id)))
    return user
