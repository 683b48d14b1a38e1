"""A-1, A-5, A-6: who may change whom, and that nobody promotes themselves (hostile cases 14–20)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.domain.organisation import people, roles_and_grants, units
from crm.domain.organisation.unit_saving import save_unit
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.models import Customer, OrgUnit, Permission, PersonalGrant, Role, RoleMember, Scope, User, rights_of
from crm.models.organisation import COMPANY, DEPARTMENT
from tests.factories import make_customer

P = Permission


def role(session, key):
    return session.scalars(select(Role).where(Role.key == key)).one()


def unit(session, name):
    return session.scalars(select(OrgUnit).where(OrgUnit.name == name)).one()


def grant(session, user, *permissions, scope=Scope.EVERYTHING):
    """Rights as they stand in the database, however they came there."""
    session.add_all(PersonalGrant(user_id=user.id, permission=p.value, scope=int(scope)) for p in permissions)
    session.flush()


@pytest.fixture
def keeper(session, cast):
    """Finance keeps the organisation, the roles and the personal permissions, and is no administrator."""
    for permission in (P.ORGANISATION_VIEW, P.ORGANISATION_SAVE, P.ROLES_SAVE, P.GRANTS_SAVE):
        grant(session, cast.finance, permission)
    return cast.finance


def state(session):
    """Everything about rights and accounts that a refused attempt must leave as it was."""
    session.expire_all()
    return (
        session.execute(select(RoleMember.role_id, RoleMember.user_id).order_by(RoleMember.role_id)).all(),
        session.execute(select(PersonalGrant.user_id, PersonalGrant.permission, PersonalGrant.scope)).all(),
        session.execute(
            select(User.id, User.unit_id, User.login, User.email, User.password_hash, User.disabled_at)
        ).all(),
        session.execute(select(OrgUnit.id, OrgUnit.parent_id)).all(),
    )


def refused(session, attempt, error=DomainError):
    """The verb refuses, and the database is as before."""
    before = state(session)
    with pytest.raises(error), session.begin_nested():
        attempt()
    assert state(session) == before


# The tree (14)


def test_a_department_cannot_lie_below_itself(session, cast, actor):
    sales, north = unit(session, "業務部"), unit(session, "北區")
    refused(session, lambda: save_unit(session, sales, {"parent_id": north.id}, actor(cast.admin)), FieldError)
    refused(session, lambda: save_unit(session, sales, {"parent_id": sales.id}, actor(cast.admin)), FieldError)


def test_the_firm_stays_at_the_top(session, cast, actor):
    firm, sales = unit(session, "測試公司"), unit(session, "業務部")
    refused(session, lambda: save_unit(session, firm, {"parent_id": sales.id}, actor(cast.admin)), FieldError)
    refused(session, lambda: save_unit(session, sales, {"parent_id": None}, actor(cast.admin)), FieldError)


def test_a_moved_department_is_seen_at_once(session, cast, actor):
    """The manager sees what lies below; once the north is moved away, no more."""
    make_customer(session, cast.wang, name="北區客戶")
    wanted = Customer.visible_to(rights_of(session, cast.manager))
    assert len(session.scalars(wanted).all()) == 1
    firm = unit(session, "測試公司")
    save_unit(session, unit(session, "北區"), {"parent_id": firm.id}, actor(cast.admin))
    assert session.scalars(Customer.visible_to(rights_of(session, cast.manager))).all() == []


def test_two_people_change_one_department(session, cast, actor):
    north = unit(session, "北區")
    opened = north.version
    save_unit(session, north, {"phone": "02-1111"}, actor(cast.admin), opened)
    with pytest.raises(StaleRecord):
        save_unit(session, north, {"phone": "02-2222"}, actor(cast.admin), opened)


def test_the_tree_shows_what_the_scope_reaches(session, cast):
    grant(session, cast.manager, P.ORGANISATION_VIEW, scope=Scope.BELOW)
    nodes = units.unit_tree(session, rights_of(session, cast.manager), P.ORGANISATION_VIEW)
    assert [node.name for node in units.flatten(nodes)] == ["業務部", "北區", "南區"]
    grant(session, cast.wang, P.ORGANISATION_VIEW, scope=Scope.OWN)
    (own,) = units.unit_tree(session, rights_of(session, cast.wang), P.ORGANISATION_VIEW)
    assert (own.name, [person.login for person in own.people]) == ("北區", ["wang"])


def test_a_keeper_of_one_department_changes_nothing_elsewhere(session, cast, actor):
    grant(session, cast.wang, P.ORGANISATION_SAVE, scope=Scope.DEPARTMENT)
    south = unit(session, "南區").id
    values = {"kind": DEPARTMENT, "name": "新", "parent_id": south}
    refused(session, lambda: save_unit(session, None, values, actor(cast.wang)), FieldError)
    newcomer = {"login": "new", "name": "新人", "unit_id": south, "password": "klar-Wasser-8"}
    refused(session, lambda: people.save_person(session, None, newcomer, actor(cast.wang)), FieldError)


# Promoting oneself (15)


def test_nobody_moves_themselves_or_others_under_themselves(session, cast, actor):
    """With organisation:save and a department's scope on customers, a move would show more customers."""
    grant(session, cast.manager, P.ORGANISATION_SAVE)
    firm, north = unit(session, "測試公司"), unit(session, "北區")
    manager = actor(cast.manager)
    refused(session, lambda: people.save_person(session, cast.manager, {"unit_id": firm.id}, manager), NotAllowed)
    other = save_unit(session, None, {"kind": DEPARTMENT, "name": "總務", "parent_id": firm.id}, actor(cast.admin))
    refused(session, lambda: save_unit(session, other, {"parent_id": north.id}, manager), NotAllowed)
    clerk = people.save_person(
        session, None, {"login": "x", "name": "X", "unit_id": other.id, "password": "klar-Wasser-8"}, actor(cast.admin)
    )
    refused(session, lambda: people.save_person(session, clerk, {"unit_id": north.id}, manager), NotAllowed)


