"""Folding, pinyin codes, core names, telephones and search (C-1, C-3, C-5, I-5)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.text import (
    digits,
    fold,
    index_phone,
    index_text,
    match_query,
    name_core,
    normalize_display,
    phone_key,
    phone_keys,
    phone_numbers,
    pinyin_code,
    same_phone,
    search_text,
    simplify,
    terms,
    trigrams,
)

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CRM_SHARED_DATA", ROOT.parent / "shared" / "data"))

ANY_TEXT = st.text(max_size=40)
MIXED_TEXT = st.text(
    st.one_of(
        st.sampled_from("台灣積體電路上海鐵龍巿乾著臺 abXYZ01278 -()#'\"*%_\\:^+{}　０１ａＢ\u200b\ue000\n"),
        st.characters(),
    ),
    max_size=30,
)


class TestFold:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("台積電", "台积电"),
            ("臺灣銀行", "台湾银行"),
            ("新北巿", "新北市"),
            ("ＡＢＣ　１２３", "abc 123"),
            ("  上海\t鐵龍\u200b ", "上海 铁龙"),
            ("藉由瞭解著名", "借由了解着名"),
            ("a＠b．com", "A@b.com"),
            ("⻑江", "长江"),
            ("02–2531‐7099", "02-2531-7099"),
            ("STRASSE", "straße"),
            ("a\x00b\u202ec", "abc"),
        ],
    )
    def test_alike_texts_fold_to_the_same(self, one: str, other: str) -> None:
        assert fold(one) == fold(other)

    @pytest.mark.parametrize(("one", "other"), [("宿州", "苏州"), ("日", "曰"), ("大", "太"), ("a b", "ab")])
    def test_different_texts_stay_different(self, one: str, other: str) -> None:
        assert fold(one) != fold(other)

    def test_empty_texts(self) -> None:
        assert fold("") == fold(" \u200b\t\ue000") == ""

    def test_a_lone_half_of_a_pair_vanishes_so_that_it_can_be_stored(self) -> None:
        assert fold("a\ud800b").encode() == b"ab"

    @given(MIXED_TEXT)
    def test_folding_twice_changes_nothing(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @given(MIXED_TEXT, st.data())
    def test_a_part_folds_to_a_part(self, text: str, data: st.DataObject) -> None:
        folded = fold(text)
        start = data.draw(st.integers(0, len(folded)))
        end = data.draw(st.integers(start, len(folded)))
        assert fold(folded[start:end]) == folded[start:end].strip()

    @given(MIXED_TEXT)
    def test_simplify_keeps_the_length(self, text: str) -> None:
        assert len(simplify(text)) == len(text)

    def test_tidy_keeps_script_and_case(self) -> None:
        assert normalize_display(" 臺灣　ＡＢＣ\u200b ") == "臺灣 ABC"

    def test_threads_fold_alike(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(fold, ["臺灣積體電路"] * 200)) == {"台湾积体电路"}


class TestPinyinCode:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("上海鐵龍", "shtl"),
            ("台積電", "tjd"),
            ("長城", "cc"),
            ("重慶", "cq"),
            ("銀行", "yh"),
            ("中國信託商業銀行", "zgxtsyyh"),
            ("廈門音樂", "xmyy"),
            ("大廈", "ds"),
            ("乾隆", "ql"),
            ("長榮海運", "crhy"),
            ("順發商行", "sfsh"),
            ("3M台灣", "3mtw"),
            ("ＡＢＣ（股）公司", "abcggs"),
            ("Acme Co., Ltd.", "acmecoltd"),
            ("Café 張", "cafez"),
            ("！？", ""),
            ("", ""),
        ],
    )
    def test_initials(self, name: str, code: str) -> None:
        assert pinyin_code(name) == code

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("曾國藩", "zgf"),
            ("單雄信", "sxx"),
            ("區先生", "oxs"),
            ("仇英", "qy"),
            ("解縉", "xj"),
            ("查良鏞", "zly"),
            ("朴槿惠", "pjh"),
            ("尉遲恭", "ycg"),
            ("歐陽修", "oyx"),
            ("樂毅", "yy"),
            ("王小明", "wxm"),
            ("John Smith", "johnsmith"),
            ("", ""),
        ],
    )
    def test_a_persons_surname(self, name: str, code: str) -> None:
        assert pinyin_code(name, person=True) == code

    def test_both_scripts_have_the_same_code(self) -> None:
        for traditional, simplified in [("華碩電腦", "华硕电脑"), ("葉問", "叶问"), ("長興材料", "长兴材料")]:
            assert pinyin_code(traditional) == pinyin_code(simplified)

    @given(MIXED_TEXT, st.booleans())
    def test_only_lower_letters_and_digits_at_most_sixty(self, name: str, person: bool) -> None:
        code = pinyin_code(name * 3, person)
        assert len(code) <= 60
        assert code == "" or (code.isascii() and code.isalnum() and code == code.lower())

    def test_readings_agree_with_pypinyin(self) -> None:
        pypinyin = pytest.importorskip("pypinyin")
        names = _short_names()[::20]
        wrong = [
            name
            for name in names
            if name.isalpha()
            and not name.isascii()
            and pinyin_code(name) != "".join(pypinyin.lazy_pinyin(name, style=pypinyin.Style.FIRST_LETTER)).lower()
        ]
        assert len(wrong) < len(names) * 0.03, wrong


class TestNameCore:
    @pytest.mark.parametrize(
        ("name", "core"),
        [
            ("台灣積體電路製造股份有限公司", "台湾积体电路制造"),
            ("台積電(股)公司", "台积电"),
            ("臺灣水泥 股份有限公司。", "台湾水泥"),
            ("聯想控股集團有限公司", "联想"),
            ("某（集團）有限責任公司", "某"),
            ("Acme Co., Ltd.", "acme"),
            ("ACME CORP", "acme"),
            ("Acme GmbH & Co. KG", "acme"),
            ("台積電Co.,Ltd", "台积电"),
            ("ABC L.L.C.", "abc"),
            ("Tabasco", "tabasco"),
            ("有限公司", "有限公司"),
            ("Co., Ltd.", "coltd"),
            ("***", "***"),
            ("", ""),
        ],
    )
    def test_core(self, name: str, core: str) -> None:
        assert name_core(name) == core

    def test_a_branch_is_another_customer(self) -> None:
        assert name_core("某某有限公司北京分公司") != name_core("某某有限公司")

    @given(MIXED_TEXT)
    def test_never_empty_for_a_name(self, name: str) -> None:
        assert bool(name_core(name)) == bool(fold(name))

    @given(st.text("有限公司集團控股股份(),. coltdinc", max_size=60))
    def test_names_made_of_such_words_end(self, name: str) -> None:
        assert bool(name_core(name)) == bool(fold(name))


class TestPhones:
    def test_digits(self) -> None:
        assert digits("(０２) 2531-7099 #5") == "02253170995"
        assert digits("٣ 無") == ""

    @pytest.mark.parametrize(
        "text",
        [
            "(02)2531-7099",
            "02-25317099",
            "０２ ２５３１ ７０９９",
            "+886-2-2531-7099",
            "+886 (0)2 2531 7099",
            "(+886)2-25317099",
            "00886 2 25317099",
            "886225317099",
            "02-2531-7099 分機123",
            "02-2531-7099轉123",
            "02-2531-7099 ext. 12",
            "02-2531-7099#12",
            "225317099.0",
            "02-2531-7099、02-2531-7100",
        ],
    )
    def test_one_number_has_one_key(self, text: str) -> None:
        assert phone_key(text) == "225317099"

    @pytest.mark.parametrize("text", ["13800001111", "+86 138 0000 1111", "8613800001111", "13800001111.0"])
    def test_a_mainland_mobile(self, text: str) -> None:
        assert phone_key(text) == "13800001111"

    @pytest.mark.parametrize("text", ["", "無", "0", "00000000", "－", "N", "#123"])
    def test_placeholders_have_no_key(self, text: str) -> None:
        assert phone_key(text) == ""

    def test_each_number_of_a_field(self) -> None:
        assert phone_keys("02-25317099、0912-345-678 / 02-25317099") == ("225317099", "912345678")

    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("+86 138 0013 8000", "13800138000"),
            ("0086-138-0013-8000", "13800138000"),
            ("86-138-0013-8000", "13800138000"),
            ("002 86 13800138000", "13800138000"),
            ("＋８６（０）１０ ６５０５ １２３４", "1065051234"),
            ("8610-65051234 轉 12", "1065051234"),
            ("86 755 8888 1234", "75588881234"),
            ("886912345678", "912345678"),
            ("+852 2345 6780", "23456780"),
            ("852-2345-6780", "23456780"),
            ("85223456780", "23456780"),
            ("+853 2871 1234", "28711234"),
            ("TEL：+886-2-2345-6789#12", "223456789"),
            ("+65 6123 4567", "6561234567"),
            ("+44 (0)20 7946 0958", "442079460958"),
        ],
    )
    def test_international_writing(self, text: str, key: str) -> None:
        """Without the country where it is one of ours; a far country's number is not one of ours."""
        assert phone_key(text) == key

    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("86123456", "86123456"),  # a local number
            ("86345678-8012", "863456788012"),  # a local number with an extension
            ("8612-3456-7890", "861234567890"),  # no number of the mainland begins so
            ("0886-1234567", "8861234567"),  # an area code
            ("852-1234", "8521234"),
            ("86 110", "86110"),
            ("0012345678", "12345678"),  # too short for a number abroad
        ],
    )
    def test_what_only_looks_like_a_country(self, text: str, key: str) -> None:
        assert phone_key(text) == key

    @pytest.mark.parametrize(
        ("one", "other", "alike"),
        [
            ("2345-6789", "02-2345-6789", "local"),
            ("+886 2 2345 6789", "23456789", "local"),
            ("65051234", "+86 10 6505 1234", "local"),
            ("8888 1234", "0755-88881234", "local"),
            ("563-6688", "(03)563-6688", "local"),
            ("123456", "037-123456", "local"),
            ("00138000", "138 0013 8000", ""),
            ("2345678", "0912-345-678", ""),
            ("12-3456", "400-612-3456", ""),
            ("02-2345-6789", "04-2345-6789", ""),
            ("+852 2345 6789", "02-2345-6789", ""),
            ("+852 6123 4567", "+65 6123 4567", ""),
            ("+852 6123 4567", "61234567", "same"),
            ("+65 6123 4567", "6123-4567", "same"),
            ("0912-345-678、02-2345-6789#12", "+886 (0)2 2345 6789", "same"),
        ],
    )
    def test_the_same_number(self, one: str, other: str, alike: str) -> None:
        """Whichever is stored: with an area code or without, never by a part of a mobile."""
        assert same_phone(phone_numbers(one)[-1], other) == alike
        assert same_phone(phone_numbers(other)[-1], one) == alike

    @pytest.mark.parametrize(
        "text", ["+86 138 0013 8000", "02-2345-6789", "2345 6789", "+65 6123 4567", "+1 415 555 2671"]
    )
    def test_a_number_is_read_again_from_its_one_writing(self, text: str) -> None:
        (number,) = phone_numbers(text)
        assert phone_numbers(number.written) == (number,)

    @given(ANY_TEXT)
    def test_any_text(self, text: str) -> None:
        assert digits(phone_key(text)) == phone_key(text)


