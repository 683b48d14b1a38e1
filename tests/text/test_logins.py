"""Logins are of one script and width: no two of them look the same (L-1)."""

import pytest

from crm.text import is_of_one_script, login_key, login_skeleton, normalize_login


@pytest.mark.parametrize("login", ["wang", "Wang.Xiao-ming_2", "a@b.tw", "王小明", "иван", "wang 2"])
def test_one_script_is_taken(login: str) -> None:
    assert is_of_one_script(normalize_login(login))


@pytest.mark.parametrize("login", ["w\u0430ng", "\u03bfmar", "wang\u738b", "王\u30a8", "wang\u0338", "wang★"])
def test_two_scripts_are_refused(login: str) -> None:
    assert not is_of_one_script(normalize_login(login))


@pytest.mark.parametrize("twin", ["ＷＡＮＧ", "wa\u200bng", " wang\u3000", "WANG", "w\u00ada\u2060ng", "\U0001d430ang"])
def test_width_case_and_what_is_not_seen_make_no_other_login(twin: str) -> None:
    assert login_key(twin) == "wang"


def test_a_whole_login_of_another_alphabet_looks_the_same() -> None:
    assert login_skeleton("\u0441\u043e\u0441\u0430") == login_skeleton("coca")
    assert login_skeleton("иван") != login_skeleton("ivan")
