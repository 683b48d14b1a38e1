"""Somebody at a browser of their own who is not signed in yet, and reads the pages in English."""

from contextvars import copy_context
from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from crm.app import CRM
from crm.extensions import db

ENGLISH = {"Accept-Language": "en"}


class Visitor:
    """Opens pages and fills their forms by label, with the hidden fields a browser would send."""

    def __init__(self, app: CRM, address: str = "192.0.2.7") -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.address = address
        self.page: TestResponse

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """One request, apart from the test's own context: nothing of it is left, as in a server."""

        def request() -> TestResponse:
            with self.app.app_context():
                return self.client.open(
                    path,
                    method=method,
                    headers={**ENGLISH, **(headers or {})},
                    environ_base={"REMOTE_ADDR": self.address},
                    **more,
                )

        if has_app_context():
            db.session.rollback()
        self.page = copy_context().run(request)
        return self.page

    def open(self, path: str, **headers: str) -> TestResponse:
        """The page at an address; headers are given with underscores."""
        return self.ask("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    @property
    def form(self) -> Any:
        """The form of the page's content (the language switch is one too)."""
        return html.fromstring(self.page.text).xpath("//form[contains(@class, 'form')]|//form[@class='question']")[0]

    def field(self, label: str) -> Any:
        (name,) = [each for each in self.form.iter("label") if each.text_content().strip() == label]
        return self.form.get_element_by_id(name.get("for"))

    def told(self, label: str) -> list[str]:
        """What stands beside the field as wrong."""
        named = self.field(label).get("aria-describedby", "").split()
        return [self.form.get_element_by_id(each).text_content() for each in named if each.endswith("-error")]

    def summary(self) -> str:
        return " ".join(" ".join(self.form.xpath(".//*[@role='alert']//text()")).split())

    def send(self, answers: dict[str, str], headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """Type the answers into the fields with these labels and press the button."""
        data = {**dict(self.form.form_values()), **more}
        data.update({self.field(label).get("name"): answer for label, answer in answers.items()})
        return self.ask("POST", self.form.get("action"), headers, data=data)

    @property
    def token(self) -> str:
        """The form token of the page."""
        return str(dict(self.form.form_values())["csrf_token"])

    def sign_in(self, name: str, password: str, next: str = "", **more: Any) -> TestResponse:
        self.open("/login" + (f"?next={next}" if next else ""))
        return self.send({"User name": name, "Password": password}, **more)

    def is_signed_in(self) -> bool:
        return self.open("/").status_code == 200

    def cookie(self) -> str:
        found = self.client.get_cookie("crm")
        return found.value if found else ""

    def take_cookie(self, value: str) -> None:
        self.client.set_cookie("crm", value)
