"""What the watch must not let pass."""

from collections.abc import Callable

import pytest

from tests.sampling import mostly_long

from ..person import Person

Enter = Callable[[str], Person]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("error", "undefinedThing is not defined"),
        ("bare", "htmx is not there"),
    ],
)
@pytest.mark.ways("chromium", "ie11")
def test_scripts(enter: Enter, fault: str, told: str) -> None:
    li = enter("li")
    with pytest.raises(AssertionError, match=told):
        li.go(f"/fault/{fault}")


@pytest.mark.parametrize(
    ("fault", "told"),
    mostly_long(
        [
            ("500", "answered 500"),
            ("404", "answered 404"),
            ("image", "nowhere.png answered 404"),
            ("inline", "Content Security Policy"),
        ],
        [("image", "nowhere.png answered 404"), ("inline", "Content Security Policy")],
    ),
)
@pytest.mark.ways("chromium", "nojs")
def test_answers(enter: Enter, fault: str, told: str) -> None:
    li = enter("li")
    with pytest.raises(AssertionError, match=told):
        li.go(f"/fault/{fault}")


@pytest.mark.also("nojs")
def test_a_refused_fragment(enter: Enter) -> None:
    li = enter("li")
    with pytest.raises(AssertionError, match="answered 422"):
        li.press("保存")
