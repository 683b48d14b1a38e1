"""Fixtures of the scenarios. `way` makes a test run in each way of working; README.md shows one."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests import postgres
from tests.conftest import leave_out, wants_all

from . import browsers, needs, plug
from .firms import Firm, Firms, Plant
from .person import Person

PEOPLE: pytest.StashKey[list[Person]] = pytest.StashKey()
NOBODY: list[Person] = []
ARTEFACTS = Path(os.environ.get("CRM_TEST_ARTEFACTS") or needs.ROOT / "instance" / "test-artefacts")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ways(*names): run in these ways of working only")
    config.addinivalue_line(
        "markers", "also(*names): the quick form too runs these ways, as people go another path there"
    )
    config.addinivalue_line("markers", "own_firm: a fresh copy of the firm for this test alone")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "way" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("ways")
        metafunc.parametrize("way", marker.args if marker else browsers.WAYS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "way" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if not wants_all(config) and shutil.which("node"):
        leave_out(config, items, [item for item in items if _is_shown_already(item)])


def _is_shown_already(item: pytest.Item) -> bool:
    """Whether the same runs in the way `ie11`: the other ways come with --long, but for those that `also` names.

    `chromium` is the same browser with more (what only that can do has tests of its own, `ways("chromium")`), and
    without scripts most pages are the same pages, loaded as a whole.
    """
    ways, also = item.get_closest_marker("ways"), item.get_closest_marker("also")
    way = getattr(item, "callspec", None) and item.callspec.params.get("way")  # type: ignore[attr-defined]
    return (
        way in browsers.WAYS
        and way != "ie11"
        and "ie11" in (ways.args if ways else browsers.WAYS)
        and way not in (also.args if also else ())
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """The last look at every page belongs to the test; of a failure there remains a picture."""
    try:
        yield
        for person in item.stash.get(PEOPLE, NOBODY):
            person.finish()
    except Exception:
        _leave_traces(item)
        raise


def _leave_traces(item: pytest.Item) -> None:
    name = "".join(letter if letter.isalnum() else "-" for letter in item.name).strip("-")
    people = item.stash.get(PEOPLE, NOBODY)
    for number, person in enumerate(people, 1):
        try:
            item.add_report_section("call", "page", person.leave_traces(f"{name}-{number}"))
        except Exception as trouble:
            item.add_report_section("call", "page", f"no picture: {trouble}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One for each worker; started when the first scenario needs it."""
    started = browsers.start(playwright)
    yield started
    started.close()


@pytest.fixture(scope="session")
def firms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firms]:
    made = Firms(tmp_path_factory.mktemp("firms"))
    yield made
    made.close_all()


@pytest.fixture(scope="session")
def plant(migrated: Path) -> Plant:
    """Which application is tested: the real one. The self-tests put another in its place."""
    return plug.REAL if postgres.SERVER else replace(plug.REAL, installed=migrated)


@pytest.fixture
def firm(request: pytest.FixtureRequest, firms: Firms, plant: Plant, way: str) -> Iterator[Firm]:
    """The running application. A scenario module fills its own firm by a function `prepare(app)`."""
    prepare = getattr(request.module, "prepare", plant.prepare)
    if request.node.get_closest_marker("own_firm"):
        own = firms.new(plant, prepare, way)
        yield own
        firms.close(own)
    else:
        yield firms.shared(plant, prepare, way)


@pytest.fixture
def someone(request: pytest.FixtureRequest, browser: Browser, firm: Firm) -> Iterator[Callable[[], Person]]:
    """`someone()` is a person at a browser of their own, not signed in."""
    contexts = []

    def enter(cookies: Any = None, **device: Any) -> Person:
        contexts.append(browsers.new_context(browser, firm, cookies, **device))
        person = Person(contexts[-1], firm, ARTEFACTS)
        request.node.stash.setdefault(PEOPLE, []).append(person)
        return person

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def enter(someone: Callable[..., Person], firm: Firm, plant: Plant) -> Callable[..., Person]:
    """`enter("li")` is 李, signed in, at a browser of her own; `enter("li", **PHONE)` on a phone.

    The first page opens when a verb needs one.
    """

    def signed_in(name: str, **device: Any) -> Person:
        if plant.let_in is None:
            person = someone(**device)
            person.sign_in(name, plug.PASSWORD)
            return person
        person = someone(browsers.state(firm, plant.let_in(firm.app, name)), **device)
        person.at_the_door = True
        return person

    return signed_in