def test_nobody_but_an_administrator_changes_an_administrator(session, cast, actor, keeper):
    by = actor(keeper)
    for attempt in (
        lambda: people.save_person(session, cast.admin, {"name": "X"}, by),
        lambda: people.save_person(session, cast.admin, {"login": "mine"}, by),
        lambda: people.set_password(session, cast.admin, "klar-Wasser-8", by, must_change=False),
        lambda: people.reset_password(session, cast.admin, "hash", by),
        lambda: people.set_disabled(session, cast.admin, by, True),
        lambda: roles_and_grants.set_roles(session, cast.admin, [], by),
        lambda: roles_and_grants.set_personal_grants(session, cast.admin, {P.ORGANISATION_SAVE.value: 1}, by),
    ):
        refused(session, attempt, NotAllowed)


def test_nobody_but_an_administrator_makes_one(session, cast, actor, keeper):
    """Not even somebody who holds every single permission."""
    grant(session, cast.li, *P)
    administrators = role(session, "administrator")
    refused(
        session,
        lambda: roles_and_grants.set_roles(session, cast.wang, [administrators.id], actor(cast.li)),
        NotAllowed,
    )
    refused(
        session, lambda: roles_and_grants.set_roles(session, keeper, [administrators.id], actor(keeper)), NotAllowed
    )
    rest = set(roles_and_grants.role_rights(session, administrators))
    save = lambda: roles_and_grants.save_role(  # noqa: E731
        session, administrators, "X", Scope.EVERYTHING, {P(p) for p in rest}, actor(cast.li)
    )
    refused(session, save, NotAllowed)


def test_nobody_grants_what_they_do_not_hold(session, cast, actor, keeper):
    manager = role(session, "sales_manager")
    refused(session, lambda: roles_and_grants.set_roles(session, cast.wang, [manager.id], actor(keeper)), NotAllowed)
    given = {P.CUSTOMERS_VIEW.value: int(Scope.OWN)}
    refused(session, lambda: roles_and_grants.set_personal_grants(session, cast.wang, given, actor(keeper)), NotAllowed)
    new_role = lambda: roles_and_grants.save_role(session, None, "X", Scope.OWN, {P.CUSTOMERS_VIEW}, actor(keeper))  # noqa: E731
    refused(session, new_role, NotAllowed)


def test_nobody_grants_further_than_they_hold(session, cast, actor):
    """The manager holds customers:view for the department and below."""
    grant(session, cast.manager, P.GRANTS_SAVE)
    by, key = actor(cast.manager), P.CUSTOMERS_VIEW.value
    refused(session, lambda: roles_and_grants.set_personal_grants(session, cast.wang, {key: 4}, by), NotAllowed)
    roles_and_grants.set_personal_grants(session, cast.wang, {key: 3}, by)
    assert roles_and_grants.personal_grants(session, cast.wang) == {key: 3}
    # "The department and below" of somebody higher up is more than the manager's own.
    cast.order.unit_id = unit(session, "測試公司").id
    session.flush()
    refused(session, lambda: roles_and_grants.set_personal_grants(session, cast.order, {key: 3}, by), NotAllowed)


