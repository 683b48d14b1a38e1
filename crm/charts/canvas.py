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


def png(figure: Any) -> bytes:
    """With a palette: a chart has few colours, and weighs a third so."""
    agg: Any = import_module("matplotlib.backends.backend_agg")
    images: Any = import_module("PIL.Image")
    canvas = agg.FigureCanvasAgg(figure)
    canvas.draw()
    places, colours = few_colours(canvas.buffer_rgba())
    image = images.fromarray(places)
    image.putpalette(colours)
    out = BytesIO()
    image.save(out, format="png", compress_level=6, bits=8)
    return out.getvalue()


MOST_COLOURS = 256
OWN_COLOURS = [
    tuple(bytes.fromhex(colour[1:])) for colour in (*reversed(PALETTE), THIRD, LESS, QUIET, INK, LINES, "#ffffff")
]
"""What a chart is drawn with, as it is; only the shades of its edges are brought together."""


def few_colours(pixels: Any) -> tuple[Any, bytes]:
    """Each pixel's place in a palette, and the palette: like colours are one, called by a colour that occurs.

    Pillow's own ways took longer than drawing.
    """
    numpy: Any = import_module("numpy")
    pixels = numpy.asarray(pixels)[:, :, :3]
    for bits in (3, 2):
        wide = pixels.astype(numpy.uint16) >> (8 - bits)
        boxes = (wide[:, :, 0] << (2 * bits)) | (wide[:, :, 1] << bits) | wide[:, :, 2]
        used = numpy.flatnonzero(numpy.bincount(boxes.ravel(), minlength=1 << (3 * bits)))
        if len(used) <= MOST_COLOURS:
            break
    of_box = numpy.zeros((1 << (3 * bits), 3), numpy.uint8)
    of_box[boxes.ravel()] = pixels.reshape(-1, 3)
    for red, green, blue in OWN_COLOURS:
        down = 8 - bits
        of_box[(red >> down) << (2 * bits) | (green >> down) << bits | blue >> down] = red, green, blue
    place_of = numpy.zeros(1 << (3 * bits), numpy.uint8)
    place_of[used] = numpy.arange(len(used))
    return place_of[boxes], of_box[used].tobytes()
