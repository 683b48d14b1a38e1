"""The lists of provinces and cities, in the order in which forms offer them."""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from crm.catalogue.places import CITY, PROVINCE
from crm.entities.listing import Reader
from crm.entities.listing.filters import choice_filter, contains_text, dictionary_filter
from crm.i18n import N_
from crm.models import City, Permission, Province
from crm.web.table import Filter, Table, column, listed


def _name_filter(model: Any) -> Any:
    def condition(reader: Reader, typed: str) -> ColumnElement[bool]:
        return or_(contains_text(model.name)(reader, typed), contains_text(model.code)(reader, typed))

    return condition


def _with_province(statement: Select[Any]) -> Select[Any]:
    return statement.join(Province, Province.id == City.province_id)


PROVINCES = listed(
    Table(
        key="provinces",
        title=N_("Provinces"),
        model=Province,
        permission=Permission.PROVINCES_VIEW,
        rows=lambda rights: select(Province.id),
        columns=(
            column(PROVINCE["name"], Province.name),
            column(PROVINCE["code"], Province.code),
            column(PROVINCE["region_id"], Province.region_id, ()),
            column(PROVINCE["position"], Province.position),
        ),
        card=("name", "region_id"),
        filters=(
            Filter("q", N_("Quick search"), _name_filter(Province), caps_count=True),
            dictionary_filter("region", N_("Region"), Province.region_id, "region"),
        ),
        default_sort="position",
        tie=(Province.position, Province.id),
        endpoint="provinces.index",
        row_endpoint="provinces.show",
        depends=("provinces", "dictionary_items"),
        help=N_("Provinces as forms, searches and reports offer them. The region comes with the province."),
        empty_text=N_("There are no provinces."),
    )
)

CITIES = listed(
    Table(
        key="cities",
        title=N_("Cities"),
        model=City,
        permission=Permission.CITIES_VIEW,
        rows=lambda rights: _with_province(select(City.id)),
        joins=_with_province,
        columns=(
            column(CITY["name"], City.name),
            column(CITY["code"], City.code),
            column(CITY["province_id"], City.province_id, (Province.position, Province.id)),
            column(CITY["position"], City.position),
        ),
        card=("name", "province_id"),
        filters=(
            Filter("q", N_("Quick search"), _name_filter(City), caps_count=True),
            choice_filter("province", N_("Province"), City.province_id, lambda reader: reader.lookups.provinces),
        ),
        default_sort="province_id",
        tie=(Province.position, Province.id, City.position, City.id),
        endpoint="cities.index",
        row_endpoint="cities.show",
        depends=("cities", "provinces"),
        help=N_("Cities as forms offer them once the province is chosen."),
        empty_text=N_("There are no cities."),
    )
)
