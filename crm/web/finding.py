"""What matches while one types the name of a record into a form."""

from typing import Any

from flask import request

from crm.web.references import offered, offers
from crm.web.respond import page


def offer(what: str) -> Any:
    """What matches the text of the one field that was sent, however the form calls it."""
    typed = next((text for text in request.args.values() if text), "").strip()[:100]
    found = offers(what, offered(what, typed) if typed else [])
    return page("finding/offered.html", found=found, typed=typed)
