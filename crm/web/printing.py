"""Where a record is printed: one address for each kind of document (A-12)."""

from flask import current_app, url_for


def print_url(module: str, id: int) -> str:
    """The address of the record's sheet, made for paper; empty where that kind is not printed.

    `module` is opportunities, quotes, orders, receipts or customers. Who may see the record may print it.
    """
    endpoint = f"prints.{module}"
    return url_for(endpoint, id=id) if endpoint in current_app.view_functions else ""
