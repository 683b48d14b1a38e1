"""Taking a declaration out takes the kind out of everything that speaks of all kinds."""

import pytest

from crm.domain.prints.printed import PRINTED
from crm.entities.registry import belonging_to, entities, is_entity, register, withdraw
from crm.entities.search_index import searched_models
from crm.models.permissions import every_right, functions
from crm.web.customer_file import tabs
from crm.web.global_search import all_sources
from tests.entities.made_up.kinds import SITE_VISIT, SiteVisit


@pytest.fixture
def without(app):
    withdraw(SITE_VISIT)
    yield
    register(SITE_VISIT)


def places() -> dict[str, bool]:
    """Where the kind is spoken of."""
    key = SITE_VISIT.key
    return {
        "registry": SITE_VISIT in entities(),
        "menu and grid": any(function.key == key for function in functions()),
        "rights": any(right.function == key for right in every_right()),
        "customer's tabs": any(tab[0] == key for tab in tabs()),
        "deleted and handed over with its customer": any(kind.key == key for kind, _link in belonging_to("customers")),
        "search of everything": any(source.key == key for source in all_sources()),
        "search index": SiteVisit in searched_models(),
        "printing": key in PRINTED,
        "operation log": is_entity(SiteVisit),
    }


def test_a_declared_kind_is_everywhere(app):
    assert places() == dict.fromkeys(places(), True)


def test_a_kind_taken_out_is_nowhere(without):
    assert places() == dict.fromkeys(places(), False)
