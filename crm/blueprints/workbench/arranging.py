"""Arranging the workbench: by dragging (W-3) and by plain forms (W-4); both save at the same address."""

from collections.abc import Collection
from typing import Any

from flask import request, url_for
from flask_login import current_user

from crm.blueprints.workbench import blueprint
from crm.blueprints.workbench.views import own_layout
from crm.domain.office import workbench as rules
from crm.domain.office.workbench import Layout
from crm.errors import StaleRecord
from crm.extensions import db
from crm.web.access import signed_in
from crm.web.errors import error_text
from crm.web.panels import Panel, all_panels, available_panels, default_layout
from crm.web.respond import page, saved
from crm.web.translation import gettext as _


@blueprint.get("/workbench/arrange")
@signed_in
def arrange() -> Any:
    """定制工作臺: the columns as lists with buttons."""
    panels = available_panels()
    layout = rules.visible_layout(own_layout(), panels)
    columns = [[(panels[key], directions(layout, key)) for key in column] for column in layout]
    return page(
        "workbench/arrange.html",
        columns=columns,
        absent=_absent(layout),
        version=_version(),
        focused=focused(layout, request.args.get("pressed", "")),
    )


def focused(layout: Layout, pressed: str) -> str:
    """The button that gets the focus: the one just pressed, or where it is gone the panel's first."""
    action, _blank, key = pressed.partition(" ")
    if not any(key in column for column in layout):
        return f"add {key}" if action == "remove" else ""
    possible = [way for way in rules.DIRECTIONS if rules.can_move(layout, key, way)]
    return pressed if action in possible else f"{[*possible, 'remove'][0]} {key}"


def directions(layout: Layout, key: str) -> list[tuple[str, str]]:
    """The moves that are possible from where the panel is, with their words."""
    words = {"up": _("Up"), "down": _("Down"), "left": _("Left"), "right": _("Right")}
    return [(way, word) for way, word in words.items() if rules.can_move(layout, key, way)]


@blueprint.get("/workbench/add")
@signed_in
def add() -> Any:
    """新建顯示欄: the panels not yet shown. `layout` is what stands on the page, saved or not."""
    arranged = request.args.get("layout")
    layout = (
        rules.visible_layout(own_layout(), available_panels()) if arranged is None else rules.parse_layout(arranged)
    )
    return page("workbench/add.html", absent=_absent(layout), version=_version())


@blueprint.get("/workbench/save")
@signed_in
def question() -> Any:
    """保存布局 asks first. The version is that of the page, not today's: it may be out of date."""
    return page(
        "workbench/save.html", arrangement=request.args.get("layout", ""), version=request.args.get("version", "")
    )


@blueprint.post("/workbench/layout")
@signed_in
def save() -> Any:
    """Keep a whole arrangement (`layout`) or one change (`action`, `add`)."""
    form, user = request.form, current_user._get_current_object()
    opened_version = form.get("version", type=int)
    action, _blank, key = form.get("action", "").partition(" ")
    try:
        if action == "reset":
            rules.reset_layout(db.session(), user, opened_version)
        else:
            panels = available_panels()
            layout = changed(rules.visible_layout(own_layout(), panels), panels, action, key)
            rules.save_layout(db.session(), user, layout, all_panels(), panels, opened_version, default_layout())
    except StaleRecord as error:
        return page("workbench/stale.html", 409, reason=error_text(error))
    pressed = " ".join([action, *form.getlist("add")[:1]]) if action == "add" else form.get("action", "")
    url = url_for("workbench.show") if "layout" in form else url_for("workbench.arrange", pressed=pressed)
    return saved(url, _("The layout has been saved."), "workbench-saved")


def changed(layout: Layout, available: Collection[str], action: str, key: str) -> Layout:
    """The layout after what the form asks for."""
    if "layout" in request.form:
        return rules.parse_layout(request.form["layout"])
    if action == "add":
        return rules.add_panels(layout, [key for key in request.form.getlist("add") if key in available])
    if action == "remove":
        return rules.remove_panel(layout, key)
    return rules.move_panel(layout, key, action)


def _absent(layout: Layout) -> list[Panel]:
    shown_keys = {key for column in layout for key in column}
    return [panel for key, panel in available_panels().items() if key not in shown_keys]


def _version() -> int:
    version: int = current_user.workbench_version
    return version
