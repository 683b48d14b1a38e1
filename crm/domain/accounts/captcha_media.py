"""The captcha's digits drawn and spoken. Pillow is loaded when the first picture is wanted.

Each nonce is drawn once and kept for a while: many different pictures of the same digits could be averaged
into a clear one.
"""

import secrets
from functools import cache, lru_cache
from typing import Any

WIDTH, HEIGHT = 150, 56
SAMPLES_PER_SECOND = 8000
BACKGROUND_SECONDS = 40
INKS = ((16, 78, 92), (23, 58, 120), (92, 32, 92), (110, 44, 16), (24, 84, 40))
PAPERS = ((255, 255, 255), (246, 250, 250), (250, 248, 240))


@lru_cache(maxsize=256)
def picture(nonce: str, digits: str) -> bytes:
    """A PNG of WIDTH × HEIGHT with dark digits on light ground, turned and warped a little."""
    drawn: bytes = (
        _painter().generate(digits, bg_color=secrets.choice(PAPERS), fg_color=(*secrets.choice(INKS), 255)).getvalue()
    )
    return drawn


@lru_cache(maxsize=64)
def sound(nonce: str, digits: str) -> bytes:
    """The digits spoken slowly, one to three seconds apart, as WAV."""
    return bytes(_speaker().generate(digits))


@cache
def _painter() -> Any:
    from captcha.image import ImageCaptcha

    class Painter(ImageCaptcha):
        """Milder than the package's own: people must be able to read it at once."""

        character_rotate = (-18, 18)
        character_warp_dx = (0.05, 0.15)
        character_warp_dy = (0.05, 0.15)
        word_space_probability = 0.9
        word_offset_dx = 0.1

    painter = Painter(WIDTH, HEIGHT, font_sizes=(38, 42, 46))
    # The package lays dark ink on thinly: how bright it is decides how much it covers. Here it covers.
    painter.lookup_table = [min(255, 6 * grey) for grey in range(256)]
    return painter


@cache
def _speaker() -> Any:
    from captcha.audio import AudioCaptcha

    class Speaker(AudioCaptcha):
        """The noise behind the voice is generated once: each time would cost a third of a second."""

        def create_background_noise(self, length: int, chars: str) -> bytearray:
            noise = _background(self)
            while len(noise) < 2 * length:
                noise += noise
            start = secrets.randbelow(len(noise) - length)
            return noise[start : start + length]

    return Speaker()


_noise: dict[str, bytearray] = {}


def _background(speaker: Any) -> bytearray:
    if "made" not in _noise:
        from captcha.audio import AudioCaptcha

        length = BACKGROUND_SECONDS * SAMPLES_PER_SECOND
        _noise["made"] = AudioCaptcha.create_background_noise(speaker, length, "")
    return _noise["made"][:]
