"""The one mechanism of lists: declared once, it searches, sorts, pages and exports (C-5)."""

from crm.web.table.declaration import Column, Filter, Table, column
from crm.web.table.export import table_export
from crm.web.table.page import table_page
from crm.web.table.search import Search

__all__ = ["Column", "Filter", "Search", "Table", "column", "table_export", "table_page"]
