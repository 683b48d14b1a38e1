"""省份管理, 城市管理: adding, changing, ordering, and deleting what nothing uses; forms and imports follow (A-8)."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.addresses import AddressBook
from crm.domain.imports.name_lookup import province_reader
from crm.entities.lookups import Lookups
from crm.models import City, OperationLog, Province
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_customer

AsUser = Callable[[str], Person]


@pytest.fixture
def admin(as_user: AsUser, session: Session, cast: Cast) -> Person:
    cast.admin.language = "en"
    return as_user("admin")


def send(person: Person, page: str, action: str = "", **typed: Any) -> Any:
    """The form of a page with some fields typed otherwise."""
    (form,) = html.fromstring(person.get(page).text).xpath(f"//form[@action='{action or page}']")
    sent = {name: value for name, value in form.form_values() if name not in ("csrf_token", "once")}
    return person.post(action or page, {**sent, **typed})


def names(person: Person, url: str) -> list[str]:
    return html.fromstring(person.get(url).text).xpath("//tbody/tr/*[1]/a/text()")


def test_they_are_there_from_the_start_with_their_region(admin: Person) -> None:
    assert names(admin, "/provinces?size=100")[:2] == ["北京市", "天津市"]
    assert len(names(admin, "/provinces?size=100")) == 34
    assert "台北市" in names(admin, "/cities?q=台北市")
    assert 'href="/provinces"' in admin.get("/").text and 'href="/cities"' in admin.get("/").text


def test_a_new_city_is_offered_and_imported_at_once(admin: Person, session: Session, as_user: AsUser) -> None:
    province = session.scalars(select(Province).where(Province.name == "北京市")).one()
    wang = as_user("wang")
    assert "雄安" not in wang.get(f"/customers/cities?province_id={province.id}").text
    typed = {"province_id": str(province.id), "code": "1199", "name": "雄安新市", "position": ""}
    assert send(admin, "/cities/new", "/cities", **typed).status_code == 303
    city = session.scalars(select(City).where(City.code == "1199")).one()
    assert "雄安新市" in wang.get(f"/customers/cities?province_id={province.id}").text
    found = AddressBook(Lookups(session)).city("雄安新市", None)
    assert found is not None and found.id == city.id
    told = session.scalars(select(OperationLog).order_by(OperationLog.id.desc()).limit(1)).one()
    assert (told.entity, told.action, told.changes["name"]) == ("cities", "created", [None, "雄安新市"])
    assert "Province: 北京市" in admin.get("/logs").text


def test_a_renamed_and_reordered_province_is_read_by_its_new_name(admin: Person, session: Session) -> None:
    province = session.scalars(select(Province).where(Province.name == "天津市")).one()
    assert send(admin, f"/provinces/{province.id}", name="津門", position="0").status_code == 303
    assert province_reader(Lookups(session).provinces)("津門") == province.id
    assert province_reader(Lookups(session).provinces)("天津") == province.id
    assert set(names(admin, "/provinces")[:2]) == {"北京市", "津門"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"code": "12"}, "code"), ({"name": "天津市"}, "name"), ({"name": ""}, "name"), ({"position": "x"}, "position")],
)
def test_what_is_wrong_stands_beside_its_field(admin: Person, typed: dict[str, str], field: str) -> None:
    answer = send(admin, "/provinces/new", "/provinces", **{"code": "Z9", "name": "新省", **typed})
    assert answer.status_code == 422
    (control,) = html.fromstring(answer.text).xpath(f"//*[@name='{field}']")
    assert control.get("aria-invalid") == "true"


def test_one_in_use_cannot_be_deleted(admin: Person, session: Session, cast: Cast) -> None:
    province = (
        session.scalars(select(Province).where(Province.name == "台灣")).first()
        or session.scalars(select(Province).where(Province.code == "71")).one()
    )
    city = session.scalars(select(City).where(City.province_id == province.id)).first()
    assert city is not None
    make_customer(session, cast.wang, province_id=province.id, city_id=city.id)
    session.commit()
    assert "cities belong to it" in admin.get(f"/provinces/{province.id}/delete").text
    assert admin.post(f"/provinces/{province.id}/delete").status_code == 409
    assert "cannot be deleted" in admin.get(f"/cities/{city.id}/delete").text
    assert admin.post(f"/cities/{city.id}/delete").status_code == 409
    other = session.scalars(select(Province).where(Province.code == "11")).one()
    assert send(admin, f"/cities/{city.id}", province_id=str(other.id)).status_code == 422
    free = session.scalars(select(City).where(City.province_id == other.id)).first()
    assert free is not None
    assert admin.post(f"/cities/{free.id}/delete").status_code == 303
    assert admin.post(f"/provinces/{other.id}/delete").status_code == 303
    assert session.scalars(select(Province.id).where(Province.code == "11")).first() is None


def test_a_late_save_is_refused(admin: Person, session: Session) -> None:
    province = session.scalars(select(Province.id)).first()
    page = f"/provinces/{province}"
    (form,) = html.fromstring(admin.get(page).text).xpath(f"//form[@action='{page}']")
    old = {name: value for name, value in form.form_values() if name not in ("csrf_token", "once")}
    assert send(admin, page, name="先").status_code == 303
    assert admin.post(page, {**old, "name": "後"}, exactly=True).status_code == 409
