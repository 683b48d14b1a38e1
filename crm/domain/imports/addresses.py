"""Province, city, district and region of a row, each derived from the others (I-5, C-1)."""

from collections import defaultdict
from typing import Any

from crm.domain import places
from crm.fields.choices import Item, Lookups
from crm.i18n import N_
from crm.spreadsheets.errors import shortened
from crm.text import fold

NO_CITY = N_("“%(value)s” is not a known city there.")
KEYS = ("province_id", "city_id", "address")


class AddressBook:
    """The firm's provinces and cities, found by names and by what addresses begin with."""

    def __init__(self, lookups: Lookups) -> None:
        self.all = places.load_places()
        self.by_code = {place.code: place for place in self.all}
        self.provinces = lookups.provinces
        self.cities = lookups.cities
        self.province_codes = {item.code: item for item in lookups.provinces.items}
        self.city_codes = {item.code: item for item in lookups.cities.items}
        self.city_names: dict[str, list[Item]] = defaultdict(list)
        for item in lookups.cities.items:
            self.city_names[fold(item.name)].append(item)

    def city(self, typed: str, province_id: int | None) -> Item | None:
        """The city of this name, in the province where one is given."""
        named = [c for c in self.city_names.get(fold(typed), ()) if province_id in (None, c.parent_id)]
        if len(named) == 1:
            return named[0]
        province = self.provinces.by_id.get(province_id or 0)
        place = self.by_code.get(province.code) if province else None
        city = places.match_city(typed, self.all, place)
        item = self.city_codes.get(city.code) if city else None
        return item if item is not None and province_id in (None, item.parent_id) else None

    def knows_city(self, typed: str) -> bool:
        """Whether a city has this name, in whichever province."""
        return fold(typed) in self.city_names or places.match_city(typed, self.all, None) is not None

    def complete(self, values: dict[str, Any], warn: Any) -> None:
        """Fill what the row leaves open; `values["city_id"]` is still the text of the cell.

        `warn(key, value, message, **values)` hears of what could not be found.
        """
        self._read_city(values, warn)
        address = values.get("address")
        if address and (values.get("province_id") is None or values.get("city_id") is None):
            self._read_address(values, address, warn)
        elif address and "district" not in values:
            self._read_district(values, address)
        province = self.provinces.by_id.get(values.get("province_id") or 0)
        if province is not None and values.get("region_id") is None and province.parent_id is not None:
            values["region_id"] = province.parent_id

    def _read_city(self, values: dict[str, Any], warn: Any) -> None:
        typed = values.pop("city_id", None)
        if typed is None:
            return
        city = self.city(typed, values.get("province_id"))
        if city is None:
            warn("city_id", typed, NO_CITY, value=shortened(typed))
            return
        values["city_id"] = city.id
        values.setdefault("province_id", city.parent_id)

    def _read_address(self, values: dict[str, Any], address: str, warn: Any) -> None:
        place = places.find_place(address, self.all)
        province = self.province_codes.get(place.province.code) if place.province else None
        province_id = values.get("province_id")
        if province is None or province_id not in (None, province.id):
            if province_id is None:
                warn("address", address, N_("No province or city could be recognised in this address."))
            return
        values["province_id"] = province.id
        city = self.city_codes.get(place.city.code) if place.city else None
        if city is not None and city.parent_id == province.id:
            values.setdefault("city_id", city.id)
            if place.district and values["city_id"] == city.id:
                values.setdefault("district", place.district)

    def _read_district(self, values: dict[str, Any], address: str) -> None:
        place = places.find_place(address, self.all)
        city = self.city_codes.get(place.city.code) if place.city else None
        if place.district and city is not None and city.id == values.get("city_id"):
            values["district"] = place.district
