"""Provinces, cities, and addresses as people write them (A-8, I-5)."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.places import City, Province, find_place, load_places, match_city, match_province

PLACES = load_places()
SHARED = Path(os.environ.get("CRM_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))


def _by_name(name: str) -> Province:
    return next(province for province in PLACES if province.name == name)


class TestCatalogue:
    def test_the_thirty_four_provinces(self) -> None:
        assert len(PLACES) == 34
        assert {province.region for province in PLACES} == set("華北 東北 華東 華中 華南 西南 西北 台灣 港澳".split())
        assert len({province.region_hans for province in PLACES}) == 9
        assert all(province.cities and province.name_en.isascii() for province in PLACES)

    def test_codes_are_unique(self) -> None:
        codes = [province.code for province in PLACES] + [c.code for p in PLACES for c in p.cities]
        assert len(codes) == len(set(codes))
        assert all(city.province_code == p.code for p in PLACES for city in p.cities)

    def test_no_pseudo_cities(self) -> None:
        names = {city.name_hans for province in PLACES for city in province.cities}
        assert not names & {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}

    @pytest.mark.parametrize(
        ("province", "number"),
        [("廣東省", 21), ("江蘇省", 13), ("台灣省", 22), ("上海市", 1), ("香港特別行政區", 3)],
    )
    def test_numbers_of_cities(self, province: str, number: int) -> None:
        assert len(_by_name(province).cities) == number

    def test_names_in_both_scripts(self) -> None:
        names = {city.name: city.name_hans for province in PLACES for city in province.cities}
        for name in ["台東縣:台东县", "瀋陽市:沈阳市", "龍岩市:龙岩市", "新餘市:新余市"]:
            traditional, simplified = name.split(":")
            assert names[traditional] == simplified

    def test_no_name_in_traditional_is_left_simplified(self) -> None:
        opencc = pytest.importorskip("opencc").OpenCC("t2s")
        for province in PLACES:
            for place in (province, *province.cities):
                assert opencc.convert(place.name) == place.name_hans


TAIWAN = [
    ("台北市中山北路2段113號", "台北市", "中山北路2段113號"),
    ("臺北市大安區敦化南路", "台北市", "大安區敦化南路"),
    ("台北市", "台北市", ""),
    ("台北南京東路五段99號", "台北市", "南京東路五段99號"),
    ("北市內湖區瑞光路", "台北市", "內湖區瑞光路"),
    ("新北巿土城區民生街九號", "新北市", "土城區民生街九號"),
    ("台北縣中和市", "新北市", "中和市"),
    ("桃園縣中壢市中央西路", "桃園市", "中壢市中央西路"),
    ("高雄縣鳳山市", "高雄市", "鳳山市"),
    ("台中縣大里市", "台中市", "大里市"),
    ("台南縣永康市", "台南市", "永康市"),
    ("新竹縣竹北市", "新竹縣", "竹北市"),
    ("新竹北埔鄉", "新竹縣", "北埔鄉"),
    ("新竹中山路1號", "新竹市", "中山路1號"),
    ("屏東縣屏東市", "屏東縣", "屏東市"),
    ("台東市中山路", "台東縣", "台東市中山路"),
    ("南投市", "南投縣", "南投市"),
    ("連江縣南竿鄉", "連江縣", "南竿鄉"),
    ("金門縣金城鎮", "金門縣", "金城鎮"),
    ("板橋區民生路一段", "新北市", "板橋區民生路一段"),
    ("中壢市中央西路", "桃園市", "中壢市中央西路"),
    ("104台北市松江路", "台北市", "松江路"),
    ("１０４　台北市松江路１６２號", "台北市", "松江路162號"),
    ("(104)台北市", "台北市", ""),
    ("（10405）台北市中山北路", "台北市", "中山北路"),
    ("(106大安區)台北巿敦化南路", "台北市", "敦化南路"),
    ("台灣省台中市西屯區", "台中市", "西屯區"),
    ("台灣104台北市", "台北市", ""),
    ("中華民國台灣雲林縣斗六市", "雲林縣", "斗六市"),
    ("新竹科學園區力行六路8號", "新竹市", "新竹科學園區力行六路8號"),
    ("新竹科學工業園區苗栗縣竹南鎮", "苗栗縣", "竹南鎮"),
    ("南部科學園區台南市善化區", "台南市", "善化區"),
    ("台湾台南市", "台南市", ""),
]
MAINLAND = [
    ("廣東省深圳市南山區科技園", "廣東省", "深圳市", "南山區科技園"),
    ("广东深圳南山科技园", "廣東省", "深圳市", "南山科技园"),
    ("深圳南山区", "廣東省", "深圳市", "南山区"),
    ("上海市浦東新區張江路", "上海市", "上海市", "浦東新區張江路"),
    ("北京市北京市海淀区", "北京市", "北京市", "海淀区"),
    ("100080 北京朝阳区建国路", "北京市", "北京市", "朝阳区建国路"),
    ("吉林吉林市船营区", "吉林省", "吉林市", "船营区"),
    ("吉林市船营区", "吉林省", "吉林市", "船营区"),
    ("吉林省长春市", "吉林省", "長春市", ""),
    ("中國福建省晉江市青陽", "福建省", "泉州市", "晉江市青陽"),
    ("江苏昆山玉山镇", "江蘇省", "蘇州市", "昆山玉山镇"),
    ("昆山市玉山镇", "江蘇省", "蘇州市", "昆山市玉山镇"),
    ("内蒙古呼和浩特", "內蒙古自治區", "呼和浩特市", ""),
    ("广西壮族自治区南宁市", "廣西壯族自治區", "南寧市", ""),
    ("新疆乌鲁木齐市", "新疆維吾爾自治區", "烏魯木齊市", ""),
    ("延邊州延吉市", "吉林省", "延邊朝鮮族自治州", "延吉市"),
    ("湖北省仙桃市", "湖北省", "仙桃市", ""),
    ("重庆渝北区", "重慶市", "重慶市", "渝北区"),
    ("中国（上海）自由贸易试验区", "上海市", "上海市", "自由贸易试验区"),
    ("河北区中山路", "天津市", "天津市", "河北区中山路"),
    ("香港灣仔告士打道", "香港特別行政區", "香港島", "灣仔告士打道"),
    ("香港九龍觀塘鴻圖道", "香港特別行政區", "九龍", "觀塘鴻圖道"),
    ("九龍觀塘", "香港特別行政區", "九龍", "觀塘"),
    ("澳門氹仔", "澳門特別行政區", "離島", "氹仔"),
]
NOWHERE = [
    "",
    "3F, No. 1, Sec. 2, Zhongshan N. Rd., Taipei",
    "越南海防市陽京郡海城坊",
    "日本東京都港区",
    "南京東路五段99號",
    "中山北路2段113號",
    "台灣大道二段1號",
    "北京大廈3樓",
    "西藏路12号",
    "朝阳区建国路88号",
    "九龍路5號",
    "113號",
    "無",
]


class TestFindPlace:
    @pytest.mark.parametrize(("address", "city", "rest"), TAIWAN)
    def test_in_taiwan(self, address: str, city: str, rest: str) -> None:
        found = find_place(address, PLACES)
        assert found.province is _by_name("台灣省")
        assert found.city is not None
        assert (found.city.name, found.remaining_text) == (city, rest)

    @pytest.mark.parametrize(("address", "province", "city", "rest"), MAINLAND)
    def test_elsewhere_in_china(self, address: str, province: str, city: str, rest: str) -> None:
        found = find_place(address, PLACES)
        assert found.province is not None
        assert found.city is not None
        assert (found.province.name, found.city.name, found.remaining_text) == (province, city, rest)

    @pytest.mark.parametrize("address", NOWHERE)
    def test_nowhere(self, address: str) -> None:
        found = find_place(address, PLACES)
        assert (found.province, found.city) == (None, None)
        assert found.remaining_text == address

    def test_a_district_of_several_cities_tells_no_more_than_is_sure(self) -> None:
        found = find_place("中山區中山路", PLACES)  # 台北市 and 基隆市
        assert found.province is _by_name("台灣省")
        assert found.city is None

    def test_the_district_is_given_as_written(self) -> None:
        assert find_place("新北市板橋區民生路", PLACES).district == "板橋區"
        assert find_place("台北市中山北路", PLACES).district == ""

    @given(st.text(st.sampled_from("台北市新竹縣上海廣東科園路中國(104) ,A") | st.characters(), max_size=30))
    def test_any_text_is_read(self, address: str) -> None:
        found = find_place(address, PLACES)
        if found.city:
            assert found.province is not None
            assert found.city in found.province.cities

    def test_only_the_places_given_are_found(self) -> None:
        city = City("X1", "X101", "樣本市", "样本市")
        own = Province("X1", "測試省", "测试省", "Test", "華東", "华东", (city,))
        assert find_place("测试省样本市一号", (own,)).city is own.cities[0]
        assert find_place("台北市", (own,)).province is None
        assert find_place("台北市", ()).province is None

    def test_ten_thousand_addresses_take_a_second_at_most(self) -> None:
        addresses = [address for address, *_ in [*TAIWAN, *MAINLAND]]
        find_place(addresses[0], PLACES)
        begun = time.process_time()
        for number in range(10_000):
            find_place(addresses[number % len(addresses)], PLACES)
        assert time.process_time() - begun < 3  # 0.4 s on an idle machine

    def test_real_addresses(self) -> None:
        path = SHARED / "twse-listed-companies.csv"
        if not path.exists():
            pytest.skip(f"the folder of real input is absent: {SHARED}")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        taiwanese = [row["住址"] for row in rows if row["外國企業註冊地國"].strip() == "－"]
        lost = [address for address in taiwanese if find_place(address, PLACES).city is None]
        assert len(taiwanese) > 900
        assert len(lost) < 0.01 * len(taiwanese), lost


class TestMatch:
    @pytest.mark.parametrize(
        ("name", "province"),
        [
            ("廣東", "廣東省"),
            (" 广东省 ", "廣東省"),
            ("臺灣", "台灣省"),
            ("內蒙", "內蒙古自治區"),
            ("广西省", "廣西壯族自治區"),
            ("香港", "香港特別行政區"),
            ("上海巿", "上海市"),
            ("guangdong", "廣東省"),
        ],
    )
    def test_provinces(self, name: str, province: str) -> None:
        assert match_province(name, PLACES) is _by_name(province)

    @pytest.mark.parametrize("name", ["", "無", "深圳", "廣", "0"])
    def test_no_province(self, name: str) -> None:
        assert match_province(name, PLACES) is None

    @pytest.mark.parametrize(
        ("name", "city"),
        [
            ("台北", "台北市"),
            ("臺北巿", "台北市"),
            ("高雄縣", "高雄市"),
            ("新竹", "新竹市"),
            ("深圳", "深圳市"),
            ("延邊", "延邊朝鮮族自治州"),
            ("大理州", "大理白族自治州"),
            ("中壢市", "桃園市"),
            ("昆山", "蘇州市"),
            ("北京", "北京市"),
        ],
    )
    def test_cities(self, name: str, city: str) -> None:
        found = match_city(name, PLACES)
        assert found is not None
        assert found.name == city

    @pytest.mark.parametrize("name", ["", "無", "海南", "中山區", "Foo"])
    def test_no_city(self, name: str) -> None:
        assert match_city(name, PLACES) is None

    def test_the_province_decides(self) -> None:
        qinghai, guangdong = _by_name("青海省"), _by_name("廣東省")
        found = match_city("海南", PLACES, province=qinghai)
        assert found is not None
        assert found.name == "海南藏族自治州"
        assert match_city("深圳", PLACES, province=qinghai) is None
        assert match_city("深圳", PLACES, province=guangdong) is not None
