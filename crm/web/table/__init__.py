"""The one mechanism of lists: declared once, it searches, sorts, pages and exports (C-5)."""

from crm.web.table.bulk.action import BulkAction
from crm.web.table.bulk.page import bulk_page
from crm.web.table.declaration import Column, Filter, LinkedModel, Table, column, listed
from crm.web.table.export import table_export
from crm.web.table.page import search_parts, table_page
from crm.web.table.search_request import Search
from crm.web.table.tabs import list_tabs

__all__ = [
    "BulkAction",
    "Column",
    "Filter",
    "LinkedModel",
    "Search",
    "Table",
    "bulk_page",
    "column",
    "list_tabs",
    "listed",
    "search_parts",
    "table_export",
    "table_page",
]