def test_nobody_takes_what_they_do_not_hold(session, cast, actor, keeper):
    refused(session, lambda: roles_and_grants.set_roles(session, cast.manager, [], actor(keeper)), NotAllowed)
    sales = role(session, "salesperson")
    refused(
        session, lambda: roles_and_grants.save_role(session, sales, "業務員", Scope.OWN, [], actor(keeper)), NotAllowed
    )
    refused(session, lambda: roles_and_grants.delete_role(session, sales, actor(keeper)), NotAllowed)


def test_nobody_changes_their_own_rights(session, cast, actor, keeper):
    given = {P.ORGANISATION_SAVE.value: 4}
    refused(session, lambda: roles_and_grants.set_personal_grants(session, keeper, given, actor(keeper)), NotAllowed)
    refused(session, lambda: roles_and_grants.set_roles(session, keeper, [], actor(keeper)), NotAllowed)


def test_a_moved_person_never_reaches_further_than_the_mover(session, cast, actor, keeper):
    """The manager's "department and below" at the top of the firm would be everything."""
    firm = unit(session, "測試公司")
    refused(session, lambda: people.save_person(session, cast.manager, {"unit_id": firm.id}, actor(keeper)), NotAllowed)
    people.save_person(session, cast.wang, {"unit_id": unit(session, "南區").id}, actor(keeper))
    assert cast.wang.unit_id == unit(session, "南區").id


@pytest.fixture
def outpost(session, cast, actor):
    """The manager keeps the whole organisation and sees the customers of the department and below.

    An account of theirs (order) has the same for a department under it, which was moved away from it.
    """
    grant(session, cast.manager, P.ORGANISATION_SAVE, P.GRANTS_SAVE)
    by, firm, sales = actor(cast.manager), unit(session, "測試公司"), unit(session, "業務部")
    made = save_unit(session, None, {"kind": DEPARTMENT, "name": "外站", "parent_id": sales.id}, by)
    people.save_person(session, cast.order, {"unit_id": made.id}, actor(cast.admin))
    roles_and_grants.set_roles(session, cast.order, [], actor(cast.admin))
    roles_and_grants.set_personal_grants(session, cast.order, {P.CUSTOMERS_VIEW.value: int(Scope.BELOW)}, by)
    save_unit(session, made, {"parent_id": firm.id}, by)
    other = save_unit(session, None, {"kind": DEPARTMENT, "name": "總務", "parent_id": firm.id}, by)
    people.save_person(session, cast.finance, {"unit_id": other.id}, actor(cast.admin))
    roles_and_grants.set_roles(session, cast.finance, [], actor(cast.admin))
    make_customer(session, cast.finance, name="別人的客戶")
    return made


@pytest.mark.parametrize("how", ["unit", "person", "new unit", "company", "disabled"])
def test_nobody_above_the_new_place_reaches_what_the_mover_may_not_grant(session, cast, actor, outpost, how):
    by, other, target = actor(cast.manager), unit(session, "總務"), outpost
    if how in ("new unit", "company"):
        kind = COMPANY if how == "company" else DEPARTMENT
        target = save_unit(session, None, {"kind": kind, "name": "門", "parent_id": outpost.id}, by)
    if how == "disabled":
        people.set_disabled(session, cast.order, by, True)
    if how == "person":
        refused(session, lambda: people.save_person(session, cast.finance, {"unit_id": target.id}, by), NotAllowed)
    else:
        refused(session, lambda: save_unit(session, other, {"parent_id": target.id}, by), NotAllowed)
    assert session.scalars(Customer.visible_to(rights_of(session, cast.order))).all() == []


def test_an_account_of_one_department_gains_nobody_by_a_move(session, cast, actor, outpost):
    """With the scope "department" only those who move into it are gained, also those who come from below it."""
    mine = {P.CUSTOMERS_VIEW.value: int(Scope.DEPARTMENT)}
    roles_and_grants.set_personal_grants(session, cast.order, mine, actor(cast.admin))
    by, other = actor(cast.manager), unit(session, "總務")
    refused(session, lambda: people.save_person(session, cast.finance, {"unit_id": outpost.id}, by), NotAllowed)
    save_unit(session, other, {"parent_id": outpost.id}, by)
    assert session.scalars(Customer.visible_to(rights_of(session, cast.order))).all() == []
    refused(session, lambda: people.save_person(session, cast.finance, {"unit_id": outpost.id}, by), NotAllowed)


