"""From a file back to the list as it was: its search, page, order and tab travel along as `back`.

A list gives its own address to the links of its rows. Whatever belongs to the file that was opened (its tabs, forms,
questions, the page after saving) carries it on, as `url_for` adds it. Only an address of ours is followed.
"""

from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, g, has_request_context, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from crm.entities.listing import LISTINGS
from crm.i18n import N_
from crm.web.sessions import is_local
from crm.web.translation import gettext as _
from crm.web.urls import url_maker

PARAMETER = "back"
LEAD_TO_THE_CUSTOMER = ("contacts", "records")
"""Their pages lead back to the customer's tab, where nothing else is known."""
PAGES = {
    "global_search.index": N_("Search"),
    "opportunities.board": N_("Board"),
    "opportunities.funnel": N_("Sales funnel"),
}
"""Pages of files that are no tables."""
ATTACHMENTS = "attachments"
CARRIERS = (".new", ".create", ".choose")
"""Addresses without a record's number that lead to its file."""


def set_up_back(app: Flask) -> None:
    app.url_defaults(_carry)
    app.jinja_env.globals.update(back_to=back_to, back_link=back_link, with_back=with_back, url_for=cached_url_for)


def cached_url_for(endpoint: str, **values: Any) -> str:
    """`url_for`, where most addresses differ by a record's number or not at all: each is put together once."""
    if endpoint.startswith(".") or len(values) > 1 or not has_request_context():
        return url_for(endpoint, **values)
    if not values:
        return url_for(endpoint) if _carries(endpoint) else _constant_url(endpoint, request.script_root)
    ((name, value),) = values.items()
    if type(value) is not int or value < 0 or opened_from_list() or g.get("list_address"):
        return url_for(endpoint, **values)
    return url_maker(endpoint, name)(value)


@lru_cache(maxsize=1000)
def _constant_url(endpoint: str, root: str) -> str:
    """`root` is where the application stands at its server; part of the key alone."""
    return url_for(endpoint)


def opened_from_list() -> str:
    """The address of the list that this page was opened from; empty where none is known."""
    if "came_from" not in g:
        try:
            sent = request.values.get(PARAMETER, "")
        except RequestEntityTooLarge:  # what was sent is not read, so it says nothing
            sent = request.args.get(PARAMETER, "")
        g.came_from = sent if sent and is_local(sent) else ""
    return str(g.came_from)


def back_to(usual: str) -> str:
    """Where closing, saving or deleting leads: the list as it was, else the usual address."""
    return opened_from_list() or usual


def back_link(usual: str, label: str) -> Markup:
    """The way back in words: the list that one came from by its own name."""
    before = opened_from_list()
    title = _title_of(before) if before else ""
    return Markup('<a href="{}">{}</a>').format(before or usual, _(title) if title else label)


def default_list(show: str) -> str:
    """The endpoint of the list that a file leads back to by itself: not every one does."""
    kind = show.partition(".")[0]
    return f"{kind}.index" if kind not in LEAD_TO_THE_CUSTOMER else ""


def with_back(url: str, address: str) -> str:
    """The address of a row's file, with the way back to the list."""
    return f"{url}{'&' if '?' in url else '?'}{PARAMETER}={quote(address, safe='')}"


def preserve_back(url: str) -> str:
    """An address of another kind's pages, where the way back still holds."""
    before = opened_from_list()
    return with_back(url, before) if before else url


def remember_list(address: str) -> None:
    """This page is a list: what it makes anew leads back to it."""
    g.list_address = address


def _carry(endpoint: str, values: dict[str, Any]) -> None:
    if not has_request_context() or PARAMETER in values:
        return
    before = opened_from_list() or g.get("list_address")
    if before and _carries(endpoint) and _kind_of(_first_part(endpoint), values) == _kind_of_page():
        values[PARAMETER] = before


def _kind_of_page() -> str:
    return _kind_of(request.path.split("/", 2)[1], request.view_args or {})


def _kind_of(first: str, values: dict[str, Any]) -> str:
    """Whose pages they are: by the beginning of the address, or what it names (`/attachments/customers/1`)."""
    return str(values.get("kind", first)) if first == ATTACHMENTS else first


@cache
def _carries(endpoint: str) -> bool:
    return endpoint.endswith(CARRIERS) or "<int:id>" in _rule(endpoint)


@cache
def _first_part(endpoint: str) -> str:
    return [*_rule(endpoint).split("/", 2), ""][1]


def _rule(endpoint: str) -> str:
    return next((rule.rule for rule in current_app.url_map.iter_rules(endpoint)), "")


def _title_of(address: str) -> str:
    """The title of the list at the address; empty where it is another page."""
    try:
        endpoint_and_values = current_app.create_url_adapter(request).match(address.partition("?")[0])  # type: ignore[union-attr]
    except HTTPException:
        return ""
    lists = {getattr(table, "endpoint", ""): table.title for table in LISTINGS.values()}
    return str({**lists, **PAGES}.get(endpoint_and_values[0], ""))
