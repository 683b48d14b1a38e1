"""Which place a written name means: the names of provinces, cities and districts as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from crm.domain.places.catalogue import City, Province, load_districts
from crm.models.bounded_cache import cleared_with_all
from crm.text import fold, normalize_display, simplify

TAIWAN = "71"
QUARTERED = ("81", "82")  # Hong Kong and Macau: quarters are known by bare names
_PEOPLES = (
    "蒙古族|蒙古|藏族|羌族|彝族|苗族|侗族|布依族|土家族|壮族|傣族|白族|哈尼族|景颇族|傈僳族|回族|朝鲜族|黎族|"
    "维吾尔|哈萨克|柯尔克孜|瑶族|仡佬族|水族|满族|土族|撒拉族|东乡族|保安族|裕固族|纳西族|佤族|拉祜族|畲族"
)
_KIND = re.compile(
    rf"(?:特别行政区|(?:维吾尔|壮族|回族)?自治区|(?:{_PEOPLES}){{0,5}}自治[州县旗]|省|市|县|地区|盟|林区|新区|区|镇|乡|旗)$"
)
# What places were called before, and what they are called for short.
_OTHER_CITY_NAMES = {
    "台北县": "新北市",
    "桃园县": "桃园市",
    "台中县": "台中市",
    "台南县": "台南市",
    "高雄县": "高雄市",
    "北市": "台北市",
    "北县": "新北市",
    "桃市": "桃园市",
    "竹市": "新竹市",
    "竹县": "新竹县",
    "中市": "台中市",
    "南市": "台南市",
    "高市": "高雄市",
    "襄樊市": "襄阳市",
    "思茅市": "普洱市",
}
_OTHER_PROVINCE_NAMES = {"内蒙": "内蒙古", "台湾地区": "台湾", "澳门地区": "澳门", "香港地区": "香港"}


class Level(IntEnum):
    PROVINCE = 0
    CITY = 1
    DISTRICT = 2


@dataclass(frozen=True, slots=True)
class Meaning:
    """One place that a name may mean. `sure`: the name says its kind (深圳市), which a bare 深圳 does not."""

    level: Level
    province: Province
    city: City | None
    sure: bool


def normalize_place_name(name: str) -> str:
    """A name as the gazetteer stores it: half width, Simplified, without blanks and marks around it."""
    return simplify(normalize_display(name)).strip(" .,:;、，()（）-")


def stem(name: str) -> str:
    """The name without 省, 市, 縣, 自治區 and the like; whole where one character or none would be left."""
    short = _KIND.sub("", name)
    return short if len(short) > 1 else name


class Gazetteer:
    """Every name of the given places, with what it may mean. Districts are found by their city's code."""

    def __init__(self, places: tuple[Province, ...]) -> None:
        self.places = places
        self.names: dict[str, list[Meaning]] = {}
        self._lengths: dict[str, set[int]] = {}
        self._stems = {stem(simplify(province.name_hans)): province for province in places}
        self._by_code = {city.code: (province, city) for province in places for city in province.cities}
        for province in places:
            self._add_province(province)
            for city in province.cities:
                self._add_city(province, city)
        self._add_other_names()
        for code, name in load_districts():
            if code in self._by_code:
                self._add_district(*self._by_code[code], simplify(name))
        self._longest_first = {pair: sorted(lengths, reverse=True) for pair, lengths in self._lengths.items()}

    def names_at(self, plain: str, at: int) -> Iterator[tuple[int, list[Meaning]]]:
        """Every name that begins at this place, longest first: its length and what it may mean."""
        for length in self._longest_first.get(plain[at : at + 2], ()):
            meanings = self.names.get(plain[at : at + length])
            if meanings and at + length <= len(plain):
                yield length, meanings

    def own_city(self, province: Province) -> City | None:
        """The one city of a municipality."""
        alone = province.cities[0] if len(province.cities) == 1 else None
        return alone if alone and stem(alone.name_hans) == stem(province.name_hans) else None

    def province_of(self, city: City) -> Province:
        return self._by_code[city.code][0]

    def province_called(self, short: str) -> Province | None:
        return self._stems.get(short)

    def _add_province(self, province: Province) -> None:
        for name in {simplify(province.name), simplify(province.name_hans)}:
            short = stem(name)
            self._add(name, Meaning(Level.PROVINCE, province, None, sure=name != short))
            for other in (short, *(short + kind for kind in ("省", "市", "自治区"))):
                self._add(other, Meaning(Level.PROVINCE, province, None, sure=other != short))

    def _add_city(self, province: Province, city: City) -> None:
        for name in {simplify(city.name), simplify(city.name_hans)}:
            short = stem(name)
            self._add(name, Meaning(Level.CITY, province, city, sure=name != short))
            self._add(short, Meaning(Level.CITY, province, city, sure=False))
            if name.endswith("自治州"):
                self._add(short + "州", Meaning(Level.CITY, province, city, sure=True))

    def _add_other_names(self) -> None:
        for other, name in _OTHER_CITY_NAMES.items():
            for meaning in [m for m in self.names.get(name, ()) if m.level is Level.CITY]:
                self._add(other, Meaning(Level.CITY, meaning.province, meaning.city, sure=len(other) > 2))
        for other, name in _OTHER_PROVINCE_NAMES.items():
            for meaning in [m for m in self.names.get(name, ()) if m.level is Level.PROVINCE]:
                self._add(other, Meaning(Level.PROVINCE, meaning.province, None, sure=len(other) > 2))

    def _add_district(self, province: Province, city: City, name: str) -> None:
        short = stem(name)
        sure = name != short or province.code in QUARTERED
        self._add(name, Meaning(Level.DISTRICT, province, city, sure))
        self._add(short, Meaning(Level.DISTRICT, province, city, sure=False))
        if province.code == TAIWAN and name != short:
            for kind in "区市镇乡":  # the counties' towns became districts when their county became a city
                self._add(short + kind, Meaning(Level.DISTRICT, province, city, sure=True))

    def _add(self, name: str, meaning: Meaning) -> None:
        meanings = self.names.setdefault(name, [])
        self._lengths.setdefault(name[:2], set()).add(len(name))
        if not any(known.city is meaning.city and known.level is meaning.level for known in meanings):
            meanings.append(meaning)
        elif meaning.sure:
            meanings[:] = [meaning if known.city is meaning.city else known for known in meanings]