def test_whoever_reached_it_before_gains_nothing(session, cast, actor):
    """The manager stands above both places, so whoever keeps the organisation alone may move between them."""
    grant(session, cast.finance, P.ORGANISATION_SAVE)
    people.save_person(session, cast.finance, {"unit_id": unit(session, "測試公司").id}, actor(cast.admin))
    by, north, south = actor(cast.finance), unit(session, "北區"), unit(session, "南區")
    people.save_person(session, cast.wang, {"unit_id": south.id}, by)
    save_unit(session, north, {"parent_id": south.id}, by)
    assert (cast.wang.unit_id, north.parent_id) == (south.id, south.id)


def test_a_holder_of_everything_moves_freely(session, cast, actor, outpost):
    grant(session, cast.li, P.ORGANISATION_SAVE, P.CUSTOMERS_VIEW)
    people.save_person(session, cast.finance, {"unit_id": outpost.id}, actor(cast.li))
    assert cast.finance.unit_id == outpost.id


def test_a_keeper_gives_what_they_hold(session, cast, actor, keeper):
    newcomer = {"login": "New", "name": "新人", "unit_id": unit(session, "北區").id, "password": "klar-Wasser-8"}
    person = people.save_person(session, None, newcomer, actor(keeper))
    clerk = roles_and_grants.save_role(session, None, "人事", Scope.EVERYTHING, {P.ORGANISATION_VIEW}, actor(keeper))
    roles_and_grants.change_members(session, clerk, [person], [], actor(keeper))
    assert rights_of(session, person).scope(P.ORGANISATION_VIEW) is Scope.EVERYTHING
    assert person.must_change_password


# Passwords (16)


def test_the_password_of_somebody_with_more_rights_is_not_set(session, cast, actor, keeper):
    """Whoever sets it could sign in as them."""
    by = actor(keeper)
    refused(session, lambda: people.reset_password(session, cast.manager, "hash", by), NotAllowed)
    refused(session, lambda: people.save_person(session, cast.manager, {"login": "m2"}, by), NotAllowed)
    refused(session, lambda: people.save_person(session, cast.manager, {"password": "klar-Wasser-8"}, by), NotAllowed)


@pytest.mark.parametrize("email", ["mine@example.com", None])
def test_the_email_of_somebody_with_more_rights_is_not_changed(session, cast, actor, keeper, email):
    """Whatever lets them in again would be sent there; everything else of them may be put right."""
    cast.manager.email = "manager@example.com"
    session.flush()
    changed = lambda: people.save_person(session, cast.manager, {"email": email}, actor(keeper))  # noqa: E731
    refused(session, changed, NotAllowed)
    people.save_person(session, cast.manager, {"email": "manager@example.com", "phone": "123"}, actor(keeper))
    assert (cast.manager.email, cast.manager.phone) == ("manager@example.com", "123")


@pytest.mark.parametrize("what", [{"email": "mine@example.com"}, {"login": "mine"}, {"password": "klar-Wasser-8"}])
def test_a_colleague_with_the_same_rights_is_not_taken_over(session, cast, actor, what):
    """Li's own customers are not Wang's, though both hold the same rights of scope "own"."""
    grant(session, cast.wang, P.ORGANISATION_SAVE)
    refused(session, lambda: people.save_person(session, cast.li, what, actor(cast.wang)), NotAllowed)


def test_a_manager_takes_care_of_the_accounts_of_the_department(session, cast, actor):
    grant(session, cast.manager, P.ORGANISATION_SAVE)
    people.save_person(session, cast.wang, {"email": "wang@example.com"}, actor(cast.manager))
    assert cast.wang.email == "wang@example.com"


def test_ones_own_password_is_not_reset_without_the_old_one(session, cast, actor):
    refused(session, lambda: people.reset_password(session, cast.admin, "hash", actor(cast.admin)), NotAllowed)


def test_a_new_password_must_be_changed_and_ends_sessions(session, cast, actor):
    from crm.domain.accounts.sign_in import start_session, user_of_token

    token = start_session(session, cast.wang, "127.0.0.1", "test", datetime.now(UTC))
    people.reset_password(session, cast.wang, people.new_password_hash("klar-Wasser-8", "wang"), actor(cast.admin))
    assert cast.wang.must_change_password
    assert user_of_token(session, token, datetime.now(UTC)) is None


