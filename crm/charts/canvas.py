"""Figures, the font with Chinese characters, and PNGs.

matplotlib takes half a second to load, so it is imported when the first picture is drawn.
"""

import os
import unicodedata
import zlib
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


NO_SIGN = ("〓", "?")
"""Printers' sign for a character that the fonts have not, and what stands for it where they have not even that."""


@cache
def font(configured: str) -> Any:
    """The font with Chinese characters: the configured file, else the package, else the system's (decisions).

    What it has not (some signs, faces) comes from matplotlib's own.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(Path(gettempdir()) / "shuke-crm-matplotlib"))
    manager: Any = import_module("matplotlib.font_manager")
    for file in (configured, _packaged()):
        if file and Path(file).is_file():
            manager.fontManager.addfont(file)
            return manager.FontProperties(family=[manager.FontProperties(fname=file).get_name(), _SIGNS])
    return manager.FontProperties(family=[*_installed_families(manager, _SYSTEM_FONTS), _SIGNS])


_SIGNS = "DejaVu Sans"


def _packaged() -> str:
    package = util.find_spec("pylopdf_fonts_zh_cn")
    return str(Path(package.origin).with_name("NotoSansSC-Regular.otf")) if package and package.origin else ""


def _installed_families(manager: Any, families: tuple[str, ...]) -> list[str]:
    installed = set(manager.fontManager.get_font_names())
    return [family for family in families if family in installed]


@cache
def _characters(configured: str) -> frozenset[int]:
    """What the fonts can write."""
    manager: Any = import_module("matplotlib.font_manager")
    opener: Any = import_module("matplotlib.ft2font")
    files = (manager.findfont(manager.FontProperties(family=[name])) for name in font(configured).get_family())
    return frozenset(code for file in files for code in opener.FT2Font(file).get_charmap())


def readable(text: str, configured: str) -> str:
    """The text as the fonts can write it: never an empty box; one sign for what they have not.

    What only changes the character before it (a skin, a way to show it) or joins two, goes.
    """
    known = _characters(configured)
    signs: list[str] = []
    missing = next(sign for sign in NO_SIGN if ord(sign) in known)
    for character in unicodedata.normalize("NFC", text):
        if unicodedata.category(character) in ("Cf", "Cc", "Mn", "Sk") and not character.isascii():
            continue
        sign = character if ord(character) in known else missing
        if sign is not missing or signs[-1:] != [missing]:
            signs.append(sign)
    return "".join(signs)


def sized(font: Any, size: float) -> Any:
    copied = font.copy()
    copied.set_size(size)
    return copied


def sheet(width: int, height: int, sharpness: int = 1) -> Any:
    """A figure that is shown in so many pixels; `sharpness` 2 draws twice as many. A `$` in a name is no formula."""
    matplotlib: Any = import_module("matplotlib")
    matplotlib.rcParams["text.parse_math"] = False
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


STEPS = 6
"""Of an axis under bars: about so many figures fit below them."""


def few_steps(max_steps: int = STEPS) -> Any:
    """A few round steps, whole ones where there is room for two of them: nobody counts half a customer."""
    ticker: Any = import_module("matplotlib.ticker")
    return ticker.MaxNLocator(max_steps, integer=True)


def write(axes: Any, font: Any, size: float = 9) -> None:
    """The font on every text of the axes."""
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(sized(font, size))


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
    # Runs alone: a chart is made of them, and looking for more takes twice as long.
    image.save(out, format="png", compress_level=5, compress_type=zlib.Z_RLE)
    return out.getvalue()


OWN_COLOURS = [
    tuple(bytes.fromhex(colour[1:])) for colour in (*reversed(PALETTE), THIRD, LESS, QUIET, INK, LINES, "#ffffff")
]
"""What a chart is drawn with, as it is; only the shades of its edges are brought together."""
FINE, COARSE = 3, 2
"""Bits of each part of a colour: those of one's own are told apart by the finer ones, shades by the coarser."""
FINE_BOXES = 1 << (3 * FINE)
HALF_BYTE = 16
"""So many colours take half a byte a pixel: a picture of few areas weighs a seventh less."""
AREA = 1000
"""What is more than one pixel in so many is an area that was filled (a square of a matrix), no shade of an edge."""


def few_colours(pixels: Any) -> tuple[Any, bytes]:
    """Each pixel's place in a palette, and the palette: like shades are one, called by a colour that occurs; areas
    keep their own.

    Pillow's own ways took longer than drawing.
    """
    numpy: Any = import_module("numpy")
    # Runs of one colour, a twentieth of the pixels: a chart is white, bars and the edges of letters.
    pixels = numpy.ascontiguousarray(pixels)
    packed = pixels.view(numpy.uint32).ravel()
    begins = numpy.flatnonzero(numpy.concatenate(([True], packed[1:] != packed[:-1])))
    lengths = numpy.diff(begins, append=packed.size)
    runs = packed[begins].view(numpy.uint8).reshape(-1, 4)[:, :3]
    wide = runs.astype(numpy.uint16) >> (8 - FINE)
    boxes = (wide[:, 0] << (2 * FINE)) | (wide[:, 1] << FINE) | wide[:, 2]
    counts = numpy.bincount(boxes, weights=lengths, minlength=FINE_BOXES)
    used, areas = numpy.flatnonzero(counts).tolist(), counts > packed.size // AREA
    colour_of = numpy.zeros((FINE_BOXES, 3), numpy.uint8)
    colour_of[boxes] = runs
    own = {_box(colour, FINE): colour for colour in OWN_COLOURS}
    palette: list[Any] = []
    sizes: list[float] = []
    places: dict[Any, int] = {}
    place_of = numpy.zeros(FINE_BOXES, numpy.uint8)
    for box in used:
        colour = own.get(box, tuple(colour_of[box].tolist()))
        name = ("own", box) if box in own or areas[box] else _box(colour, COARSE)
        if name not in places:
            places[name] = len(palette)
            palette.append(colour)
            sizes.append(0)
        place_of[box] = places[name]
        sizes[places[name]] += counts[box]
    if len(palette) > HALF_BYTE >= sum(size > packed.size // AREA for size in sizes):
        nearest, palette = _fewer(palette, sizes)
        place_of = numpy.array(nearest, numpy.uint8)[place_of]
    placed = numpy.repeat(place_of[boxes], lengths).reshape(pixels.shape[:2])
    return placed, bytes(part for colour in palette for part in colour)


def _fewer(palette: list[Any], sizes: list[float]) -> tuple[list[int], list[Any]]:
    """For each colour the place of the most like one among `HALF_BYTE`: one's own, and the most frequent shades; and
    those."""
    own = set(OWN_COLOURS)
    kept = sorted(sorted(range(len(palette)), key=lambda n: (palette[n] not in own, -sizes[n]))[:HALF_BYTE])

    def distance(one: Any, other: Any) -> int:
        return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))

    nearest = [min(range(HALF_BYTE), key=lambda k: distance(palette[kept[k]], colour)) for colour in palette]
    return nearest, [palette[n] for n in kept]


def _box(colour: tuple[int, ...], bits: int) -> int:
    red, green, blue = (part >> (8 - bits) for part in colour)
    return red << (2 * bits) | green << bits | blue