_kept: dict[int, Gazetteer] = {}
cleared_with_all(_kept.clear)


def gazetteer_of(places: tuple[Province, ...]) -> Gazetteer:
    """The gazetteer of these places, cached by the tuple."""
    cached = _kept.get(id(places))
    if cached is None or cached.places is not places:
        if len(_kept) > 3:
            _kept.clear()
        cached = _kept[id(places)] = Gazetteer(places)
    return cached


def match_province(name: str, places: tuple[Province, ...]) -> Province | None:
    """The province of this name: either script, with or without 省, 市, 自治區; or its English name."""
    meanings = gazetteer_of(places).names.get(normalize_place_name(name), ())
    exact = next((meaning.province for meaning in meanings if meaning.level is Level.PROVINCE), None)
    english = fold(name)
    return exact or next((province for province in places if english and fold(province.name_en) == english), None)


def match_city(name: str, places: tuple[Province, ...], province: Province | None = None) -> City | None:
    """The city of this name, either script, with or without 市, 縣, 自治州; in `province` if given.

    A county-level city or district answers for the city above it (中壢市 → 桃園市, 昆山 → 蘇州市) where only
    one has that name. A name that would fit several provinces means nothing.
    """
    gazetteer = gazetteer_of(places)
    key = normalize_place_name(name)
    code = province.code if province else None
    meanings = [m for m in gazetteer.names.get(key, ()) if code in (None, m.province.code)]
    cities = [m for m in meanings if m.level is Level.CITY]
    if cities:
        namesake = gazetteer.province_called(key)
        elsewhere = province is None and namesake is not None and namesake.code != cities[0].province.code
        return None if elsewhere or len({m.province.code for m in cities}) > 1 else cities[0].city
    above = {m.city for m in meanings if m.level is Level.DISTRICT}
    return above.pop() if len(above) == 1 else None
