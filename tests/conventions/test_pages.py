"""Every page that the menus and links lead to is there, and its HTML is what browsers expect."""

import json
import subprocess
from collections import deque
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from tests.browser import plug
from tests.conftest import wants_all

from .labels import findings
from .places import ROOT, node_tool

MAX_PAGES = 150
VALIDATOR = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
CONFIG = ROOT / "tests" / "gates" / "htmlvalidate.json"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The administrator of a tiny firm, signed in."""
    instance = tmp_path_factory.mktemp("firm")
    app = plug.make(instance)
    plug.install(app, instance)
    plug.tiny_firm(app)
    plug.forget()
    client = app.test_client()
    sign_in(client, {"User name": "admin", "Password": plug.PASSWORD})
    return client


def sign_in(client: FlaskClient, answers: dict[str, str]) -> None:
    page = client.get("/login", headers={"Accept-Language": "en"})
    (form,) = [form for form in html.fromstring(page.text).forms if form.xpath(".//input[@type='password']")]
    fields = dict(form.form_values())
    labelled = "string(.//*[@id = //label[normalize-space() = $label]/@for]/@name)"
    fields.update({form.xpath(labelled, label=label): answer for label, answer in answers.items()})
    done = client.post(urljoin("/login", form.action or ""), data=fields)
    assert done.status_code == 303, done.text


@pytest.fixture(scope="module")
def answers(client: FlaskClient) -> dict[str, TestResponse]:
    """What is answered at every address reached by links from the first page."""
    found: dict[str, TestResponse] = {}
    waiting = deque(["/"])
    while waiting and len(found) < MAX_PAGES:
        address = waiting.popleft()
        found[address] = client.get(address, follow_redirects=True)
        if found[address].mimetype == "text/html":
            links = html.fromstring(found[address].text).xpath("//a/@href")
            new = {path_of(address, link) for link in links} - found.keys() - set(waiting)
            waiting.extend(sorted(new))
    return found


def path_of(page: str, link: str) -> str:
    """Where a link leads, without its query: lists alone would have no end."""
    parts = urlsplit(urljoin(f"http://localhost{page}", link))
    return parts.path if parts.netloc == "localhost" else page


def test_every_link_leads_to_a_page(answers: dict[str, TestResponse]) -> None:
    assert len(answers) > 1
    assert {address: answer.status for address, answer in answers.items() if answer.status_code != 200} == {}


def test_everything_on_a_page_has_a_name_of_its_own(answers: dict[str, TestResponse]) -> None:
    pages = {address: answer.text for address, answer in answers.items() if answer.mimetype == "text/html"}
    found = [f"{address}: {one}" for address, page in pages.items() for one in findings(html.fromstring(page))]
    assert not found, "\n".join(found)


def with_something_new(pages: dict[str, str]) -> dict[str, str]:
    """Without those whose every element stands, by its tag, parent and attributes, in a page before it."""
    seen: set[tuple[str, ...]] = set()
    kept = {}
    for address, page in pages.items():
        elements = [each for each in html.fromstring(page).iter() if isinstance(each.tag, str)]
        shapes = {(each.tag, getattr(each.getparent(), "tag", ""), *sorted(each.keys())) for each in elements}
        if shapes - seen:
            kept[address] = page
        seen |= shapes
    return kept


def test_html_is_valid(answers: dict[str, TestResponse], tmp_path: Path, pytestconfig: pytest.Config) -> None:
    pages = {address: answer.text for address, answer in answers.items() if answer.mimetype == "text/html"}
    if not wants_all(pytestconfig):
        pages = with_something_new(pages)
    for number, page in enumerate(pages.values()):
        (tmp_path / f"{number}.html").write_text(page, encoding="utf-8")
    # Into a file: a long report through a pipe is cut off when the tool ends.
    found = tmp_path / "found.json"
    check = ["--config", str(CONFIG), "--formatter", f"json={found}", "--ext", "html", str(tmp_path)]
    command = [*node_tool(VALIDATOR, "html-validate"), *check]
    subprocess.run(command, capture_output=True, check=False)
    reports = json.loads(found.read_text(encoding="utf-8"))
    addresses = list(pages)
    findings = [
        f"{addresses[int(Path(report['filePath']).stem)]}:{message['line']}: {message['message']}"
        for report in reports
        for message in report["messages"]
    ]
    assert not findings, "\n".join(findings)
