"""The top bar on an old screen, in the language with the longest words."""

from collections.abc import Callable

import pytest

from .person import Person


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
