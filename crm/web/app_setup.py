"""Binds extensions and mechanisms to the app."""

from typing import Any

from flask import Flask
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix

from crm import VERSION
from crm.extensions import Migrations, babel, csrf, db, login_manager
from crm.jobs.places import ROOT_OPTION, VERSION_OPTION
from crm.models import Permission
from crm.models.engine import prepare_engine
from crm.web.access import can, can_add, check_access, may, may_do, public
from crm.web.action_states import action_state
from crm.web.attachments import set_up_attachments
from crm.web.back_links import set_up_back
from crm.web.errors import set_up_errors
from crm.web.firm_settings import logo_url, lookups, settings
from crm.web.formatting import set_up_filters
from crm.web.global_search import may_search
from crm.web.headers import set_up_headers
from crm.web.idempotency import once_token
from crm.web.language import HTML_LANG, LANGUAGES, choose_language
from crm.web.menu import help_url, menu_html, script_words
from crm.web.notices import newest_unread, set_up_notices, unread_notices
from crm.web.people_without_rights import has_no_permissions
from crm.web.preserved_input import preserved_field
from crm.web.record_changes import set_up_changes
from crm.web.record_foot import set_up_record_foot
from crm.web.rows import id_prefix, row
from crm.web.sessions import load_user, needs_login
from crm.web.static_files import DOCUMENT_PAGES, static_url
from crm.web.translation import gettext as _
from crm.web.translation import set_up_words
from crm.web.urls import RecordNumber
from crm.web.widgets import option_tags


def set_up_web(app: Flask) -> None:
    app.url_map.converters["int"] = RecordNumber
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine, str(app.config["CRM_INSTANCE"]), str(app.config["SECRET_KEY"]))
        db.engine.update_execution_options(**{ROOT_OPTION: app.config["CRM_BACKUPS"], VERSION_OPTION: VERSION})
    Migrations(app)
    babel.init_app(app, locale_selector=choose_language, default_translation_directories="translations")
    set_up_words(app, babel)
    login_manager.init_app(app)
    login_manager.session_protection = None
    login_manager.user_loader(load_user)
    login_manager.unauthorized_handler(needs_login)
    csrf.init_app(app)
    app.before_request(check_access)
    public(app.view_functions["static"])
    set_up_headers(app)
    set_up_notices(app)
    set_up_errors(app)
    set_up_templates(app)
    proxies = int(app.config["CRM_PROXIES"])
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]


def set_up_templates(app: Flask) -> None:
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(
        static_url=static_url,
        document_pages=DOCUMENT_PAGES,
        form_row=row,
        option_tags=option_tags,
        form_id_prefix=id_prefix,
        once=once_token,
        csrf_token=generate_csrf,
        preserved_field=preserved_field,
        may=may,
        may_do=may_do,
        can=can,
        can_add=can_add,
        action_state=action_state,
        permissions=Permission,
        may_search=may_search,
        help_url=help_url,
        unread_notices=unread_notices,
        newest_unread=newest_unread,
    )
    set_up_filters(app)
    set_up_back(app)
    set_up_attachments(app)
    set_up_record_foot(app)
    set_up_changes(app)
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """What the page's frame shows; a fragment does not ask for it."""
    language = choose_language()
    return {
        "html_lang": HTML_LANG[language],
        "firm_name": settings().firm_name or _("Shuke CRM"),
        "logo_url": logo_url(),
        "decimals": settings().decimals,
        "languages": [{"code": c, "name": n, "current": c == language} for c, n in LANGUAGES.items()],
        "menu": menu_html() if current_user.is_authenticated else "",
        "script_words": script_words(language),
        "department": lookups().units.name(current_user.unit_id) if current_user.is_authenticated else "",
        "help_link": settings().help_link,
        "powerless": has_no_permissions(),
    }
