"""What matches while one types the name of a record into a form."""

from typing import Any

from flask import request

from crm.entities.registry import belonging_to
from crm.errors import DomainError
from crm.web.references import as_suggestions, belongs_to_customer, resolve, suggest
from crm.web.respond import page


def suggestions(target: str) -> Any:
    """What matches the text of the one field that was sent, however the form calls it.

    `adding` is the kind of record that the form makes. What belongs to a customer is offered of the one that stands in
    the same form.
    """
    of_customer = belongs_to_customer(target)
    aside = {"adding", "customer_id"} if of_customer else {"adding"}
    typed = next((text for name, text in request.args.items() if text and name not in aside), "").strip()[:100]
    adding = request.args.get("adding", "")
    if adding not in (kind.key for kind, _link in belonging_to(target)):
        adding = ""
    customer_id = _customer() if of_customer else None
    matches = as_suggestions(target, suggest(target, typed, adding, customer_id) if typed else [])
    return page("reference_search/offered.html", suggestions=matches, typed=typed)


def _customer() -> int | None:
    """The customer that stands in the form; None while there is none, or none that can be told."""
    typed = request.args.get("customer_id", "").strip()[:300]
    try:
        return resolve("customers", typed) if typed else None
    except DomainError:
        return None
