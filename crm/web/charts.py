"""Pictures as answers: which font the installation has, and who may keep them."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from flask import Response, current_app

from crm.charts.monthly import figures_by_month as drawn_by_month


def configured_font() -> str:
    """The font file that the installation names, if any."""
    return str(current_app.config["CRM_FONT"] or "")


def picture(body: bytes) -> Response:
    """The answer with a PNG of one person's figures: never kept by anybody between."""
    return Response(body, mimetype="image/png", headers={"Cache-Control": "no-store"})


def figures_by_month(
    labels: Sequence[str],
    sold: Sequence[Decimal],
    received: Sequence[Decimal],
    target: Sequence[Decimal],
    names: tuple[str, str, str],
    language: str,
    size: tuple[int, int],
) -> bytes:
    """Bars of sold and received beside each other, the target as a line; a PNG, drawn once for the same figures.

    `size` in pixels, width and height.
    """
    values = (tuple(labels), tuple(sold), tuple(received), tuple(target))
    return _kept(*values, names, language, size, configured_font())


_kept = lru_cache(maxsize=200)(drawn_by_month)
