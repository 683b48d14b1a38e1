"""The mechanism of lists (C-5): each is declared once, then searched, sorted, counted and read."""

from crm.entities.listing.declaration import LISTINGS, TAB, Column, Filter, LinkedModel, Listing
from crm.entities.listing.parameters import Parameters
from crm.entities.listing.query import Query
from crm.entities.listing.reader import Reader

__all__ = ["LISTINGS", "TAB", "Column", "Filter", "LinkedModel", "Listing", "Parameters", "Query", "Reader"]
