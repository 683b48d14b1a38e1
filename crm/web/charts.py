"""Pictures of figures, drawn on the server by matplotlib's object API, which is safe among threads (X-5).

matplotlib takes half a second to load, so it is imported when the first picture is drawn.
"""

import os
from collections.abc import Sequence
from decimal import Decimal
from functools import cache, lru_cache
from importlib import import_module, util
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from flask import Response, current_app

SOLD, RECEIVED, TARGET, INK, LINES = "#0b6e6e", "#8fc1c1", "#b35900", "#3a4653", "#d9dee3"
DPI = 100
_SYSTEM_FONTS = (
    "Microsoft YaHei",
    "Microsoft JhengHei",
    "Noto Sans CJK TC",
    "Noto Sans CJK SC",
    "Noto Sans TC",
    "WenQuanYi Micro Hei",
)


def money_axis(value: float, language: str) -> str:
    """An amount for an axis: 12萬 in Chinese, 120K in English."""
    unit, sign = (1_000, "K") if language == "en" else (10_000, "萬" if language == "zh_Hant" else "万")
    if language == "en" and abs(value) >= 1_000_000:
        unit, sign = 1_000_000, "M"
    return f"{value:,.0f}" if abs(value) < unit else f"{value / unit:,.4g}{sign}"


def picture(body: bytes) -> Response:
    """The answer with a PNG of one person's figures: never kept by anybody between."""
    return Response(body, mimetype="image/png", headers={"Cache-Control": "no-store"})


def font(configured: str) -> Any:
    """The font with Chinese characters: the configured file, else the package, else the system's (decisions)."""
    return _font(configured)


@cache
def _font(configured: str) -> Any:
    os.environ.setdefault("MPLCONFIGDIR", str(Path(gettempdir()) / "shuke-crm-matplotlib"))
    manager: Any = import_module("matplotlib.font_manager")
    if configured and Path(configured).is_file():
        return manager.FontProperties(fname=configured)
    package = util.find_spec("pylopdf_fonts_zh_cn")
    if package is not None and package.origin:
        file = Path(package.origin).with_name("NotoSansSC-Regular.otf")
        if file.is_file():
            return manager.FontProperties(fname=str(file))
    return manager.FontProperties(family=[*_SYSTEM_FONTS, "sans-serif"])


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
    configured = current_app.config["CRM_FONT"]
    values = (tuple(labels), tuple(sold), tuple(received), tuple(target))
    return _figures_by_month(*values, names, language, size, configured)


@lru_cache(maxsize=200)
def _figures_by_month(
    labels: tuple[str, ...],
    sold: tuple[Decimal, ...],
    received: tuple[Decimal, ...],
    target: tuple[Decimal, ...],
    names: tuple[str, str, str],
    language: str,
    size: tuple[int, int],
    configured: str,
) -> bytes:
    written = font(configured)
    figure, axes = sheet(*size)
    places = range(len(labels))
    axes.bar([p - 0.2 for p in places], [float(v) for v in sold], 0.4, color=SOLD, label=names[0])
    axes.bar([p + 0.2 for p in places], [float(v) for v in received], 0.4, color=RECEIVED, label=names[1])
    axes.plot(list(places), [float(v) for v in target], color=TARGET, marker="o", markersize=4, label=names[2])
    axes.set_xticks(list(places), labels)
    axes.axhline(0, color=INK, linewidth=0.8)
    if not any((*sold, *received, *target)):
        axes.set_ylim(0, 1)
        axes.set_yticks([0])
    axes.yaxis.set_major_formatter(lambda value, _position: money_axis(value, language))
    dress(axes, written)
    axes.legend(prop=_sized(written, 10), frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.18))
    return png(figure)


def sheet(width: int, height: int) -> tuple[Any, Any]:
    """A figure of so many pixels and its axes."""
    figure_module: Any = import_module("matplotlib.figure")
    figure = figure_module.Figure(figsize=(width / DPI, height / DPI), dpi=DPI, layout="constrained")
    return figure, figure.subplots()


def dress(axes: Any, written: Any) -> None:
    """Quiet lines, and the font on every text of the axes."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=LINES, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(_sized(written, 9))


def _sized(written: Any, size: int) -> Any:
    copied = written.copy()
    copied.set_size(size)
    return copied


def png(figure: Any) -> bytes:
    agg: Any = import_module("matplotlib.backends.backend_agg")
    agg.FigureCanvasAgg(figure)
    out = BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
