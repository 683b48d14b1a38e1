"""Whoever keeps the organisation, and nothing else, gains no right by any form that is open to them (hostile case 15).

Forms are filled as their fields allow, with values drawn at random from what stands elsewhere in the firm. The numbers
come from a seed, so that a failure comes again; `--attempts 20000` tries for longer.
"""

# ruff: noqa: F811 — fixtures of another module

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.organisation.units import ancestor_ids
from crm.models import OrgUnit, Permission, PersonalGrant, Role, RoleMember, Scope, User, rights_of
from crm.models.second_factor import SecondFactor
from tests.cast import Cast
from tests.conftest import Person
from tests.conventions.test_access import ids, requests, rules  # noqa: F401

SignIn = Callable[[str], Person]
SIGNING = frozenset({"auth.logout", "auth.language", "office.password", "office.end_others", "office.end_session"})
"""What ends the person's own session, or changes the own password."""
SEEDS = (15,)
SETS = {
    "organisation": (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE),
    "roles": (Permission.ROLES_VIEW, Permission.ROLES_SAVE),
    "grants": (Permission.GRANTS_VIEW, Permission.GRANTS_SAVE),
}


@pytest.fixture(params=sorted(SETS))
def keeper(request: pytest.FixtureRequest, session: Session, cast: Cast) -> User:
    """Finance, with this one function for the whole firm in place of everything else."""
    for row in session.scalars(select(RoleMember).where(RoleMember.user_id == cast.finance.id)):
        session.delete(row)
    for permission in SETS[request.param]:
        session.add(PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=Scope.EVERYTHING))
    for user in session.scalars(select(User)):
        user.email, user.gender = user.email or f"{user.login}@example.com", user.gender or "female"
    session.commit()
    return cast.finance


def accounts(session: Session, keeper: User) -> dict[int, tuple[Any, ...]]:
    """What lets somebody in as a person who holds more than the keeper, and how far everybody reaches."""
    session.expire_all()
    held, found = rights_of(session, keeper).scopes, {}
    factors = set(session.scalars(select(SecondFactor.user_id)))
    for user in session.scalars(select(User)):
        rights = rights_of(session, user)
        more = {p: s for p, s in rights.scopes.items() if held.get(p, 0) < s}
        if more or user.id == keeper.id:
            way_in = (user.login, user.email, user.password_hash, user.id in factors)
            found[user.id] = (more, rights.administrator, *(way_in if user.id != keeper.id else ()))
    return found


def reached(session: Session, keeper: User) -> dict[tuple[int, str], set[int]]:
    """(person, right that the keeper cannot give for the whole firm) → the people whose records it reaches."""
    session.expire_all()
    held, users = rights_of(session, keeper).scopes, session.scalars(select(User)).all()
    places = {unit: ancestor_ids(session, unit) for unit in {user.unit_id for user in users}}
    found = {}
    for user in users:
        in_department = {other.id for other in users if other.unit_id == user.unit_id}
        in_all = {other.id for other in users if user.unit_id in places[other.unit_id]}
        by_scope = {Scope.DEPARTMENT: in_department, Scope.BELOW: in_all}
        for permission, scope in rights_of(session, user).scopes.items():
            if scope in by_scope and held.get(permission) is not Scope.EVERYTHING:
                found[user.id, permission] = by_scope[scope]
    return found


def further(session: Session, before: dict[tuple[int, str], set[int]], keeper: User) -> list[tuple[int, str]]:
    """Whose right reaches people whom it did not reach; whoever is new has nothing yet that could be seen."""
    people = set().union(*before.values())
    return [who for who, now in reached(session, keeper).items() if (now & people) - before.get(who, set())]


def beyond(session: Session, before: dict[int, tuple[Any, ...]], keeper: User) -> list[str]:
    """What is more than it was."""
    now = accounts(session, keeper)
    told = []
    for user_id, what in now.items():
        known = before.get(user_id, ({}, False))
        gained = {p for p, scope in what[0].items() if known[0].get(p, 0) < scope}
        if gained or (what[1] and not known[1]):
            told.append(f"{user_id} gained {sorted(gained)} {what[1]}")
        elif what[2:] != known[2:] and user_id != keeper.id:
            told.append(f"{user_id} is let in otherwise: {known[2:4]} {what[2:4]}")
    return told


