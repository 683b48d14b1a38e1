"""The workbench: its frame, and each panel at an address of its own (W-1, W-5)."""

from typing import Any

from flask import abort, make_response, request
from flask_login import current_user

from crm.blueprints.workbench import blueprint
from crm.blueprints.workbench.bodies import failed_body, loads_separately, safe_body, timed_body
from crm.domain.office.workbench import Layout, kept_keys, read_layout, visible_layout
from crm.web.access import may, signed_in
from crm.web.panels import all_panels, available_panels, default_layout
from crm.web.respond import page
from crm.web.static_files import static_url

SCRIPTS = "scripts"
"""The cookie by which a browser whose scripts run says so; the others get the panels' bodies with the frame."""
WHOLE = "whole"
"""Asked for by a browser that has the cookie, but no scripts any more."""


@blueprint.get("/")
@signed_in
def show() -> Any:
    own = own_layout()
    panels = available_panels(keys_in(own))
    layout = visible_layout(own, panels)
    alone = {key for column in layout for key in column if loads_separately(key)}
    keys = [] if loads_lazily() else [key for column in layout for key in column if key not in alone]
    shown_page = page(
        "workbench/show.html",
        columns=[[panels[key] for key in column] for column in layout],
        bodies={key: safe_body(panels[key]) for key in keys},
        alone=alone,
        fetching=loads_lazily(),
        version=current_user.workbench_version,
        more_scripts=[static_url("vendor/Sortable.min.js")],
    )
    response = make_response(shown_page)
    if WHOLE in request.args:
        response.delete_cookie(SCRIPTS, samesite="Lax")
    return response


@blueprint.get("/workbench/panels")
@signed_in
def bodies() -> Any:
    """The panels of the person's workbench in one answer: a browser asks once, after the frame (W-5)."""
    own = own_layout()
    panels = available_panels(keys_in(own))
    keys = [key for key in keys_in(visible_layout(own, panels)) if not loads_separately(key)]
    return page("workbench/bodies.html", panels=[(panels[key], safe_body(panels[key])) for key in keys])


@blueprint.get("/workbench/panels/<key>")
@signed_in
def panel(key: str) -> Any:
    """One panel; a failure stays in it and leaves the others alone.

    It asks for the right alone: a panel that was wanted when the page came, and is no more, says so itself.
    """
    shown_panel = all_panels([key]).get(key) or abort(404)
    if not shown_panel.is_for(may):
        abort(403)
    try:
        return page("workbench/panel.html", panel=shown_panel, body=timed_body(shown_panel))
    except Exception as error:
        return page("workbench/panel.html", 500, panel=shown_panel, body=failed_body(shown_panel, error))


@blueprint.get("/workbench/shells")
@signed_in
def shells() -> Any:
    """The frames of panels that a person has just added; they fetch their bodies themselves."""
    panels = available_panels()
    new_panels = [panels[key] for key in request.args.get("keys", "").split() if key in panels]
    return page("workbench/shells.html", wanted=new_panels)


def own_layout() -> Layout:
    """The person's layout with what they may not see (now)."""
    stored, usual = current_user.workbench, default_layout()
    return read_layout(stored, all_panels(kept_keys(stored)), usual)


def keys_in(layout: Layout) -> list[str]:
    return [key for column in layout for key in column]


def loads_lazily() -> bool:
    """Whether the browser fetches the panels itself, after the frame."""
    return request.cookies.get(SCRIPTS) == "1" and WHOLE not in request.args
