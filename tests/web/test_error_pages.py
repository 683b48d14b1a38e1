"""What a person can do from a page that says no."""

from collections.abc import Callable

from lxml import html

from tests.conftest import Person


def ways_out(answer) -> dict[str, str]:
    return {
        link.text_content(): link.get("href") for link in html.fromstring(answer.text).xpath("//*[@role='alert']//a")
    }


def test_a_refusal_leads_back_to_the_page_before(as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    answer = wang.get("/customers/99999", headers={"Referer": "http://localhost/contacts?q=王"})
    assert answer.status_code == 404
    assert ways_out(answer) == {"返回": "/contacts?q=王", "回到工作臺": "/"}


def test_nothing_leads_out_of_the_site_or_to_what_only_takes_forms(as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    for before in ("http://elsewhere.example/contacts", "http://localhost/policy/levels/arrange", "http://[", ""):
        answer = wang.get("/customers/99999", headers={"Referer": before})
        assert ways_out(answer) == {"回到工作臺": "/"}, before
