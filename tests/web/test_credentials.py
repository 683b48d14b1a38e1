"""Every form with a password says what a browser may fill in: never the login of who is signed in into another's."""

from collections.abc import Callable, Iterator

import pytest
from lxml import html
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import User
from tests.cast import Cast
from tests.conftest import Person

from .visitor import Visitor

OLD, NEW = "current-password", "new-password"
KNOWN = {
    ("/password", "old_password"): OLD,
    ("/password", "new_password"): NEW,
    ("/password", "confirm"): NEW,
    ("/settings/mail", "mail_password"): NEW,
    ("/organisation/people/new", "password"): NEW,
    ("/organisation/people/<id>/password", "password"): NEW,
    ("/organisation/people/<id>/password", "repeated"): NEW,
}


def pages(app: CRM, person: User) -> Iterator[tuple[str, str]]:
    """(rule, address) of every page that can be opened without a record, and those of a person."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(("static", "auth.")):
            if not rule.arguments:
                yield rule.rule, rule.rule
            elif rule.endpoint.startswith("organisation.") and rule.arguments == {"id"}:
                yield rule.rule.replace("<int:id>", "<id>"), rule.rule.replace("<int:id>", str(person.id))


def test_all_forms_with_a_password(app: CRM, as_user: Callable[[str], Person], cast: Cast) -> None:
    admin, found = as_user("admin"), {}
    for rule, url in pages(app, cast.wang):
        answer = admin.get(url)
        if answer.status_code != 200 or "html" not in answer.content_type:
            continue
        for control in html.fromstring(answer.text).xpath("//input[@type='password']"):
            found[rule, control.get("name")] = control.get("autocomplete")
    assert KNOWN.items() <= found.items()
    assert set(found.values()) <= {OLD, NEW}, found


@pytest.mark.parametrize(("url", "name"), [("/settings/mail", "mail_user"), ("/organisation/people/new", "login")])
def test_names_beside_them_are_not_filled_in(as_user: Callable[[str], Person], url: str, name: str) -> None:
    """Browsers pass `off` by, and fill a name in wherever it says nothing."""
    (box,) = html.fromstring(as_user("admin").get(url).text).xpath("//input[@name=$name]", name=name)
    assert box.get("autocomplete") == "one-time-code"


def test_signing_in_is_filled_in(app: CRM, session: Session, cast: Cast) -> None:
    app.config["CRM_LOGIN_CAPTCHA"] = "always"
    visitor = Visitor(app)
    visitor.open("/login")
    wanted = {"User name": "username", "Password": OLD, "Verification code": "off"}
    assert {label: visitor.field(label).get("autocomplete") for label in wanted} == wanted
