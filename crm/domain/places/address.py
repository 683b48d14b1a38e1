"""Province and city out of an address as people write it (I-5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm.domain.places.catalogue import City, Province
from crm.domain.places.gazetteer import QUARTERED, TAIWAN, Gazetteer, Level, Meaning, gazetteer_of
from crm.text import normalize_display, simplify

_MARKS = r"[\s,、.。·:;()\[\]【】〒-]"
# Marks, and a postal code: 104, (10405), (106大安區).
_LEAD = re.compile(rf"(?:\(\d{{3,6}}[\u4e00-\u9fff]{{2,5}}\)|{_MARKS}|(?<!\d)\d{{3}}(?:\d{{2,3}})?(?!\d))*")
_LEADING_MARKS = re.compile(rf"{_MARKS}+")
_COUNTRY = re.compile(r"中华人民共和国|中华民国|中国大陆|中国")
_PARK = re.compile(r"([\u4e00-\u9fff]{2})科学(?:工业)?园区")
# After a bare name these say that it is part of another: 南京東路, 朝陽區, 北京大廈.
_OTHER_NAME = re.compile(
    r"[东西南北中一二三四五六七八九十0-9新老]{0,2}(?:路|街|大道|道|巷|弄|胡同|公路)|"
    r"[省市区县镇乡段]|自治|大厦|广场|饭店|酒店|银行"
)


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """What was found. `remaining_text` is the address behind the city; `district` is its beginning."""

    province: Province | None = None
    city: City | None = None
    remaining_text: str = ""
    district: str = ""


def find_place(address: str, places: tuple[Province, ...]) -> PlaceMatch:
    """The province and city that an address begins with, in either script, with or without 省, 市, 縣.

    Postal codes and countries in front are passed over; a district known only once tells its city (板橋區 →
    新北市); a science park stands for the city of its name unless another follows. English and foreign
    addresses find nothing. `remaining_text` is half width, otherwise as written; all of it where nothing was found.
    """
    text = normalize_display(address)
    if text.isascii():
        return PlaceMatch(remaining_text=text)
    reader = _Reader(text, gazetteer_of(places))
    reader.read()
    return reader.result()


class _Reader:
    """Reads names from the front of one address, each narrowing where it can be."""

    def __init__(self, text: str, gazetteer: Gazetteer) -> None:
        self.text = text
        self.plain = simplify(text)
        self.gazetteer = gazetteer
        self.province: Province | None = None
        self.city: City | None = None
        self.at = 0
        self.rest_at = 0

    def read(self) -> None:
        self._pass_over_country()
        park = _PARK.match(self.plain, self.at)
        if park:
            self.rest_at, self.at = self.at, _pass_over(self.plain, park.end())
        while self._read_name():
            self.at = _pass_over(self.plain, self.at)
        if park and self.city is None:
            self._settle_in_park(park[1])

    def result(self) -> PlaceMatch:
        marks = _LEADING_MARKS.match(self.text, self.rest_at)
        rest_at = marks.end() if marks and self.province else self.rest_at
        return PlaceMatch(self.province, self.city, self.text[rest_at:], self._district(rest_at))

    def _pass_over_country(self) -> None:
        self.at = _pass_over(self.plain, 0)
        country = _COUNTRY.match(self.plain, self.at)
        if country:
            self.at = _pass_over(self.plain, country.end())

    def _read_name(self) -> bool:
        """Take the longest name here that fits; whether reading goes on behind it."""
        for length, meanings in self.gazetteer.names_at(self.plain, self.at):
            meanings_that_fit = [meaning for meaning in meanings if self._fits(meaning, length)]
            if meanings_that_fit and self._settle(meanings_that_fit, self.at + length):
                return meanings_that_fit[0].level is not Level.DISTRICT
        return False

    def _fits(self, meaning: Meaning, length: int) -> bool:
        if self.province and meaning.province is not self.province:
            return False
        if self.city and (meaning.city is not self.city or meaning.level is Level.DISTRICT):
            return False
        if meaning.level is Level.DISTRICT and not self.province and (not meaning.sure or length < 3):
            return False
        return meaning.sure or not _OTHER_NAME.match(self.plain, self.at + length)

    def _settle(self, meanings: list[Meaning], end: int) -> bool:
        """Make the best of the meanings the place read so far; whether there was one."""
        level = meanings[0].level
        if level is Level.PROVINCE and self.province is None:
            self.province, self.city = meanings[0].province, self.gazetteer.own_city(meanings[0].province)
            self.at = self.rest_at = end
            return True
        cities = [meaning for meaning in meanings if meaning.level is Level.CITY]
        if cities:
            return self._settle_in_city(cities, end)
        return self._settle_in_district(meanings)

    def _settle_in_city(self, cities: list[Meaning], end: int) -> bool:
        behind = _pass_over(self.plain, end)
        followed = [m for m in cities if self._district_end(behind, m.city, bare=True) > behind]
        chosen = (followed or cities)[0]
        if not followed and not self.province and not chosen.sure and chosen.province.code in QUARTERED:
            return False  # 九龍 and 新界 are streets and companies elsewhere
        self.province, self.city = chosen.province, chosen.city
        self.at = self.rest_at = end
        return True

    def _settle_in_district(self, districts: list[Meaning]) -> bool:
        """The name stays in the rest: only the city above it is known by it."""
        known = {meaning.city for meaning in districts}
        if len(known) > 1 and self.plain != self.text:  # written in Traditional, and alone: Taiwan's
            known = {meaning.city for meaning in districts if meaning.province.code == TAIWAN}
        provinces = {city.province_code for city in known if city}
        if len(provinces) != 1:
            return False
        city = next(iter(known))
        assert city is not None
        self.province = self.gazetteer.province_of(city)
        self.city = city if len(known) == 1 else None
        self.rest_at = self.at
        return True

    def _settle_in_park(self, name: str) -> None:
        meanings = self.gazetteer.names.get(name, ())
        chosen = next((m for m in meanings if m.level is Level.CITY and m.province.code == TAIWAN), None)
        if chosen:
            self.province, self.city = chosen.province, chosen.city
        elif name in ("中部", "南部"):
            self.province = self.gazetteer.province_called("台湾")

    def _district(self, start: int) -> str:
        begin = _pass_over(self.plain, start)
        return self.text[begin : self._district_end(begin, self.city)] if self.city else ""

    def _district_end(self, start: int, city: City | None, bare: bool = False) -> int:
        """Where the name of a district of the city ends that begins at `start`; `start` if none does."""
        for length, meanings in self.gazetteer.names_at(self.plain, start):
            for meaning in meanings:
                if meaning.level is Level.DISTRICT and meaning.city is city and (meaning.sure or bare):
                    return start + length
        return start


def _pass_over(plain: str, start: int) -> int:
    lead = _LEAD.match(plain, start)
    return lead.end() if lead else start
