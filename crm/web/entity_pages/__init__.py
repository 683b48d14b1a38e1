"""The pages of a declared kind of record that has none of its own: list, form, export, deleting, a customer's tab."""

from crm.web.entity_pages.addresses import blueprint_of
from crm.web.entity_pages.listing import table_of, table_of_customer

__all__ = ["blueprint_of", "table_of", "table_of_customer"]
