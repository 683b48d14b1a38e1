"""That the ways of working are what they say."""

from collections.abc import Callable

import pytest

from ..browsers import in_page
from ..checks import check_access, check_no_horizontal_bar
from ..firms import Firm
from ..person import Person

Enter = Callable[[str], Person]
pytestmark = pytest.mark.also("chromium", "nojs")
GONE_IN_IE = [
    "window.Promise",
    "window.fetch",
    "window.URLSearchParams",
    "window.Symbol",
    "window.Reflect",
    "window.CSS",
    "Element.prototype.closest",
    "Element.prototype.remove",
    "NodeList.prototype.forEach",
    "Object.assign",
    "Array.from",
    "String.prototype.includes",
    "HTMLTemplateElement",
]


@pytest.mark.ways("ie11")
def test_the_mask_removes_what_ie_lacks(enter: Enter) -> None:
    page = enter("li").page
    there = [name for name in GONE_IN_IE if in_page(page, f"typeof {name}") != "undefined"]
    assert there == []
    assert in_page(page, "typeof window.htmx") == "object"
    assert "Trident" in in_page(page, "navigator.userAgent")
    for gone in ("new CustomEvent('x')", "new URL('http://a.example/')"):
        with pytest.raises(AssertionError, match="not a constructor"):
            in_page(page, gone)


@pytest.mark.ways("chromium")
def test_chromium_keeps_them(enter: Enter) -> None:
    page = enter("li").page
    gone = [name for name in GONE_IN_IE if in_page(page, f"typeof {name}") == "undefined"]
    assert gone == []


@pytest.mark.parametrize(("fault", "told"), [("es6", "IE 11 cannot parse"), ("fetch", "fetch is not a function")])
@pytest.mark.ways("ie11")
def test_the_mask_refuses_new_scripts(enter: Enter, fault: str, told: str) -> None:
    li = enter("li")
    with pytest.raises(AssertionError, match=told):
        li.go(f"/fault/{fault}")


@pytest.mark.ways("chromium")
def test_chromium_takes_new_scripts(enter: Enter) -> None:
    li = enter("li")
    li.go("/fault/es6")
    assert li.page.title() == "12"


def test_styles(enter: Enter, firm: Firm) -> None:
    page = enter("li").page
    display = "getComputedStyle(document.querySelector('.g')).display"
    assert in_page(page, display) == ("block" if firm.way == "ie11" else "grid")
    if firm.mask:
        assert "css /style.css: display:grid" in firm.mask.dropped


def test_forms_go_by_htmx_or_plainly(enter: Enter, way: str) -> None:
    li = enter("li")
    posts = []
    li.page.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
    li.fill("名稱", "同心實業")
    li.press("保存")
    assert [post.resource_type for post in posts] == ["document" if way == "nojs" else "xhr"]


@pytest.mark.ways("nojs")
def test_scripts_are_off(enter: Enter) -> None:
    assert in_page(enter("li").page, "typeof window.htmx") == "undefined"


@pytest.mark.ways("chromium")
def test_access(enter: Enter) -> None:
    li = enter("li")
    check_access(li.page)
    li.go("/fault/access")
    with pytest.raises(AssertionError, match="image-alt"):
        check_access(li.page)


@pytest.mark.ways("chromium", "nojs")
def test_width(enter: Enter) -> None:
    li = enter("li")
    for width in (1024, 360):
        check_no_horizontal_bar(li.page, width)
    li.go("/fault/wide")
    with pytest.raises(AssertionError, match=r"too wide for 1024 px: .*p\.wide"):
        check_no_horizontal_bar(li.page, 1024)
