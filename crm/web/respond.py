"""The one door for answers: a whole page or a fragment of it (architecture)."""

import json
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request
from werkzeug.urls import iri_to_uri

from crm.domain.platform.deletion import entries_made
from crm.extensions import db

FOLLOWS = {
    "records-changed": ("schedule-changed", "customers-changed"),
    "opportunities-changed": ("customers-changed", "quotes-changed"),
    "orders-changed": ("customers-changed", "opportunities-changed", "quotes-changed", "receipts-changed"),
    "receipts-changed": ("customers-changed", "orders-changed"),
}
"""What else shows a fact that such a change moves: the customer's last contact, what an order has received."""


def wants_fragment() -> bool:
    """True for htmx's own requests; a boosted link or a restored history entry wants the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and "HX-Boosted" not in headers
        and "HX-History-Restore-Request" not in headers
    )


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Render the template in the layout that this request wants."""
    layout = "layout/fragment.html" if wants_fragment() else "layout/page.html"
    return make_response(render_template(template, layout=layout, **values), status)


def bare_page(template: str, status: int = 200, **values: Any) -> Response:
    """A page outside the frame: login, set-up, errors of people who are not signed in."""
    return make_response(render_template(template, layout="layout/bare.html", **values), status)


def form_again(template: str, status: int = 422, **values: Any) -> Response:
    """The form with its errors; what was typed stays."""
    return page(template, status, **values)


def saved(url: str, message: str = "", changed: str = "") -> Response:
    """After a change: a box closes and tells who listens; a plain page goes on to `url`."""
    in_place = wants_fragment() and request.headers.get("HX-Target") in ("box", None, "")
    if not in_place:
        if message:
            flash(message, "done")
        return go(url)
    if message:
        flash(message, "done")
    offer_to_bring_back()
    response = make_response(render_template("layout/_saved.html"))
    response.headers["HX-Trigger"] = json.dumps(dict.fromkeys(["box-close", *events_of(changed)], True))
    return response


def events_of(changed: str) -> list[str]:
    """The events that tell a page of a change, for HX-Trigger: whatever shows a moved fact fetches itself anew."""
    named = changed.split()
    return list(dict.fromkeys(named + [event for name in named for event in FOLLOWS.get(name, ())]))


def go(url: str) -> Response:
    """On to another page, as a whole page also for htmx."""
    offer_to_bring_back()
    if wants_fragment():
        # A header holds no Chinese: an address that somebody typed is written as it travels.
        return Response(status=200, headers={"HX-Redirect": iri_to_uri(url)})
    return redirect(url, 303)  # type: ignore[return-value]


def offer_to_bring_back() -> None:
    """Beside the message that something is deleted stands 【還原】 (A-10)."""
    made = entries_made(db.session())
    if made:
        flash(" ".join(map(str, made)), "deleted")
