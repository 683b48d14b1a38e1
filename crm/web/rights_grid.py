"""The grid of functions by verbs (權限配置)."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, request

from crm.domain.organisation.roles_and_grants import Source, check_can_grant
from crm.errors import NotAllowed
from crm.extensions import db
from crm.models.permissions import (
    GROUPS,
    SCOPE_LABELS,
    VERB_LABELS,
    Function,
    Right,
    every_right,
    function_of,
    functions,
    right,
)
from crm.web.access import actor
from crm.web.menu import endpoint_of
from crm.web.translation import gettext as _


@dataclass
class GridCell:
    """One permission of the grid. A permission that the person may not give is shown and cannot be changed."""

    key: str
    label: str
    checked: bool
    free: bool


def functions_with_pages() -> list[Function]:
    """Functions that exist in this version; the others' permissions wait for their pages."""
    return [f for f in functions() if f.verbs and endpoint_of(f.key) in current_app.view_functions]


def scope_names() -> dict[int, str]:
    return {int(scope): _(label) for scope, label in SCOPE_LABELS.items()}


@dataclass(frozen=True)
class EffectiveRight:
    """What a person may do with how far a reach, and where it comes from."""

    label: str
    scope: str
    sources: list[Source]


def effective_rights(sources: dict[str, list[Source]]) -> list[EffectiveRight]:
    """In the menu's order, each with its widest scope (A-6)."""
    keys = [permission for function in functions_with_pages() for permission in function.rights]
    return [
        EffectiveRight(
            permission_label(permission),
            _(SCOPE_LABELS[max(source.scope for source in sources[permission])]),
            sources[permission],
        )
        for permission in keys
        if permission in sources
    ]


def permission_label(permission: Right) -> str:
    """As "My customers View": what the box is called."""
    return f"{_(function_of(permission.function).label)} {_(VERB_LABELS[permission.verb])}"


def is_grantable(permission: str, scope: int) -> bool:
    try:
        check_can_grant(db.session(), actor(), {permission: scope})
    except NotAllowed:
        return False
    return True


def grid_of(held: set[str], scope: int) -> list[tuple[str, list[tuple[str, list[GridCell | None]]]]]:
    """[(group, [(function, a box or None for each verb)])], ready for the template."""
    groups: dict[str, list[tuple[str, list[GridCell | None]]]] = {}
    for function in functions_with_pages():
        boxes = [_cell(function, verb, held, scope) for verb in VERB_LABELS]
        groups.setdefault(_(GROUPS[function.group]), []).append((_(function.label), boxes))
    return list(groups.items())


def _cell(function: Function, verb: str, held: set[str], scope: int) -> GridCell | None:
    if verb not in function.verbs:
        return None
    permission = right(f"{function.key}:{verb}")
    return GridCell(permission, permission_label(permission), permission in held, is_grantable(permission, scope))


def shown_keys() -> str:
    """Which functions the page shows; sent along, so that a newer version's functions are not taken as unticked."""
    return " ".join(function.key for function in functions_with_pages())


def sent_permissions(held: set[str], scope: int) -> set[Right]:
    """What the role holds after the grid was sent: ticks where the page had free boxes, else what it held."""
    known: dict[str, Any] = {permission.value: permission for permission in every_right()}
    shown = set(request.form.get("shown", "").split()) & {f.key for f in functions_with_pages()}
    ticked = {known[key] for key in request.form.getlist("permissions") if key in known}
    held_rights = {known[key] for key in held if key in known}
    free = {p for p in every_right() if p.function in shown and is_grantable(p, scope)}
    return (held_rights - free) | (ticked & free) | (ticked - held_rights - free)
