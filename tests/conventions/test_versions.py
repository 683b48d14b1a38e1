"""Whoever saves says which version they had before them; of every kind of record, everywhere (hostile case 34)."""

# ruff: noqa: F401, F811 — fixtures of another module

import re
from collections.abc import Callable
from typing import Any

from lxml import html

from crm.app import CRM
from tests.access_matrix import MATRIX, PUBLIC, REPORTS
from tests.conftest import Person, wants_all
from tests.conventions.test_access import address, contents, ids, requests, rules

PASSWORD = "neues-Wasser-8"
TYPED = {
    "old_password": "klar-Wasser-7",
    "new_password": PASSWORD,
    "confirm": PASSWORD,
    "password": PASSWORD,
    "repeated": PASSWORD,
}
TYPED |= {"email": "chou@example.tw", "gender": "female"}
"""What is empty on its page, and nobody can save without."""
IMPORTED = ("customers", "contacts", "products", "records", "orders")
NO_EDITING = {"create", "delete", "bulk", "template", "company", "department", "person"}
"""Making, deleting, and changing many (each document of those brings a version of its own)."""
WITHOUT_VERSION = {
    # Steps of a document: the same view for all of them, of which submitting is in the loop.
    *(f"approvals.orders_{step}" for step in ("withdraw", "approve", "reject", "void", "decide")),
    *(f"approvals.receipts_{step}" for step in ("withdraw", "approve", "reject", "decide")),
    # The card that is moved on the board names its version in its button, and a text of a template's past in its page.
    "opportunities.move",
    "prints.bring_version_back",
    # A question about one state of a record, answered by yes; another state refuses it.
    *(
        "organisation.arrange",
        "organisation.import_file",
        "organisation.invite",
        "organisation.slip",
        "organisation.move",
        "organisation.disable",
        "organisation.enable",
        "organisation.disable_second_factor",
        "schedule.completed",
    ),
    # The firm itself is never deleted, and has no such page.
    "organisation.delete_unit",
    "tasks.cancel",
    # Made and deleted as a whole.
    *("approval_rules.create_stand_in", "approval_rules.delete_stand_in"),
    # Makes a file of everything, and changes nothing.
    "backups.export_everything",
    # What lies in the bin is changed by nobody.
    *("bin.restore", "bin.undo", "bin.purge"),
    # Its page names the version of each of the records.
    "merging.merge",
    "customers.tell_apart",
    # Puts back what nobody has changed since, and says what somebody has.
    "dictionaries.undo",
    "pool.bulk_recycled",
    *("pool.give", "pool.release", "pool.take", "policy.recycle", "prints.choose_default"),
    *("quotes.convert", "quotes.copy", "receipts.reverse", "receipts.choose"),
    # One thing more or less of a set; what others added or took meanwhile stays.
    *("grants.add", "grants.remove", "roles.set_people", "dictionaries.arrange", "policy.arrange"),
    *("custom_fields.arrange", "attachments.send", "attachments.restore"),
    # A person's own things, and what is started and kept nowhere.
    *("lists.forget_search", "lists.keep_search", "lists.save_columns", "notices.open_one", "notices.read_all"),
    *(f"office.{name}" for name in ("begin_factor", "confirm_factor", "end_others", "end_session", "factor_off")),
    *("office.recovery_codes", "schedule.make_calendar", "schedule.revoke_calendar", "auth.logout"),
    *(f"reports.{report}_kept" for report in REPORTS),
    "reports.add_to_workbench",
    *(f"backups.{name}" for name in ("choose", "look_again", "restore", "upload")),
    *("settings.send_logo", "settings.take_logo_away"),
    *("jobs.run", "jobs.send_again", "prints.try_out", "settings.test_mail"),
    *(f"imports.{kind}_{name}" for kind in IMPORTED for name in ("begin", "choices", "send", "send_first", "undo")),
    # Asked about one state of the deal in a notice; a panel that goes for good.
    *("opportunities.closed", "workbench.dismiss_steps"),
}
OF_REPORTS = tuple(f"reports.{report}" for report in REPORTS)
LEFT_OUT = ("once", "csrf_token", "version")
UNSEEN: tuple[dict[str, str], ...] = ({}, {"version": "x"}, {"version": "99999999"})


def forms_with_version(person: Person, urls: list[str]) -> dict[str, dict[str, Any]]:
    """The address of each form that brings a version → what a browser would send of it."""
    found: dict[str, dict[str, Any]] = {}
    for url in urls:
        answer = person.get(url)
        if answer.status_code != 200 or answer.mimetype != "text/html" or not answer.text:
            continue
        for form in html.fromstring(answer.text).iter("form"):
            sent = values_of(form)
            if form.get("method") == "post" and sent.get("version"):
                typed = {name: value for name, value in TYPED.items() if sent.get(name) == ""}
                found.setdefault(form.get("action") or url, {**sent, **typed})
    return found


def values_of(form: Any) -> dict[str, Any]:
    """What a browser would send; several ticks of one name as a list."""
    found: dict[str, list[str]] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def endpoints_of(app: CRM, urls: set[str]) -> set[str]:
    adapter = app.url_map.bind("localhost")
    return {adapter.match(url, method="POST")[0] for url in urls}


def test_a_form_without_its_version_saves_nothing(
    rules: list[Any], ids: dict[str, Any], as_user: Callable[[str], Person], app: CRM, request: Any
) -> None:
    """Missing, unreadable or of another time: 409, and nothing is changed. A new kind comes into the loop by itself."""
    everything = wants_all(request.config)
    tried = UNSEEN if everything else UNSEEN[:1]
    covered, wrong = set(), []
    for letter, login in (("a", "admin"), ("s", "wang"), ("o", "order"), ("f", "finance")):
        person = as_user(login)
        mine = [(e, url) for e, method, url in requests(rules, ids) if method == "GET" and letter in MATRIX[e][0]]
        # A report's own pages save nothing that has a version: only the long form makes sure of it.
        opened = [(e, url) for e, url in mine if e != "auth.logout" and (everything or not e.startswith(OF_REPORTS))]
        forms = forms_with_version(person, [url for _e, url in opened])
        before = contents(app)
        for url in sorted(set(forms) - covered):
            kept = {name: value for name, value in forms[url].items() if name not in LEFT_OUT}
            codes = {person.post(url, {**kept, **unseen}, exactly=True).status_code for unseen in tried}
            if codes != {409}:
                wrong.append((login, url, codes))
        covered |= set(forms)
        assert contents(app) == before
    assert wrong == []
    changing = {e for e, method, url in requests(rules, ids) if method == "POST" and MATRIX[e][0] != PUBLIC}
    left = {e for e in changing - endpoints_of(app, covered) if re.split("[._]", e)[-1] not in NO_EDITING}
    assert sorted(left - WITHOUT_VERSION) == []
    assert sorted(WITHOUT_VERSION - left) == []
