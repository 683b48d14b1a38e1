"""The left menu, made from the functions: what a person may view and what exists (00, Menu)."""

from collections.abc import Callable
from typing import Any

from flask import current_app, request, url_for
from markupsafe import Markup

from crm.domain.platform.help_pages import HOME, has_help
from crm.models import Rights
from crm.models.bounded_cache import LRUCache
from crm.models.permissions import GROUPS, Function, functions
from crm.web.access import View, declared_access, rights
from crm.web.language import choose_language
from crm.web.translation import gettext as _

ENDPOINTS = {
    "password": "office.password",
    "pool": "pool.index",
    "plan": "plan.index",
    "receivables": "receivables.index",
    "lookup": "public_search.index",
    "policy": "policy.levels",
    "targets": "targets.index",
    "target_setting": "target_setting.index",
    "categories": "categories.index",
    "dictionaries": "dictionaries.index",
    "numbering": "numbering.index",
    "backup": "backups.index",
    "restore": "backups.restores",
    "settings": "settings.edit",
    "jobs": "jobs.index",
    "organisation": "organisation.index",
    "roles": "roles.index",
    "grants": "grants.index",
    "prints": "prints.index",
    "my_reports": "reports.mine",
}
"""Function → the endpoint of its page; a kind of record has `<key>.index`."""


def endpoint_of(function: str) -> str:
    """The endpoint of the function's page; a function whose page does not exist is not shown yet."""
    if function.startswith("import_"):
        return f"imports.{function.removeprefix('import_')}"
    if f"reports.{function}" in current_app.view_functions:
        return f"reports.{function}"
    return ENDPOINTS.get(function, f"{function}.index")


_cache = LRUCache(8 * 1024 * 1024)


def menu() -> list[dict[str, Any]]:
    """Groups with entries; the current one marked."""
    return _make(_visible_permissions(), current_function())


def menu_html() -> Markup:
    """The menu as it stands on the page: it is kept per set of rights and language, as every page has it."""
    visible, current = _visible_permissions(), current_function()
    # Pages of no function (the notices) share "" with the workbench.
    key = (visible, choose_language(), current or request.endpoint, request.script_root)
    markup: Markup | None = _cache.get(key)
    if markup is None:
        markup = Markup(current_app.jinja_env.get_template("layout/_menu.html").render(menu=_make(visible, current)))
        _cache.put(key, markup)
    return markup


def script_words(language: str) -> Markup:
    """The texts that our scripts need, as JSON for an attribute: every page has the same of its language."""
    words: Markup | None = _cache.get(("words", language))
    if words is None:
        words = Markup(current_app.jinja_env.get_template("layout/_words.html").render())
        _cache.put(("words", language), words)
    return words


def menu_for(other_rights: Rights) -> list[dict[str, Any]]:
    """The menu of somebody else with these rights, to look at; nothing in it is marked."""
    return _make(_visible_permissions(other_rights), "")


def help_url() -> str:
    """The page that explains the function to which the present page belongs."""
    function = current_function() or HOME
    return url_for("help.show", function=function) if has_help(function) else url_for("help.index")


def _visible_permissions(other_rights: Rights | None = None) -> frozenset[str]:
    held = other_rights or rights()
    visible: frozenset[str] = held.make_once(
        "menu", lambda: frozenset(p for p in held.scopes if p.endswith((":view", ":save")))
    )
    return visible


def current_function() -> str:
    """The function that the page belongs to: of its `menu` mark, else of its permission."""
    return function_of_endpoint(request.endpoint or "")


def function_of_endpoint(endpoint: str) -> str:
    """The same for any page; empty for one of no function, or of no address."""
    view = current_app.view_functions.get(endpoint)
    marked = getattr(view, "menu", None)
    if marked is not None:
        return str(marked)
    access = declared_access(endpoint) if endpoint else None
    return access[0].function if isinstance(access, tuple) else ""


def _make(visible: frozenset[str], current: str) -> list[dict[str, Any]]:
    home = {
        "key": "",
        "label": _("Workbench"),
        "url": url_for("workbench.show"),
        "current": request.endpoint == "workbench.show",
    }
    groups = [_group("home", [home])]
    for key in GROUPS:
        entries = [
            {"key": f.key, "label": _(f.label), "url": url_for(endpoint_of(f.key)), "current": f.key == current}
            for f in functions()
            if f.group == key and _is_shown(f, visible)
        ]
        if entries:
            groups.append(_group(key, entries))
    return groups


def _group(key: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"key": key, "label": _(GROUPS[key]), "entries": entries, "current": any(e["current"] for e in entries)}


def _is_shown(function: Function, visible: frozenset[str]) -> bool:
    if endpoint_of(function.key) not in current_app.view_functions:
        return False
    if function.shown_with:
        return any(f"{f.key}:view" in visible for f in functions() if f.group in function.shown_with)
    return not function.verbs or f"{function.key}:view" in visible


def menu_of(function: str) -> Callable[[View], View]:
    """Mark a view as belonging to a function of the menu other than its permission's."""

    def mark(view: View) -> View:
        view.menu = function  # type: ignore[attr-defined]
        return view

    return mark
