"""The kinds of pictures: horizontal bars, slices, lines over time; of a few groups or of forty (look.md, Charts)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from crm.charts import canvas
from crm.charts.canvas import INK, LESS, LINES, MAIN, PALETTE, QUIET, SECOND, THIRD, sized
from crm.charts.number_labels import short_number, truncate_apart, width_of

WIDTH = 760
SMALL_WIDTH, SMALL_HEIGHT, SMALL_ROWS = 380, 220, 10
"""Of a picture in a panel of the workbench."""
ROW, THIN_ROW, SQUARE = 28, 20, 36
MOST_ROWS, MOST_SLICES, MOST_SERIES = 40, 8, 8
NAME_WIDTH = 26
SLICE_NAME, SMALL_SLICE_NAME = 34, 10
HALF = 6.2
"""About how many pixels half a character takes at 9 points."""
ABOVE, BELOW, RIGHT, NOTE = 34, 26, 70, 18
LEGEND_NAME, LEGEND_SIGN = 20, 44
"""Half characters of a name there, and the pixels of its colour with the space around."""
LINE_HEIGHT = 320


@dataclass(frozen=True)
class Series:
    """One value for each label.

    `look`: main, before (what it is compared with), target, cumulative (in percent, on an axis of its own).
    """

    name: str
    values: tuple[float | None, ...]
    look: str = "main"


@dataclass(frozen=True)
class Drawing:
    """What is drawn, as plain data. `kind`: bar, pie, line, matrix, months; `stacked` bars stand on each other.

    The labels of a matrix are its rows, its series the columns. What is drawn by months are upright bars of a year.
    """

    kind: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    language: str
    stacked: bool = False
    empty_text: str = ""
    """The text shown where there is nothing to draw."""
    rest: float = 0
    """What is not among the labels, so that a slice is its part of the whole."""
    rest_name: str = "…"
    first_only: str = ""
    """What is said where not every group has a bar, with %(count)s."""
    is_cut: bool = False
    """Whether there are more groups than labels."""
    corner: str = ""
    """What the rows and the columns of a matrix are."""
    width: int = WIDTH
    height: int = 0
    """Given, or else what the kind and the number of groups need."""

    @property
    def is_small(self) -> bool:
        return self.width < WIDTH

    @property
    def name_width(self) -> int:
        """How many half characters a name beside a bar may have."""
        return NAME_WIDTH // 2 if self.is_small else NAME_WIDTH

    def small(self) -> "Drawing":
        """The same for a panel: narrower, of bars the first ones alone."""
        most = SMALL_ROWS if self.kind == "bar" else len(self.labels)
        series = tuple(replace(one, values=one.values[:most]) for one in self.series)
        is_cut = self.is_cut or len(self.labels) > most
        return replace(self, width=SMALL_WIDTH, labels=self.labels[:most], series=series, is_cut=is_cut)

    @property
    def note(self) -> str:
        """That not every group has a bar; slices and lines have the rest as one of their own."""
        is_said = self.is_cut and self.shown_as == "bar"
        return self.first_only % {"count": len(self.labels)} if is_said else ""

    @property
    def below(self) -> int:
        """The space of the axis, and of the note."""
        return BELOW + (NOTE if self.note else 0)

    @property
    def shown_as(self) -> str:
        """Slices cannot show what is negative, nor many; a line needs more than one point."""
        values = [v or 0 for one in self.series for v in one.values]
        if not any(values) and self.kind != "months":
            return "nothing"
        if self.kind == "line" and len(self.labels) < 2:
            return "bar"
        if self.kind == "pie" and (min(*values, self.rest) < 0 or len(self.series) > 1):
            return "bar"
        return self.kind

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as it is shown."""
        if self.height:
            return self.width, self.height
        if self.shown_as == "nothing":
            return self.width, 120
        if self.shown_as == "bar":
            return self.width, self.above + self.below + self.pitch * max(len(self.labels), 1)
        if self.shown_as == "matrix":
            return self.width, self.above_squares + 8 + SQUARE * len(self.labels)
        return self.width, SMALL_HEIGHT if self.is_small else LINE_HEIGHT

    @property
    def above_squares(self) -> int:
        return ABOVE + (NOTE if self.corner else 0)

    @property
    def pitch(self) -> int:
        """The height of a bar's row."""
        beside = 1 if self.stacked else len(self.bars)
        return max(ROW if len(self.labels) <= 20 else THIN_ROW, beside * 13 + 8)

    @property
    def bars(self) -> tuple[Series, ...]:
        """The series that are bars."""
        return tuple(one for one in self.series if one.look != "cumulative")

    @property
    def above(self) -> int:
        """The space of the legend, and of a second axis."""
        rows = -(-len(self.series) // self.legend_columns)
        second_axis = len(self.bars) < len(self.series)
        return ABOVE + 18 * (max(rows, 1) - 1 + second_axis)

    @property
    def legend_name(self) -> int:
        """How many half characters a name there may have: all that there is room for beside few others."""
        return max(LEGEND_NAME, int((self.width / max(len(self.series), 1) - LEGEND_SIGN) / HALF) - 2)

    @property
    def legend_columns(self) -> int:
        """How many names of series fit beside each other."""
        longest = max((min(width_of(one.name), self.legend_name) for one in self.series), default=0)
        return int(min(max(self.width // (longest * HALF + LEGEND_SIGN), 1), 3 if self.is_small else 6))

    @property
    def left(self) -> int:
        """Where the bars begin, after the names."""
        return int(min(max((width_of(name) for name in self.labels), default=0), self.name_width) * HALF) + 16


def areas(drawing: Drawing) -> list[tuple[int, int, int, int]]:
    """For each label the rectangle that leads to its details: left, top, right, bottom."""
    width, height = drawing.size
    if drawing.shown_as == "bar":
        tops = [drawing.above + n * drawing.pitch for n in range(len(drawing.labels))]
        return [(0, top, width, top + drawing.pitch) for top in tops]
    if drawing.shown_as == "line":
        step = (width - LINE_LEFT - LINE_RIGHT) / max(len(drawing.labels), 1)
        return [
            (int(LINE_LEFT + n * step), drawing.above, int(LINE_LEFT + (n + 1) * step), height)
            for n in range(len(drawing.labels))
        ]
    return []


def draw(drawing: Drawing, font_file: str = "") -> bytes:
    """The picture as a PNG, twice as sharp as it is shown."""
    kinds: dict[str, Callable[[Any, Drawing, Any], None]] = {
        "bar": _bars,
        "pie": _slices,
        "line": _lines,
        "matrix": _matrix,
        "months": _months,
    }
    written = canvas.font(font_file)
    drawing = _readable(drawing, font_file)
    figure = canvas.sheet(*drawing.size, sharpness=2)
    kinds.get(drawing.shown_as, _nothing)(figure, drawing, written)
    return canvas.png(figure)


def _readable(drawing: Drawing, font_file: str) -> Drawing:
    """With names that the fonts can write."""

    def read(text: str) -> str:
        return canvas.readable(text, font_file)

    series = tuple(replace(one, name=read(one.name)) for one in drawing.series)
    labels, empty = tuple(map(read, drawing.labels)), read(drawing.empty_text)
    rest, first, corner = read(drawing.rest_name), read(drawing.first_only), read(drawing.corner)
    drawing = replace(drawing, labels=labels, series=series, empty_text=empty, corner=corner)
    return replace(drawing, rest_name=rest, first_only=first)


def _nothing(figure: Any, drawing: Drawing, written: Any) -> None:
    figure.text(0.5, 0.5, drawing.empty_text, ha="center", va="center", color=QUIET, fontproperties=sized(written, 11))


def _colour(series: Series, number: int, several: bool) -> str:
    looks = {"before": SECOND, "target": THIRD}
    return looks.get(series.look) or (PALETTE[number % len(PALETTE)] if several else MAIN)


def _legend(figure: Any, drawing: Drawing, written: Any) -> None:
    if len(drawing.series) > 1:
        found = [axes.get_legend_handles_labels() for axes in figure.axes]
        handles = [handle for handles, _names in found for handle in handles]
        names = [name for _handles, names in found for name in names]
        columns = min(len(names), drawing.legend_columns)
        shown = truncate_apart(names, drawing.legend_name)
        # They are put column by column, and read line by line.
        order = [n for column in range(columns) for n in range(column, len(names), columns)]
        figure.legend(
            [handles[n] for n in order],
            [shown[n] for n in order],
            prop=sized(written, 9),
            labelcolor=QUIET,
            frameon=False,
            ncols=columns,
            loc="upper center",
            handlelength=1.2,
            columnspacing=1.2,
        )


def _bars(figure: Any, drawing: Drawing, written: Any) -> None:
    width, height = drawing.size
    space = (
        drawing.left / width,
        drawing.below / height,
        (width - drawing.left - RIGHT) / width,
        1 - (drawing.above + drawing.below) / height,
    )
    axes = figure.add_axes(space)
    (_stacked if drawing.stacked else _beside)(axes, drawing, written)
    places = list(range(len(drawing.labels)))
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.set_yticks(places, truncate_apart(drawing.labels, drawing.name_width))
    axes.xaxis.set_major_locator(few_steps(SMALL_STEPS if drawing.is_small else STEPS))
    axes.xaxis.set_major_formatter(lambda value, _position: short_number(value, drawing.language))
    canvas.bare(axes, "x")
    axes.axvline(0, color=QUIET, linewidth=0.8)
    canvas.write(axes, written)
    for series in drawing.series:
        if series.look == "cumulative":
            _running(axes, series, written)
    _legend(figure, drawing, written)
    if drawing.note:
        figure.text(8 / width, 5 / height, drawing.note, va="bottom", color=QUIET, fontproperties=sized(written, 9))


def _beside(axes: Any, drawing: Drawing, written: Any) -> None:
    """Each series with bars of its own."""
    bars = drawing.bars
    thick = 0.62 if len(bars) == 1 else 0.78 / len(bars)
    for number, series in enumerate(bars):
        values = [float(v or 0) for v in series.values]
        places = [place + (number - (len(bars) - 1) / 2) * thick for place in range(len(values))]
        colour = _colour(series, number, len(bars) > 1)
        colours = [LESS if v < 0 and len(bars) == 1 else colour for v in values]
        axes.barh(places, values, thick, color=colours, label=series.name)
        _say_values(axes, drawing.language, values, places, written)


def _stacked(axes: Any, drawing: Drawing, written: Any) -> None:
    """The series as parts of one bar; what is negative stands on the other side."""
    places = list(range(len(drawing.labels)))
    up, down = [0.0] * len(places), [0.0] * len(places)
    for number, series in enumerate(drawing.series):
        values = [float(v or 0) for v in series.values]
        starts = [u if v >= 0 else d for v, u, d in zip(values, up, down, strict=True)]
        axes.barh(places, values, 0.62, left=starts, color=_colour(series, number, True), label=series.name)
        up = [u + max(v, 0) for u, v in zip(up, values, strict=True)]
        down = [d + min(v, 0) for d, v in zip(down, values, strict=True)]
    sums = [u + d for u, d in zip(up, down, strict=True)]
    _say_values(axes, drawing.language, sums, [float(place) for place in places], written, up)


def _running(axes: Any, series: Series, written: Any) -> None:
    """The cumulative share of the bars down to each, in percent along the upper edge."""
    above = axes.twiny()
    values = [float("nan") if v is None else float(v) for v in series.values]
    above.plot(values, range(len(values)), color=THIRD, marker="o", markersize=3.5, linewidth=1.4, label=series.name)
    above.set_xlim(0, 104)
    above.set_xticks([0, 20, 40, 60, 80, 100], [f"{part}%" for part in (0, 20, 40, 60, 80, 100)])
    canvas.bare(above)
    canvas.write(above, written, 8)


STEPS, SMALL_STEPS = 6, 3
"""Of an axis under bars: about so many figures fit below them."""


def few_steps(most: int = STEPS) -> Any:
    """A few round steps, whole ones where there is room for two of them: nobody counts half a customer."""
    ticker: Any = import_module("matplotlib.ticker")
    return ticker.MaxNLocator(most, integer=True)


def _say_values(
    axes: Any, language: str, values: list[float], places: list[float], written: Any, ends: list[float] | None = None
) -> None:
    """The figure at the end of its bar, on the side where it points to; readable on a line that crosses it."""
    text: Any = import_module("matplotlib.text")
    small, around = sized(written, 8), _white_edge()
    for n, (value, place) in enumerate(zip(values, places, strict=True)):
        if not value:
            continue
        end = ends[n] if ends is not None else value
        said = text.Annotation(
            short_number(value, language),
            (max(end, 0) if value >= 0 else 0, place),
            xycoords=axes.transData,
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=LESS if value < 0 else INK,
            fontproperties=small,
            annotation_clip=False,
            path_effects=around,
        )
        axes.figure.add_artist(said)


def _white_edge() -> list[Any]:
    effects: Any = import_module("matplotlib.patheffects")
    return [effects.withStroke(linewidth=2, foreground="white")]


def _slices(figure: Any, drawing: Drawing, written: Any) -> None:
    """The largest ones, what is left in one grey slice; each with its name and its part."""
    width, height = drawing.size
    values = [float(v or 0) for v in drawing.series[0].values]
    pairs = sorted(zip(values, drawing.labels, strict=True), key=lambda pair: -pair[0])
    shown = [pair for pair in pairs if pair[0] > 0][:MOST_SLICES]
    rest = sum(values) - sum(value for value, _name in shown) + drawing.rest
    axes = figure.add_axes((0.02, 0.03, height * 0.94 / width, 0.94))
    parts = [value for value, _name in shown] + ([rest] if rest > 0 else [])
    colours = [*PALETTE[: len(shown)], *([LINES] if rest > 0 else [])]
    axes.pie(
        parts,
        colors=colours,
        startangle=90,
        counterclock=False,
        radius=1.2,
        wedgeprops={"linewidth": 1.5, "edgecolor": "white"},
    )
    whole = sum(parts)

    def said(name: str, value: float) -> str:
        """In a panel there is no room for the figure as well."""
        part = f"{value * 100 / whole:.1f}%"
        return f"{name} {part}" if drawing.is_small else f"{name}　{part}　{short_number(value, drawing.language)}"

    called = truncate_apart([name for _value, name in shown], SMALL_SLICE_NAME if drawing.is_small else SLICE_NAME)
    names = [said(name, value) for name, (value, _name) in zip(called, shown, strict=True)]
    names += [said(drawing.rest_name, rest)] if rest > 0 else []
    axes.legend(
        axes.patches, names, prop=sized(written, 9.5), labelcolor=INK, frameon=False, loc="center left",
        bbox_to_anchor=(1.08, 0.5), labelspacing=0.8, handlelength=1.0,
    )  # fmt: skip


def _matrix(figure: Any, drawing: Drawing, written: Any) -> None:
    """From each row to each column how many, the darker the more."""
    width, height = drawing.size
    across = min(SQUARE * 3, (width - drawing.left - 8) // max(len(drawing.series), 1)) * len(drawing.series)
    space = (drawing.left / width, 8 / height, across / width, (height - drawing.above_squares - 8) / height)
    axes = figure.add_axes(space)
    cells = [[float(series.values[row] or 0) for series in drawing.series] for row in range(len(drawing.labels))]
    most = max(max(row) for row in cells) or 1
    axes.imshow(cells, cmap=_shades(), vmin=0, vmax=most, aspect="auto")
    for y, row in enumerate(cells):
        for x, value in enumerate(row):
            if value:
                colour = "white" if value > most * 0.55 else INK
                text = short_number(value, drawing.language)
                axes.text(x, y, text, ha="center", va="center", color=colour, fontproperties=sized(written, 9))
    narrow = max(int(across / max(len(drawing.series), 1) / HALF) - 2, 4)
    named = truncate_apart([series.name for series in drawing.series], narrow)
    axes.set_xticks(range(len(drawing.series)), named)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(drawing.labels)), truncate_apart(drawing.labels, drawing.name_width))
    canvas.bare(axes)
    canvas.write(axes, written)
    figure.text(8 / width, 1 - 4 / height, drawing.corner, va="top", color=QUIET, fontproperties=sized(written, 9))


def _shades() -> Any:
    colours: Any = import_module("matplotlib.colors")
    return colours.LinearSegmentedColormap.from_list("shades", ["#f4f6f8", MAIN])


LINE_LEFT, LINE_RIGHT = 64, 24


def _lines(figure: Any, drawing: Drawing, written: Any) -> None:
    width, height = drawing.size
    axes = figure.add_axes(
        (LINE_LEFT / width, 34 / height, (width - LINE_LEFT - LINE_RIGHT) / width, 1 - (34 + drawing.above) / height)
    )
    places = list(range(len(drawing.labels)))
    several = len(drawing.series) > 1
    for number, series in enumerate(drawing.series):
        values = [float("nan") if v is None else float(v) for v in series.values]
        look = {"before": "--", "target": ":"}.get(series.look, "-")
        axes.plot(
            places, values, color=_colour(series, number, several), linestyle=look, linewidth=1.8,
            marker="o" if len(places) <= 40 else None, markersize=3.5, label=series.name,
        )  # fmt: skip
    if len(drawing.labels) <= 16 and not several:
        for place, value in zip(places, drawing.series[0].values, strict=True):
            if value:
                above = not _is_low(drawing.series[0].values, place)
                axes.annotate(
                    short_number(float(value), drawing.language), (place, float(value)), xytext=(0, 6 if above else -6),
                    textcoords="offset points", ha="center", va="bottom" if above else "top", color=INK,
                    fontproperties=sized(written, 8),
                )  # fmt: skip
    axes.set_xlim(-0.5, len(places) - 0.5)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0) * 1.06, max(high, 0) * 1.04 or 1)
    every = max(
        1, -(-len(places) * max(width_of(name) for name in drawing.labels) * HALF * 1.3 // (width - 100)).__int__()
    )
    named = [place for place in places[::every] if _fits(drawing, place)]
    axes.set_xticks(named, [drawing.labels[place] for place in named])
    axes.yaxis.set_major_locator(few_steps())
    axes.yaxis.set_major_formatter(lambda value, _position: short_number(value, drawing.language))
    canvas.bare(axes, "y")
    axes.axhline(0, color=QUIET, linewidth=0.8)
    canvas.write(axes, written)
    _legend(figure, drawing, written)


def _is_low(values: tuple[float | None, ...], place: int) -> bool:
    """Whether the line comes down to that point and goes up again: a figure above would lie on it."""
    beside = [values[n] for n in (place - 1, place + 1) if 0 <= n < len(values)]
    found = values[place] or 0
    return found < 0 and all(one is None or one > found for one in beside)


def _fits(drawing: Drawing, place: int) -> bool:
    """Whether the label below that place of a line lies within the picture."""
    step = (drawing.width - LINE_LEFT - LINE_RIGHT) / len(drawing.labels)
    middle, half = LINE_LEFT + (place + 0.5) * step, width_of(drawing.labels[place]) * HALF / 2
    return middle - half >= 0 and middle + half <= drawing.width


def _months(figure: Any, drawing: Drawing, written: Any) -> None:
    """What was reached as bars beside each other, the target as a line over them (T-1)."""
    width, height = drawing.size
    axes = figure.add_axes((52 / width, 26 / height, 1 - 60 / width, 1 - 64 / height))
    places = range(len(drawing.labels))
    bars = [one for one in drawing.series if one.look != "target"]
    for number, series in enumerate(drawing.series):
        values, colour = [float(v or 0) for v in series.values], _colour(series, number, True)
        if series.look == "target":
            axes.plot(places, values, color=colour, marker="o", markersize=4, label=series.name)
        else:
            thick = 0.8 / len(bars)
            beside = [place + (number - (len(bars) - 1) / 2) * thick for place in places]
            axes.bar(beside, values, thick, color=colour, label=series.name)
    axes.set_xticks(places, drawing.labels)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    if not any(v for one in drawing.series for v in one.values):
        axes.set_ylim(0, 1)
        axes.set_yticks([0])
    axes.yaxis.set_major_formatter(lambda value, _position: short_number(value, drawing.language))
    canvas.bare(axes, "y")
    canvas.write(axes, written)
    _legend(figure, drawing, written)
