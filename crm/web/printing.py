"""Where and how a record is printed: one address for each kind of document (A-12, A-13)."""

from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm.domain.prints.document_values import PrintContext
from crm.domain.prints.printed import PrintedKind
from crm.extensions import db
from crm.web.access import rights
from crm.web.firm_settings import field_context, settings
from crm.web.language import HTML_LANG, LANGUAGES, choose_language
from crm.web.request_clock import now

POLICY = (
    "sandbox; default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
"""Nothing on a sheet runs or fetches anything; its address has no cookies and no scripts, whatever a template says."""


def print_url(module: str, id: int) -> str:
    """The address of the record's sheet, made for paper; empty where that kind is not printed.

    Who may see the record may print it.
    """
    endpoint = f"prints.{module}"
    return url_for(endpoint, id=id) if endpoint in current_app.view_functions else ""


def chosen_language() -> str:
    """A sheet for a foreign customer can speak another language than the person who prints it."""
    asked = request.values.get("language", "")
    return asked if asked in LANGUAGES else choose_language()


def print_context() -> PrintContext:
    """Who prints what how, as the domain wants it."""
    language = chosen_language()

    def say(message: str) -> str:
        with force_locale(language):
            return _(message)

    return PrintContext(db.session(), rights(), settings(), field_context(), language, say, now())


def sheet_title(printed: PrintedKind, record: Any, say: Any) -> str:
    """What the browser writes above the paper and calls a saved PDF."""
    name = getattr(record, "title", None) or getattr(record, "name", None) or ""
    return " ".join(part for part in (say(printed.document), getattr(record, "code", None), name) if part)


def sheet_page(sheet: str, title: str, **values: Any) -> Response:
    """The page of a sheet; `sheet` is clean HTML."""
    lang = HTML_LANG[chosen_language()]
    return sandboxed(render_template("prints/sheet.html", sheet=Markup(sheet), title=title, html_lang=lang, **values))


def sandboxed(text: str, status: int = 200) -> Response:
    """An answer in which nothing can run."""
    answer = make_response(text, status)
    answer.headers["Content-Security-Policy"] = POLICY
    # Internet Explorer 10 and 11 know the sandbox under this name only.
    answer.headers["X-Content-Security-Policy"] = "sandbox"
    return answer


def language_links(address: Any) -> list[dict[str, Any]]:
    """The languages a sheet can be printed in; `address(language)` gives the link."""
    current = chosen_language()
    return [
        {"name": name, "lang": HTML_LANG[code], "current": code == current, "url": address(code)}
        for code, name in LANGUAGES.items()
    ]
