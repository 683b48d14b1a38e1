"""English sentences agree with the number in them: "1 record", "2 records" (one mechanism, crm/i18n.py)."""

from collections.abc import Callable

import pytest

from crm.i18n import filled, say
from tests.conftest import Person


@pytest.mark.parametrize(
    ("message", "one"),
    [
        ("%(count)s records", "1 record"),
        ("More than %(count)s records", "More than 1 record"),
        ("%(count)s opportunities deleted.", "1 opportunity deleted."),
        ("%(count)s orders will be submitted for approval.", "1 order will be submitted for approval."),
        ("%(count)s orders go back to the people.", "1 order goes back to the people."),
        ("%(count)s customers have it now.", "1 customer has it now."),
        ("And %(count)s more time conflicts.", "And 1 more time conflict."),
        ("%(count)s people belong to it and lose its rights.", "1 person belongs to it and loses its rights."),
        (
            "%(count)s of your customers were not contacted for more than 9 days and were taken back: x",
            "1 of your customers was not contacted for more than 9 days and was taken back: x",
        ),
        ("%(count)s 筆", "1 筆"),
    ],
)
def test_one_and_several(message: str, one: str) -> None:
    for number in (1, "1"):
        assert filled(message, {"count": number}) == one
    for other in (0, 3, "11", "1,001"):
        assert filled(message, {"count": other}) == message.replace("%(count)s", str(other))


def test_numbers_beside_each_other_are_each_their_own() -> None:
    text = "%(forms)s submitted forms and %(tasks)s finished tasks deleted."
    assert filled(text, {"forms": "1", "tasks": 2}) == "1 submitted form and 2 finished tasks deleted."
    assert say("en", "%(code)s has been approved.", code="1") == "1 has been approved."


def test_lists_and_templates_say_it(as_user: Callable[[str], Person], session, cast) -> None:  # type: ignore[no-untyped-def]
    from tests.factories import make_customer

    make_customer(session, cast.wang, name="One")
    session.commit()
    wang = as_user("wang")
    wang.post("/language", {"language": "en", "next": "/"})
    page = " ".join(wang.get("/customers").text.split())
    assert "1 record" in page
    assert "1 records" not in page
