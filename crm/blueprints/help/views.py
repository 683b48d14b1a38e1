"""The pages of help, and the list of those that the reader's menu leads to."""

from typing import Any

from flask import abort, url_for

from crm.blueprints.help import blueprint
from crm.domain.platform.help_pages import HOME, has_help, help_page
from crm.web.access import signed_in
from crm.web.language import choose_language
from crm.web.menu import menu
from crm.web.respond import page
from crm.web.translation import gettext as _


@blueprint.get("/help")
@signed_in
def index() -> Any:
    """Each entry of the reader's menu with what it is for, and the questions answered there."""
    groups = [{**group, "entries": list(map(_entry, group["entries"]))} for group in menu()]
    return page("help/index.html", groups=groups)


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    function = entry["key"] or HOME
    help_of_function = help_page(function, choose_language()) if has_help(function) else None
    address = url_for("help.show", function=function) if help_of_function is not None else ""
    return {
        "label": entry["label"],
        "url": address,
        "topics": help_of_function.topics if help_of_function is not None else [],
    }


@blueprint.get("/help/<function>")
@signed_in
def show(function: str) -> Any:
    """Anybody may read it; the link to the function itself is there for those whose menu has it."""
    if not has_help(function):
        abort(404)
    entries = [entry for group in menu() for entry in group["entries"]]
    entry = next((candidate for candidate in entries if (candidate["key"] or HOME) == function), None)
    title = entry["label"] if entry is not None else _("Help")
    return page("help/show.html", help=help_page(function, choose_language()), title=title, entry=entry)