@pytest.mark.parametrize("login", ["wang", "WANG", " Wang "])
def test_a_login_is_given_once(session, cast, actor, login):
    values = {"login": login, "name": "另一人", "unit_id": cast.wang.unit_id, "password": "klar-Wasser-8"}
    refused(session, lambda: people.save_person(session, None, values, actor(cast.admin)), FieldError)


# The last administrator (20)


def test_the_last_administrator_stays(session, cast, actor):
    by = actor(cast.admin)
    refused(session, lambda: roles_and_grants.set_roles(session, cast.admin, [], by), NotAllowed)
    refused(session, lambda: people.set_disabled(session, cast.admin, by, True), NotAllowed)
    administrators = role(session, "administrator")
    refused(session, lambda: roles_and_grants.change_members(session, administrators, [], [cast.admin], by), NotAllowed)
    refused(session, lambda: roles_and_grants.delete_role(session, administrators, by), NotAllowed)
    fewer = {P(p) for p in roles_and_grants.role_rights(session, administrators)} - {P.ROLES_SAVE}
    shrink = lambda: roles_and_grants.save_role(session, administrators, "X", Scope.EVERYTHING, fewer, by)  # noqa: E731
    refused(session, shrink, NotAllowed)
    narrow = lambda: roles_and_grants.save_role(session, administrators, "X", Scope.OWN, fewer | {P.ROLES_SAVE}, by)  # noqa: E731
    refused(session, narrow, NotAllowed)


def test_a_disabled_administrator_does_not_count(session, cast, actor):
    administrators = role(session, "administrator").id
    roles_and_grants.set_roles(session, cast.li, [administrators], actor(cast.admin))
    people.set_disabled(session, cast.li, actor(cast.admin), True)
    refused(session, lambda: roles_and_grants.set_roles(session, cast.admin, [], actor(cast.admin)), NotAllowed)
    people.set_disabled(session, cast.li, actor(cast.admin), False)
    roles_and_grants.set_roles(session, cast.admin, [], actor(cast.admin))
    assert roles_and_grants.administrators(session) == {cast.li.id}


# Roles


@pytest.mark.parametrize("key", ["administrator", "sales_approver", "receipt_approver"])
def test_built_in_roles_cannot_be_deleted(session, cast, actor, key):
    refused(session, lambda: roles_and_grants.delete_role(session, role(session, key), actor(cast.admin)), NotAllowed)


def test_a_deleted_role_gives_nothing(session, cast, actor):
    roles_and_grants.delete_role(session, role(session, "salesperson"), actor(cast.admin))
    assert rights_of(session, cast.wang).scopes == {}


def test_a_role_name_is_given_once(session, cast, actor):
    with pytest.raises(FieldError):
        roles_and_grants.save_role(session, None, "業務員", Scope.OWN, [], actor(cast.admin))


def test_members_changed_by_two_people_add_up(session, cast, actor):
    """Only differences are applied, so the second person does not undo the first."""
    sales = role(session, "salesperson")
    roles_and_grants.change_members(session, sales, [cast.order], [], actor(cast.admin))
    roles_and_grants.change_members(session, sales, [cast.finance], [cast.li], actor(cast.admin))
    assert roles_and_grants.members_of(session, sales) == {
        cast.manager.id,
        cast.wang.id,
        cast.order.id,
        cast.finance.id,
    }


def test_where_a_right_comes_from(session, cast):
    grant(session, cast.manager, P.CUSTOMERS_VIEW, scope=Scope.EVERYTHING)
    found = roles_and_grants.sources_of_rights(session, cast.manager)[P.CUSTOMERS_VIEW.value]
    told = [(source.role, source.scope) for source in found]
    assert told == [("銷售經理", Scope.BELOW), ("業務員", Scope.OWN), ("", Scope.EVERYTHING)]
    assert rights_of(session, cast.manager).scope(P.CUSTOMERS_VIEW) is Scope.EVERYTHING


def test_the_administrator_sets_up_approvers_and_does_not_approve(session, cast, actor):
    assert not rights_of(session, cast.admin).may(P.ORDERS_APPROVE)
    roles_and_grants.set_roles(session, cast.wang, [role(session, "sales_approver").id], actor(cast.admin))
    assert rights_of(session, cast.wang).may(P.ORDERS_APPROVE)
