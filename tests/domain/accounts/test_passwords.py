"""The rule for new passwords (O-1)."""

import pytest

from crm.domain.accounts.passwords import (
    DECOY,
    MAX_LENGTH,
    MIN_LENGTH,
    _common,
    check_new_password,
    generate_first_password,
    hash_password,
    password_fits,
)
from crm.errors import FieldError


@pytest.mark.parametrize(
    "password",
    ["abcdefgh-xy", "a b c d e f", "12 mal 12 ist viel", "密碼是八個字以上", "ÄÖÜäöüß!", "x" * MAX_LENGTH, "shorter7"],
)
def test_any_composition_will_do(password: str) -> None:
    check_new_password(password, "wang")


@pytest.mark.parametrize(
    ("password", "login"),
    [
        ("seven77", "wang"),
        ("", "wang"),
        ("x" * (MAX_LENGTH + 1), "wang"),
        ("password", "wang"),
        ("PassWord", "wang"),
        ("1qaz2wsx", "wang"),
        ("88888888", "wang"),
        ("Wang.Ming", "wang.ming"),
    ],
)
def test_short_common_and_own_names_are_refused(password: str, login: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_new_password(password, login)
    assert refused.value.field == "new_password"


@pytest.mark.usefixtures("dear_passwords")
def test_only_the_password_fits() -> None:
    stored = hash_password(" klar Wasser ")
    assert stored.startswith("scrypt:32768:8:3$")
    assert "klar" not in stored
    assert password_fits(stored, " klar Wasser ")
    assert not password_fits(stored, "klar Wasser")


def test_nothing_is_cut_off_changed_or_added() -> None:
    longest = "x" * (MAX_LENGTH - 1) + "Y"
    stored = hash_password(longest)
    assert password_fits(stored, longest)
    assert not password_fits(stored, longest + "z"), "what is longer than any password is none"
    assert not password_fits(stored, longest[:-1])
    assert not password_fits(stored, longest.lower())


def test_the_list_of_common_ones_is_long_enough() -> None:
    """Of those that the rule would let pass otherwise, the first thousands."""
    common = _common()
    assert len(common) >= 3000 and all(len(each) >= MIN_LENGTH for each in common)


def test_a_first_password_keeps_to_the_rule_and_is_nobodys_guess() -> None:
    made = {generate_first_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_new_password(password, "wang")


@pytest.mark.usefixtures("dear_passwords")
def test_nothing_fits_where_nobody_is() -> None:
    assert not password_fits(None, "klar-Wasser-7")
    assert not password_fits(None, "")
    assert DECOY.startswith(hash_password("x").rsplit("$", 2)[0])
