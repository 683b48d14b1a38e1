"""The page of keyboard shortcuts (S-7)."""

from typing import Any

from crm.blueprints.office import blueprint
from crm.i18n import N_
from crm.web.access import signed_in
from crm.web.menu import menu_of
from crm.web.respond import page
from crm.web.translation import gettext as _

SHORTCUTS = (
    ("/", N_("Go to the search")),
    ("n", N_("New: the page's own button to add something")),
    ("Ctrl + Enter", N_("Save the form")),
    ("Esc", N_("Close the box or the list of suggestions")),
    ("↑ ↓ Enter", N_("Choose from suggestions")),
    ("Alt + ↓", N_("Open the calendar beside a date")),
    ("?", N_("Show this list")),
)


@blueprint.get("/keys")
@menu_of("")
@signed_in
def keys() -> Any:
    return page("office/keys.html", keys=[(key, _(meaning)) for key, meaning in SHORTCUTS])
