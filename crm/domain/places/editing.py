"""The firm's own provinces and cities: adding, changing, ordering, deleting what nothing uses (A-8).

Addresses in files are still understood by the places the program ships with, through their codes; a place of the
firm's own is found by its name.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.platform.choice_lists import is_named
from crm.entities.record_saving import check_version
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import City, Province

PlaceT = TypeVar("PlaceT", Province, City)


def save_province(
    session: Session, province: Province | None, values: Mapping[str, Any], opened_version: int | None = None
) -> Province:
    """Make or change a province. Raises FieldError for a code or a name that another one has."""
    return _save(session, province or Province(version=0), values, opened_version, ("region_id",), ())


def save_city(
    session: Session, city: City | None, values: Mapping[str, Any], opened_version: int | None = None
) -> City:
    """Make or change a city; one that records name stays in its province, which they name too."""
    city = city or City(version=0)
    moves = city.id is not None and values.get("province_id") != city.province_id
    if moves and is_named(session, city):
        raise FieldError("province_id", N_("Customers are in this city, so it cannot be moved to another province."))
    siblings = (City.province_id == values.get("province_id"),)
    return _save(session, city, values, opened_version, ("province_id",), siblings)


def _save(
    session: Session,
    place: PlaceT,
    values: Mapping[str, Any],
    opened_version: int | None,
    keys: tuple[str, ...],
    siblings: tuple[Any, ...],
) -> PlaceT:
    check_version(place, opened_version)
    model = type(place)
    with session.no_autoflush:
        siblings_saved = session.execute(
            select(model.id, model.code, model.name, model.position).where(*siblings)
        ).all()
        codes = session.execute(select(model.id).where(model.code == values["code"])).scalars()
        if any(id_ != place.id for id_ in codes):
            raise FieldError("code", N_("This code is already used. Please choose another one."))
    if any(
        text.fold(sibling.name) == text.fold(values["name"]) for sibling in siblings_saved if sibling.id != place.id
    ):
        raise FieldError("name", N_("This name is already in the list. Please choose another one."))
    for key in ("code", "name", *keys):
        setattr(place, key, values.get(key))
    last = max((sibling.position for sibling in siblings_saved if sibling.id != place.id), default=-1)
    position = values.get("position")
    place.position = last + 1 if position is None else position
    place.version += 1
    session.add(place)
    session.flush()
    return place


def delete_refusal(session: Session, place: Province | City) -> DomainError | None:
    """Why the place cannot be deleted; nothing where no record names it, also none in the recycle bin."""
    if isinstance(place, Province):
        cities = session.scalar(select(func.count()).where(City.province_id == place.id)) or 0
        if cities:
            return DomainError(N_("%(count)s cities belong to it. Please delete or move them first."), count=cities)
    if is_named(session, place):
        return DomainError(N_("Customers or other records name it, so it cannot be deleted."))
    return None


def delete_place(session: Session, place: Province | City) -> None:
    """Raises DomainError where it is in use."""
    refusal = delete_refusal(session, place)
    if refusal is not None:
        raise refusal
    session.delete(place)
    session.flush()
