"""The workbench: its frame, and each panel at an address of its own (W-1, W-5)."""

from typing import Any

from flask import abort, render_template, request
from flask_login import current_user

from crm.blueprints.workbench import blueprint
from crm.domain.workbench import Layout, read_layout, shown
from crm.web.access import signed_in
from crm.web.errors import log_crash
from crm.web.panels import Body, Panel, body_of, default_layout, offered, panels
from crm.web.respond import page
from crm.web.static_files import static_url

SCRIPTS = "scripts"
"""The cookie by which a browser whose scripts run says so; the others get the panels' bodies with the frame."""


@blueprint.get("/")
@signed_in
def show() -> Any:
    mine = offered()
    layout = shown(own_layout(), mine)
    return page(
        "workbench/show.html",
        columns=[[mine[key] for key in column] for column in layout],
        bodies={} if fetches() else {key: safe_body(mine[key]) for column in layout for key in column},
        version=current_user.workbench_version,
        more_scripts=[static_url("vendor/Sortable.min.js")],
    )


@blueprint.get("/workbench/panels")
@signed_in
def bodies() -> Any:
    """All panels of the person's workbench in one answer: a browser asks once, after the frame (W-5)."""
    mine = offered()
    keys = [key for column in shown(own_layout(), mine) for key in column]
    return page("workbench/bodies.html", found=[(mine[key], safe_body(mine[key])) for key in keys])


@blueprint.get("/workbench/panels/<key>")
@signed_in
def panel(key: str) -> Any:
    """One panel; a failure stays in it and leaves the others alone."""
    found = panels().get(key) or abort(404)
    if key not in offered():
        abort(403)
    try:
        return page("workbench/panel.html", panel=found, body=body_of(found))
    except Exception as error:
        return page("workbench/panel.html", 500, panel=found, body=failed_body(found, error))


@blueprint.get("/workbench/shells")
@signed_in
def shells() -> Any:
    """The frames of panels that a person has just added; they fetch their bodies themselves."""
    mine = offered()
    wanted = [mine[key] for key in request.args.get("keys", "").split() if key in mine]
    return page("workbench/shells.html", wanted=wanted)


def own_layout() -> Layout:
    """The person's layout with what they may not see (now)."""
    return read_layout(current_user.workbench, panels(), default_layout())


def fetches() -> bool:
    """Whether the browser fetches the panels itself, after the frame."""
    return request.cookies.get(SCRIPTS) == "1" and "whole" not in request.args


def safe_body(panel: Panel) -> Body:
    try:
        return body_of(panel)
    except Exception as error:
        return failed_body(panel, error)


def failed_body(panel: Panel, error: Exception) -> Body:
    return Body(render_template("workbench/_failed.html", panel=panel, number=log_crash(error)))