def forms_open_to(person: Person, session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """(address, what a browser would send) of every form that posts, on the pages about rights and people."""
    people, units = session.scalars(select(User.id)).all(), session.scalars(select(OrgUnit.id)).all()
    pages = ["/organisation", "/roles", "/roles/new", "/grants", "/organisation/people/new"]
    pages += ["/organisation/move", "/organisation/order"]
    pages += [f"/organisation/{kind}/new" for kind in ("companies", "departments")]
    pages += [f"/organisation/units/{unit}" for unit in units]
    pages += [f"/organisation/people/{one}{what}" for one in people for what in ("", "/password", "/second-factor")]
    pages += [f"/organisation/people/{one}/{what}" for one in people for what in ("disable", "enable", "delete")]
    pages += [f"/organisation/units/{unit}/delete" for unit in units]
    pages += [f"/grants/{one}" for one in people]
    for role in session.scalars(select(Role.id)):
        pages += [f"/roles/{role}{what}" for what in ("", "/permissions", "/people", "/delete")]
    for page in pages:
        answer = person.get(page)
        if answer.status_code != 200:
            continue
        for form in html.fromstring(answer.get_data(as_text=True)).forms:
            action = form.get("action") or page
            if form.method == "POST" and not action.startswith(("/language", "/logout")):
                fields = {name: form.inputs[name] for name in form.fields if name}
                yield action, {name: choices(control) for name, control in fields.items()}


def choices(control: Any) -> list[Any]:
    """What could be sent for it: what the page offers, first what stands there."""
    if hasattr(control, "value_options"):
        now = control.value
        return [*([now] if isinstance(now, str) else sorted(now or ())), *control.value_options]
    if isinstance(control, list):
        return [one.get("value") for one in control]
    return [getattr(control, "value", None) or ""]


def strangers(session: Session) -> list[str]:
    """Values of elsewhere, to be put where they do not belong."""
    ids = [str(i) for model in (User, OrgUnit, Role) for i in session.scalars(select(model.id))]
    return [*ids, "4", "1", "mine@example.com", "admin", "klar-Wasser-9", *(p.value for p in Permission)]


EXTRA = "roles role_id unit_id password password_hash is_admin scope permission login email successor people".split()


def filled(form: dict[str, list[Any]], others: list[str], dice: random.Random) -> dict[str, Any]:
    """Mostly as it stands, two or three fields changed; now and then one that the form does not have."""
    sent: dict[str, Any] = {name: offered[0] if offered else "" for name, offered in form.items()}
    names = [name for name in form if name not in ("csrf_token", "version", "once")]
    for name in dice.sample(names, min(len(names), dice.randint(1, 3))):
        if "password" in name or "repeated" in name:
            sent[name] = "klar-Wasser-9"
        else:
            sent[name] = dice.choice([*form[name], *form[name], dice.choice(others), [dice.choice(others)] * 2])
    if dice.random() < 0.3:
        sent[dice.choice(EXTRA)] = dice.choice(others)
    return {name: value for name, value in sent.items() if value is not None and name != "csrf_token"}


@pytest.mark.parametrize("seed", SEEDS)
def test_random_forms_give_no_right(
    session: Session, keeper: User, as_user: Callable[[str], Person], seed: int, request: pytest.FixtureRequest
) -> None:
    dice, person = random.Random(seed), as_user("finance")
    before, reach, answered = accounts(session, keeper), reached(session, keeper), set()
    for attempt in range(request.config.getoption("--attempts")):
        if attempt % 100 == 0:
            forms, others = list(forms_open_to(person, session)), strangers(session)
        action, form = dice.choice(forms)
        sent = filled(form, others, dice)
        answered.add(person.post(action, sent).status_code)
        assert beyond(session, before, keeper) == [], (action, sent)
        assert further(session, reach, keeper) == [], (action, sent)
    assert {200, 303} & answered and not {500} & answered, answered


PLACES = (
    "organisation/people",
    "organisation/departments",
    "organisation/companies",
    "organisation/move",
    "organisation/order",
    *(f"organisation/people/{{user}}{what}" for what in ("", "/delete", "/disable", "/enable", "/password")),
    *(f"organisation/people/{{user}}/{what}" for what in ("invite", "slip", "second-factor")),
    "organisation/former/{user}",
    *(f"organisation/units/{{unit}}{what}" for what in ("", "/delete")),
)
"""Every address of the organisation that takes something."""
FIELDS = EXTRA + "name kind gender parent_id version first_login order up down units kind_customers level_0".split()
NUMBERS = st.integers(0, 9).map(str)
VALUES = st.one_of(
    NUMBERS,
    st.sampled_from(
        ["pool", "male", "email", "slip", "klar-Wasser-9", "mine@example.com", "p1 p2", "u1", "", "x" * 300]
    ),
    st.lists(NUMBERS, max_size=4),
)
SENT = st.tuples(
    st.sampled_from(PLACES), NUMBERS, NUMBERS, st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=9)
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(sent=st.lists(SENT, max_size=6))
def test_whatever_is_sent_to_the_organisation_gives_no_right(
    session: Session, keeper: User, as_user: Callable[[str], Person], sent: list[Any]
) -> None:
    """Forms that no page has: any field with any value. The firm goes on as the last ones left it."""
    person = as_user("finance")
    before, reach = accounts(session, keeper), reached(session, keeper)
    for place, user, unit, fields in sent:
        answer = person.post("/" + place.format(user=user, unit=unit), {"version": "1", **fields})
        assert answer.status_code != 500, (place, user, unit, fields)
        assert beyond(session, before, keeper) == [], (place, user, unit, fields)
        assert further(session, reach, keeper) == [], (place, user, unit, fields)


FIELDS = (
    *EXTRA,
    *("permissions", "shown", "people", "before", "name", "unit_id", "parent_id", "repeated", "gender", "version"),
    *("action", "ids", "confirmed", "answer", "all", "owner_id", "user_id", "stand_in_id", "away", "instead"),
    *("decider", "second", "document", "condition", "amount", "self_approval", "state", "approver_id", "key", "q"),
)


def typed(session: Session) -> st.SearchStrategy[dict[str, Any]]:
    """What somebody could send to any address: fields of the firm's forms with values from elsewhere in it."""
    values = st.sampled_from(strangers(session)) | st.sampled_from(["", "1", "on", "orders", "yes", "99999999"])
    return st.dictionaries(st.sampled_from(FIELDS), values | st.lists(values, max_size=3), max_size=7)


@pytest.mark.parametrize("keeper", ["organisation"], indirect=True)
def test_15_no_request_to_any_address_gives_a_right(
    app: CRM, session: Session, keeper: User, ids: dict[str, Any], rules: list[Any], as_user: SignIn, request: Any
) -> None:
    """Hostile case 15, with organisation:save and nothing else: 20,000 requests with --long."""
    person = as_user("finance")
    before, reach = accounts(session, keeper), reached(session, keeper)
    posts = [url for endpoint, method, url in requests(rules, ids) if method == "POST" and endpoint not in SIGNING]
    answered: Counter[int] = Counter()

    @settings(
        max_examples=20_000 if request.config.getoption("--long") else 200,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(posts), typed(session))
    def send(url: str, fields: dict[str, Any]) -> None:
        answered[person.post(url, fields).status_code] += 1
        if sum(answered.values()) % 25 == 0:
            assert beyond(session, before, keeper) == [], (url, fields)
            assert further(session, reach, keeper) == [], (url, fields)

    send()
    assert beyond(session, before, keeper) == [] and further(session, reach, keeper) == []
    assert answered[403] and not answered[500], answered
