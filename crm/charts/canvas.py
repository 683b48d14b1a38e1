"""Figures, the font with Chinese characters, and PNGs.

matplotlib takes half a second to load, so it is imported when the first picture is drawn.
"""

import os
from functools import cache
from importlib import import_module, util
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any

INK, QUIET, LINES = "#1f2933", "#52606d", "#d9dee3"
MAIN, SECOND, THIRD, LESS = "#0b6e6e", "#8fc1c1", "#b35900", "#b42318"
PALETTE = (MAIN, "#c77700", "#4a6fa5", "#7a9e3b", "#8a5a83", "#8fc1c1", "#b3554d", "#5f6b76", "#d1a93b", "#3f8f6b")
DPI = 100
_SYSTEM_FONTS = (
    "Microsoft YaHei",
    "Microsoft JhengHei",
    "Noto Sans CJK TC",
    "Noto Sans CJK SC",
    "Noto Sans TC",
    "WenQuanYi Micro Hei",
)


@cache
def font(configured: str) -> Any:
    """The font with Chinese characters: the configured file, else the package, else the system's (decisions)."""
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


def sized(written: Any, size: float) -> Any:
    copied = written.copy()
    copied.set_size(size)
    return copied


def sheet(width: int, height: int, sharpness: int = 1) -> Any:
    """A figure that is shown in so many pixels; `sharpness` 2 draws twice as many."""
    module: Any = import_module("matplotlib.figure")
    return module.Figure(figsize=(width / DPI, height / DPI), dpi=DPI * sharpness)


def bare(axes: Any, lines: str = "") -> None:
    """Without a frame; `lines` names the axis whose thin grid helps the eye."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    if lines:
        axes.grid(axis=lines, color=LINES, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=QUIET)


def write(axes: Any, written: Any, size: float = 9) -> None:
    """The font on every text of the axes."""
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(sized(written, size))


def png(figure: Any, colours: int = 96) -> bytes:
    """With a palette: a chart has few colours, and weighs a third so."""
    agg: Any = import_module("matplotlib.backends.backend_agg")
    images: Any = import_module("PIL.Image")
    canvas = agg.FigureCanvasAgg(figure)
    canvas.draw()
    image = images.frombuffer("RGBA", canvas.get_width_height(physical=True), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    out = BytesIO()
    image.convert("RGB").quantize(colours, method=2, dither=0).save(out, format="png", compress_level=9)
    return out.getvalue()
