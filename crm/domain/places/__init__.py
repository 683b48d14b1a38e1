"""Provinces and cities (A-8), and finding them in what people write (I-5)."""

from crm.domain.places.address import PlaceMatch, find_place
from crm.domain.places.catalogue import City, Province, load_places
from crm.domain.places.gazetteer import match_city, match_province

__all__ = [
    "City",
    "PlaceMatch",
    "Province",
    "find_place",
    "load_places",
    "match_city",
    "match_province",
]
