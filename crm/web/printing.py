"""Where and how a record is printed: one address for each kind of document (A-12, A-13)."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_babel import force_locale
from markupsafe import Markup

from crm.domain.prints.choices import A4, PAPERS
from crm.domain.prints.document_values import PrintContext
from crm.domain.prints.printed import PrintedKind
from crm.extensions import db
from crm.web.access import rights
from crm.web.firm_settings import field_context, settings
from crm.web.language import HTML_LANG, LANGUAGES, choose_language
from crm.web.request_clock import now
from crm.web.translation import gettext as _

PRESS = "window.print()"
"""What 【打印】 on a sheet does, and all that can ever run there: its hash stands in the policy."""
_HASH = b64encode(sha256(PRESS.encode()).digest()).decode()
_REST = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
POLICY = f"sandbox; {_REST}"
"""Nothing on a sheet runs or fetches anything; its address has no cookies and no scripts, whatever a template says."""
PRESSABLE = f"sandbox allow-scripts allow-modals; {_REST}; script-src 'unsafe-hashes' 'sha256-{_HASH}'"
"""The same, but for that one button. What is allowed to run has no access to this site: it is of no origin."""


@dataclass(frozen=True)
class SheetLayout:
    """The paper, and whether each sheet says whose it is and which one."""

    paper: str = A4
    running: bool = False


def print_url(module: str, id: int) -> str:
    """The address of the record's sheet, made for paper; empty where that kind is not printed.

    Who may see the record may print it.
    """
    endpoint = f"prints.{module}"
    return url_for(endpoint, id=id) if endpoint in current_app.view_functions else ""


def chosen_language() -> str:
    """A sheet for a foreign customer can speak another language than the person who prints it."""
    language = request.values.get("language", "")
    return language if language in LANGUAGES else choose_language()


def print_context() -> PrintContext:
    """Who prints what how, as the domain wants it."""
    language = chosen_language()

    def say(message: str) -> str:
        with force_locale(language):
            return _(message)

    return PrintContext(db.session(), rights(), settings(), field_context(), language, say, now())


def sheet_title(printed: PrintedKind, record: Any, say: Any) -> str:
    """What the browser writes above the paper and calls a saved PDF."""
    return f"{say(printed.document)} {title_of_record(record)}".strip()


def title_of_record(record: Any) -> str:
    """Its code and name, which are the same in each language: the log is read in all of them."""
    name = getattr(record, "title", None) or getattr(record, "name", None)
    return " ".join(part for part in (getattr(record, "code", None), name) if part)


def sheet_page(sheet: str, title: str, layout: SheetLayout, can_print: bool = False, **values: Any) -> Response:
    """The page of a sheet; `sheet` is clean HTML. With `can_print` it has the button 【打印】."""
    values |= {
        "paper": _(dict(PAPERS)[layout.paper]),
        "sheet": Markup(sheet),
        "title": title,
        "layout": layout,
        "press": press_button() if can_print else "",
    }
    page = render_template("prints/sheet.html", html_lang=HTML_LANG[chosen_language()], **values)
    return sandboxed(page, pressable=can_print)


def press_button() -> Markup:
    """【打印】. Its handler stands in the page, as nowhere else: a script of its own would need more permission."""
    return Markup('<button type="button" class="press" onclick="{}">{}</button> ').format(PRESS, _("Print"))


def sandboxed(text: str, status: int = 200, pressable: bool = False) -> Response:
    """An answer in which nothing can run, or that button alone."""
    answer = make_response(text, status)
    answer.headers["Content-Security-Policy"] = PRESSABLE if pressable else POLICY
    # Internet Explorer 10 and 11 know the sandbox under this name only.
    answer.headers["X-Content-Security-Policy"] = "sandbox allow-scripts" if pressable else "sandbox"
    return answer


def language_links(address: Any) -> list[dict[str, Any]]:
    """The languages a sheet can be printed in; `address(language)` gives the link."""
    current = chosen_language()
    return [
        {"name": name, "lang": HTML_LANG[code], "current": code == current, "url": address(code)}
        for code, name in LANGUAGES.items()
    ]
