"""The panels of the workbench: a feature declares its own; the workbench reads the declarations (W-1, W-5)."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import g, render_template

from crm.domain.office.workbench import Layout
from crm.entities.customers import CUSTOMER
from crm.entities.listing import Reader
from crm.models import Rights, Scope
from crm.models.engine import is_read_only
from crm.models.permissions import Right
from crm.web.access import may, rights
from crm.web.current_reader import reader
from crm.web.translation import gettext as _


@dataclass(frozen=True)
class Panel:
    """One panel. `title` is a message id; the body is `template` with what `values` finds.

    `values` may give `count`, the number in the title bar. `refresh_on` are the events after which the panel fetches
    itself again. `column` is its place in the default layout (None: only by hand), `rank` the order there.
    """

    key: str
    title: str
    permission: Right | None
    template: str
    values: Callable[[Reader], dict[str, Any]]
    """What the body shows, found without a request; addresses are the template's."""
    refresh_on: tuple[str, ...] = ("records-changed", "schedule-changed")
    column: int | None = 0
    rank: int = 50
    or_permission: Right | None = None
    """Another right that is enough."""
    own: bool = False
    """Whether the title is a person's own words."""
    of_team: bool = False
    """Whether its place in the default layout is for those alone who lead others (W-8)."""
    wanted: Callable[[], bool] | None = None
    """Whether the person of this request needs it now; asked last, for it may look something up."""

    @property
    def label(self) -> str:
        return self.title if self.own else _(self.title)

    @property
    def for_reader(self) -> bool:
        """Whether the person of this request is offered it; without a permission it is for everybody."""
        return self.is_for(may) and (self.wanted is None or self.wanted())

    def is_for(self, holds: Callable[[Right], bool]) -> bool:
        """Whether it is offered to who `holds` a permission or not."""
        if self.permission is None or holds(self.permission):
            return True
        return self.or_permission is not None and holds(self.or_permission)

    @property
    def events(self) -> str:
        """For hx-trigger."""
        return ", ".join(f"{event} from:body" for event in self.refresh_on)


@dataclass
class Body:
    """A panel's body as it stands on the page; a failed one says so itself."""

    html: str
    count: Any = None


_panels: dict[str, Panel] = {}


def declare(panel: Panel) -> None:
    """Add a panel; once, when its feature is loaded."""
    if panel.key in _panels and _panels[panel.key] != panel:
        raise ValueError(f"there is a panel {panel.key} already")
    _panels[panel.key] = panel


def panels() -> dict[str, Panel]:
    """All there are, in the order of the default layout."""
    return {panel.key: panel for panel in sorted(_panels.values(), key=lambda panel: (panel.rank, panel.key))}


_makers: list[Callable[[Reader], Iterable[Panel]]] = []


def declare_personal_panels(maker: Callable[[Reader], Iterable[Panel]]) -> None:
    """Add panels that a person has for themselves, such as kept reports."""
    _makers.append(maker)


def all_panels(keys: Collection[str] | None = None) -> dict[str, Panel]:
    """All there are for the person of this request, with those that they may not see.

    Where only `keys` are wanted, their own are not looked up unless one of them may be meant.
    """
    if keys is not None and all(key in _panels for key in keys):
        return panels()
    return {**panels(), **{panel.key: panel for panel in _personal_panels()}}


def _personal_panels() -> list[Panel]:
    if not is_read_only():  # what is being saved is among them
        return [panel for maker in _makers for panel in maker(reader())]
    if "own_panels" not in g:
        g.own_panels = [panel for maker in _makers for panel in maker(reader())]
    own_panels: list[Panel] = g.own_panels
    return own_panels


def available_panels(keys: Collection[str] | None = None) -> dict[str, Panel]:
    """Those of the person of this request; `keys` as for `known`."""
    return {key: panel for key, panel in all_panels(keys).items() if panel.for_reader}


def default_layout(other_rights: Rights | None = None) -> Layout:
    """The declared places of all panels; who lacks a right sees the rest of it, and who leads others has more."""
    columns: list[list[str]] = [[], []]
    leads = leads_others(other_rights or rights())
    for panel in panels().values():
        if panel.column is not None and (leads or not panel.of_team):
            columns[panel.column].append(panel.key)
    return tuple(tuple(column) for column in columns)


def leads_others(rights: Rights) -> bool:
    """Whether the person's customers are those of others, too."""
    scope = rights.scope(CUSTOMER.permission("view"))
    return scope is not None and scope > Scope.OWN


def body_of(panel: Panel) -> Body:
    values = panel.values(reader())
    return Body(render_template(panel.template, panel=panel, **values), values.get("count"))
