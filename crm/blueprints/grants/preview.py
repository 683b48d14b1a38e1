"""以此人查看: the menu and the workbench that a person gets, to look at; nobody acts as somebody else (A-6)."""

from typing import Any

from crm.blueprints.grants import blueprint
from crm.blueprints.grants.views import person_or_404
from crm.domain.office.workbench import kept_keys, read_layout, visible_layout
from crm.extensions import db
from crm.models import Permission, Rights, User, rights_of
from crm.models.permissions import VERB_LABELS, function_of
from crm.web.access import requires
from crm.web.menu import menu_for
from crm.web.panels import default_layout, panels
from crm.web.respond import page
from crm.web.translation import gettext as _


@blueprint.get("/grants/<int:id>/preview")
@requires(Permission.GRANTS_VIEW)
def preview(id: int) -> Any:
    person = person_or_404(id, Permission.GRANTS_VIEW)
    their_rights = rights_of(db.session(), person)
    return page(
        "grants/preview.html",
        person=person,
        rights=their_rights,
        shown=[_with_rights(group, their_rights) for group in menu_for(their_rights)],
        panels=_panels_of(person, their_rights),
    )


def _with_rights(group: dict[str, Any], rights: Rights) -> dict[str, Any]:
    """Beside each entry what the person may do there."""
    entries = [{**entry, "rights": _verbs(entry.get("key", ""), rights)} for entry in group["entries"]]
    return {**group, "entries": entries}


def _verbs(key: str, rights: Rights) -> str:
    held = [right.verb for right in function_of(key).rights if rights.may(right)] if key else []
    return " · ".join(_(VERB_LABELS[verb]) for verb in held)


def _panels_of(person: User, rights: Rights) -> list[list[str]]:
    """The titles of the panels by column; what somebody keeps for themselves (reports) is not shown to others, nor what
    comes and goes with what they have done so far."""
    known = {key: panel for key, panel in panels().items() if panel.wanted is None}
    layout = read_layout(person.workbench, {*known, *kept_keys(person.workbench)}, default_layout(rights))
    visible = visible_layout(layout, {key: panel for key, panel in known.items() if panel.is_for(rights.may)})
    return [[known[key].label for key in column] for column in visible]
