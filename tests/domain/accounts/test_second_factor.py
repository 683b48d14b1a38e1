"""L-6: codes of the app and recovery codes, each good once."""

from datetime import UTC, datetime, timedelta

import pytest
from pyotp import TOTP
from sqlalchemy import select

from crm.domain.accounts import second_factor as factor
from crm.errors import DomainError, FieldError
from crm.models import RecoveryCode, SecondFactor

NOW = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture
def secret(session, cast):
    factor.begin_setup(session, cast.wang, NOW)
    return session.get(SecondFactor, cast.wang.id).secret


@pytest.fixture
def codes(session, cast, secret):
    return factor.confirm(session, cast.wang, TOTP(secret).at(NOW), NOW)


def at(secret, moment):
    return TOTP(secret).at(moment)


def test_nothing_is_asked_for_before_it_is_confirmed(session, cast, secret):
    assert not factor.is_on(session, cast.wang.id)
    assert not factor.verify_code(session, cast.wang.id, at(secret, NOW), NOW)
    with pytest.raises(FieldError) as refused:
        factor.confirm(session, cast.wang, "000000", NOW)
    assert refused.value.field == "code"
    assert factor.state_of(session, cast.wang.id).secret == secret


def test_beginning_again_makes_another_secret(session, cast, secret):
    factor.begin_setup(session, cast.wang, NOW)
    assert session.get(SecondFactor, cast.wang.id).secret != secret
    with pytest.raises(FieldError):
        factor.confirm(session, cast.wang, at(secret, NOW), NOW)


def test_once_on_it_is_not_begun_nor_confirmed_anew(session, cast, secret, codes):
    assert factor.is_on(session, cast.wang.id)
    for verb in (
        lambda: factor.begin_setup(session, cast.wang, NOW),
        lambda: factor.confirm(session, cast.wang, at(secret, NOW), NOW),
    ):
        with pytest.raises(DomainError):
            verb()


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(session, cast, secret, codes, steps, good):
    later = NOW + 10 * STEP
    assert factor.verify_code(session, cast.wang.id, at(secret, later + steps * STEP), later) is good


def test_no_code_is_good_twice_nor_an_older_one(session, cast, secret, codes):
    later = NOW + 10 * STEP
    code = at(secret, later)
    assert factor.verify_code(session, cast.wang.id, code, later)
    assert not factor.verify_code(session, cast.wang.id, code, later)
    assert not factor.verify_code(session, cast.wang.id, at(secret, later - STEP), later)
    assert factor.verify_code(session, cast.wang.id, at(secret, later + STEP), later)


def test_the_code_that_confirmed_does_not_sign_in(session, cast, secret, codes):
    assert not factor.verify_code(session, cast.wang.id, at(secret, NOW), NOW)


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "x" * 5000, "١٢٣٤٥٦", "王"])
def test_what_is_no_code_is_refused(session, cast, codes, typed):
    assert not factor.verify_code(session, cast.wang.id, typed, NOW + STEP)


def test_typed_with_blanks_and_full_width(session, cast, secret, codes):
    code = at(secret, NOW + 5 * STEP)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    assert factor.verify_code(session, cast.wang.id, f"{wide[:3]} {wide[3:]}", NOW + 5 * STEP)


class TestRecovery:
    def test_ten_kept_as_hashes(self, session, cast, codes):
        assert len(set(codes)) == 10
        kept = {row.code_hash for row in session.scalars(select(RecoveryCode))}
        assert len(kept) == 10
        assert not kept & set(codes)

    def test_each_is_good_once(self, session, cast, codes):
        assert factor.verify_code(session, cast.wang.id, codes[0].lower().replace("-", " "), NOW)
        assert not factor.verify_code(session, cast.wang.id, codes[0], NOW)
        assert factor.verify_code(session, cast.wang.id, codes[1], NOW)
        assert factor.state_of(session, cast.wang.id).codes_left == 8

    def test_nobody_elses(self, session, cast, codes):
        factor.begin_setup(session, cast.li, NOW)
        factor.confirm(session, cast.li, at(session.get(SecondFactor, cast.li.id).secret, NOW), NOW)
        assert not factor.verify_code(session, cast.li.id, codes[0], NOW)

    def test_new_ones_replace_the_old(self, session, cast, codes):
        fresh = factor.new_codes(session, cast.wang.id)
        assert not factor.verify_code(session, cast.wang.id, codes[0], NOW)
        assert factor.verify_code(session, cast.wang.id, fresh[0], NOW)


def test_turned_off_nothing_is_left(session, cast, codes):
    factor.turn_off(session, cast.wang.id)
    assert session.query(RecoveryCode).count() == session.query(SecondFactor).count() == 0
    assert factor.state_of(session, cast.wang.id) == factor.FactorState()


def test_the_app_is_told_firm_and_login(secret):
    told = factor.provisioning_uri(secret, "wang", "測試公司")
    assert told.startswith("otpauth://totp/")
    assert secret in told
