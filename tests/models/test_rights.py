"""A person's rights are read each time; only what is made of the same ones is made once."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm.models import Permission, Scope, rights_of
from tests.cast import Cast


def test_what_another_process_took_away_is_gone_at_once(session: Session, cast: Cast) -> None:
    """A-7: no event of this process tells of it."""
    assert rights_of(session, cast.wang).may(Permission.CUSTOMERS_VIEW)
    session.execute(text("DELETE FROM role_members WHERE user_id = :wang"), {"wang": cast.wang.id})
    assert not rights_of(session, cast.wang).may(Permission.CUSTOMERS_VIEW)


def test_what_it_gave_is_there_at_once(session: Session, cast: Cast) -> None:
    before = rights_of(session, cast.wang).scope(Permission.CUSTOMERS_VIEW)
    given = {"wang": cast.wang.id, "permission": Permission.CUSTOMERS_VIEW.value, "scope": int(Scope.EVERYTHING)}
    session.execute(
        text("INSERT INTO personal_grants (user_id, permission, scope) VALUES (:wang, :permission, :scope)"), given
    )
    assert (before, rights_of(session, cast.wang).scope(Permission.CUSTOMERS_VIEW)) == (Scope.OWN, Scope.EVERYTHING)


def test_another_department_is_another_reach(session: Session, cast: Cast) -> None:
    before = rights_of(session, cast.manager)
    cast.manager.unit_id = cast.admin.unit_id
    assert rights_of(session, cast.manager).unit_id == cast.admin.unit_id != before.unit_id


def test_two_people_with_the_same_grants_share_nothing(session: Session, cast: Cast) -> None:
    wang, li = rights_of(session, cast.wang), rights_of(session, cast.li)
    assert wang.scopes == li.scopes
    assert wang.made is not li.made
