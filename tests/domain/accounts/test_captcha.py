"""The captcha's nonces and digits (L-1, hostile case 46)."""

import io
import wave
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.accounts import captcha, captcha_media
from crm.models import UsedNonce

KEY, NOW = b"the server's key", datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def nonce() -> str:
    return captcha.new_nonce(KEY, "visitor", NOW)


def test_it_is_good_for_its_visitor_for_ten_minutes(nonce: str) -> None:
    assert captcha.is_valid_nonce(KEY, "visitor", nonce, NOW)
    assert captcha.is_valid_nonce(KEY, "visitor", nonce, NOW + timedelta(minutes=10))
    assert not captcha.is_valid_nonce(KEY, "visitor", nonce, NOW + timedelta(minutes=10, seconds=1))
    assert not captcha.is_valid_nonce(KEY, "another", nonce, NOW)
    assert not captcha.is_valid_nonce(b"another key", "visitor", nonce, NOW)


@pytest.mark.parametrize("forged", ["", "-", "--", "x-y-z", "0-ffffffff-" + "0" * 32, "é-1-2", "\0"])
def test_a_made_up_nonce_is_no_good(forged: str) -> None:
    assert not captcha.is_valid_nonce(KEY, "visitor", forged, NOW)


def test_it_cannot_be_made_younger(nonce: str) -> None:
    body, _, signature = nonce.rpartition("-")
    younger = f"{body.partition('-')[0]}-{int(NOW.timestamp()) + 3600:x}-{signature}"
    assert not captcha.is_valid_nonce(KEY, "visitor", younger, NOW + timedelta(hours=1))


def test_the_answer_needs_the_key(nonce: str) -> None:
    answer = captcha.answer_of(KEY, nonce)
    assert answer.isdigit()
    assert len(answer) == captcha.DIGITS
    assert answer not in nonce
    assert len({captcha.answer_of(str(n).encode(), nonce) for n in range(20)}) > 15


def test_digits_are_taken_as_people_type_them(nonce: str) -> None:
    answer = captcha.answer_of(KEY, nonce)
    full_width = "".join(chr(ord("０") + int(digit)) for digit in answer)
    assert captcha.is_answer(KEY, nonce, answer)
    assert captcha.is_answer(KEY, nonce, f" {full_width[:2]} {full_width[2:]} ")
    assert not captcha.is_answer(KEY, nonce, "")
    assert not captcha.is_answer(KEY, nonce, answer[:-1])


def test_once_used_it_stays_used_until_it_is_too_old_anyway(session: Session, nonce: str) -> None:
    assert captcha.use_nonce(session, nonce, NOW)
    assert not captcha.use_nonce(session, nonce, NOW + timedelta(minutes=9))
    assert captcha.use_nonce(session, "another", NOW + timedelta(hours=1))
    assert session.scalar(select(func.count()).select_from(UsedNonce)) == 1


def test_the_picture_of_a_nonce_is_one_picture() -> None:
    drawn = captcha_media.picture("nonce", "12345")
    assert Image.open(io.BytesIO(drawn)).size == (captcha_media.WIDTH, captcha_media.HEIGHT)
    assert captcha_media.picture("nonce", "12345") == drawn
    assert captcha_media.picture("another", "12345") != drawn


def test_the_sound_is_long_enough_to_write_along() -> None:
    with wave.open(io.BytesIO(captcha_media.sound("nonce", "12345"))) as spoken:
        assert spoken.getnframes() / spoken.getframerate() > captcha.DIGITS
