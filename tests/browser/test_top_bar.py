"""The top bar on an old screen, in the language with the longest words."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from crm.extensions import db
from crm.models import User
from crm.models.engine import set_read_only
from tests.sampling import mostly_long

from .person import Person

LONG_NAME = "歐陽司徒上官" * 9


@pytest.mark.own_firm
@pytest.mark.ways("chromium", "ie11")
def test_the_button_to_find_is_not_cut_off(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    admin.page.set_viewport_size({"width": 1024, "height": 768})
    admin.press("English")
    button = admin.page.get_by_role("button", name="Find", exact=True).bounding_box()
    place = admin.page.get_by_role("search").bounding_box()
    assert button is not None
    assert place is not None
    assert button["x"] + button["width"] <= place["x"] + place["width"]


@pytest.mark.own_firm
@pytest.mark.ways("chromium", "ie11")
@pytest.mark.parametrize("width", mostly_long([1024, 1440], [1024]))
def test_a_long_name_of_the_person_stays_in_the_bar(enter: Callable[[str], Person], width: int) -> None:
    """Neither over the breadcrumb below nor over the search beside it; the whole of it is its tooltip."""
    admin = enter("admin")
    admin.page.set_viewport_size({"width": width, "height": 768})
    with admin.firm.app.app_context():
        set_read_only(False)
        db.session.scalars(select(User).where(User.login == "admin")).one().name = LONG_NAME
        db.session.commit()
    admin.go("/organisation/people/1")
    bar, person = admin.page.locator("#top").bounding_box(), admin.page.locator("#top .person").bounding_box()
    search = admin.page.get_by_role("search").bounding_box()
    assert bar is not None
    assert person is not None
    assert search is not None
    assert person["y"] + person["height"] <= bar["y"] + bar["height"]
    assert person["x"] >= search["x"] + search["width"]
    assert search["width"] >= 150
    assert admin.page.locator("#top .person").get_attribute("title") == LONG_NAME