@pytest.fixture(scope="module")
def table() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE s USING fts5(t, tokenize='unicode61 remove_diacritics 0')")
    yield connection
    connection.close()


def _found(table: sqlite3.Connection, values: list[str | None], typed: str) -> bool:
    """Whether a record with these values is found, which must be the same in FTS5 and by LIKE."""
    expression = match_query(typed)
    assert expression is not None
    table.execute("DELETE FROM s")
    table.execute("INSERT INTO s VALUES (?)", (index_text(values),))
    rows = table.execute("SELECT rowid FROM s WHERE s MATCH ? ORDER BY rank", (expression,)).fetchall()
    plain = search_text(values)
    liked = [any(one in plain for one in term) for term in terms(typed)]
    assert bool(rows) == all(liked)
    return bool(rows)


class TestSearch:
    @pytest.mark.parametrize(
        "typed",
        [
            "台",
            "積體",
            "积体电路",
            "臺灣",
            "tsm",
            "SMC",
            "c",
            "0225317",
            "2531-7099",
            "(02)2531",
            "７０９９",
            "+886-2-2531-7099",
            "0912345",
            "0912-345-678",
            "KH2026-0001",
            "20260001",
            "台灣 tsmc 7099",
            "灣tsm",
        ],
    )
    def test_what_an_office_types(self, table: sqlite3.Connection, typed: str) -> None:
        values = ["台灣TSMC積體電路", "(02)2531-7099", "KH2026-0001", None, "", "+886-912-345-678"]
        values += index_phone("+886-912-345-678")
        assert _found(table, values, typed)

    @pytest.mark.parametrize(
        ("stored", "typed"),
        [
            ("138 0013 8000", "+86 138 0013 8000"),
            ("13800138000", "0086 138-0013-8000"),
            ("138-0013-8000", "86-138-0013-8000"),
            ("+86 138 0013 8000", "13800138000"),
            ("+86 138 0013 8000", "013800138000"),
            ("0912345678", "+886 912 345 678"),
            ("0912-345-678", "886912345678"),
            ("886912345678", "0912 345 678"),
            ("912345678", "0912-345-678"),
            ("+886 912 345 678", "0912"),
            ("2345 6780", "+852 2345 6780"),
            ("+852 2345 6780", "2345-6780"),
            ("2345-6780 ext 5", "85223456780"),
            ("852-2345-6780", "(852) 2345 6780"),
            ("28711234", "+853 2871-1234"),
            ("0223456789", "+886 (0)2 2345 6789"),
            ("02-2345-6789", "+886-2-2345-6789#12"),
            ("02-2345-6789", "２３４５－６７８９"),
            ("2345-6789", "02-2345-6789"),
            ("2345-6789", "+886 2 2345 6789"),
            ("65051234", "8610-65051234"),
            ("+44 20 7946 0958", "020 7946 0958"),
            ("0755-8888-1234", "王經理 +86 755 8888 1234"),
        ],
    )
    def test_numbers_in_national_and_international_writing(
        self, table: sqlite3.Connection, stored: str, typed: str
    ) -> None:
        assert _found(table, ["王經理", stored, *index_phone(stored)], typed)

    @pytest.mark.parametrize(
        ("stored", "typed"),
        [
            ("04-2345-6789", "02-2345-6789"),
            ("2345-6789#1", "02-2345-6780"),
            ("12345678901", "+886 2 3456 7880"),
            ("61234567", "0886-1234567"),
            ("02-2345-6780", "+852 2345 6780"),
            ("02-8613-8001", "86-138-0013-8000"),
        ],
    )
    def test_other_numbers(self, table: sqlite3.Connection, stored: str, typed: str) -> None:
        assert not _found(table, [stored, *index_phone(stored)], typed)

    @pytest.mark.parametrize("typed", ["電路022", "積電", "台灣 不在", "9902", "tmc"])
    def test_what_is_not_there(self, table: sqlite3.Connection, typed: str) -> None:
        assert not _found(table, ["台灣TSMC積體電路", "(02)2531-7099"], typed)

    @pytest.mark.parametrize("typed", ["", "  ", "%", "_", '"', "* - +", "()", "\u200b", "\ue000"])
    def test_nothing_to_search(self, typed: str) -> None:
        assert match_query(typed) is None
        assert terms(typed) == []

    @settings(max_examples=300, deadline=None)
    @given(values=st.lists(MIXED_TEXT, min_size=1, max_size=3), data=st.data())
    def test_every_part_of_every_value_is_found(
        self, table: sqlite3.Connection, values: list[str], data: st.DataObject
    ) -> None:
        value = fold(data.draw(st.sampled_from(values)))
        start = data.draw(st.integers(0, len(value)))
        part = value[start : data.draw(st.integers(start, len(value)))]
        if match_query(part) is not None:
            assert _found(table, list(values), part)

    @settings(max_examples=300, deadline=None)
    @given(typed=st.one_of(MIXED_TEXT, st.text("\"'*()^:{}+-ANDORNEAR t", max_size=30)))
    def test_nothing_typed_is_syntax(self, table: sqlite3.Connection, typed: str) -> None:
        if match_query(typed) is not None:
            _found(table, ["台灣TSMC積體電路"], typed)

    def test_every_letter_python_knows_is_found(self, table: sqlite3.Connection) -> None:
        letters = [letter for code in range(0x80, 0x32000) if fold(letter := chr(code)).isalnum()]
        table.execute("DELETE FROM s")
        table.executemany(
            "INSERT INTO s (rowid, t) VALUES (?, ?)",
            ((number, index_text([letter])) for number, letter in enumerate(letters)),
        )
        query = "SELECT 1 FROM s WHERE s MATCH ? AND rowid = ?"
        lost = [
            letter
            for number, letter in list(enumerate(letters))[::7]
            if not table.execute(query, (match_query(letter), number)).fetchone()
        ]
        assert lost == []

    def test_a_long_text_is_cut(self) -> None:
        assert len(match_query("1234567890" * 1000) or "") < 500
        assert (match_query(" ".join("abcdefghijklmnopqrst")) or "").count("AND") == 9


def _short_names() -> list[str]:
    path = SHARED / "company-short-names-zh-hans.txt"
    if not path.exists():
        pytest.skip(f"the folder of real input is absent: {SHARED}")
    return path.read_text(encoding="utf-8").split()


def test_libraries_wait_for_their_first_use() -> None:
    """An idle server has neither opencc nor pypinyin in memory."""
    code = "import sys, crm.text as t; t.fold('abc'); print({'opencc', 'pypinyin'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("電子", [["電子"]]),
        ("電", [["電"]]),
        ("大同電子", [["同電子", "大同電"]]),
        ("a1", [["a1"]]),
        ("2531-7099", [["099", "170", "253", "317", "531", "709"]]),
        ("大同 a1", [["大同"], ["a1"]]),
        ("--", []),
    ],
)
def test_the_pieces_that_every_hit_holds(typed, expected):
    """PostgreSQL keeps every one, two and three characters in a row; what is typed asks for the longest of them."""
    assert [trigrams(one) for term in terms(typed) for one in term] == [sorted(map(fold, of)) for of in expected]
