"""The kinds of pictures: horizontal bars, slices, lines over time; of a few groups or of forty (look.md, Charts)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crm.charts import canvas
from crm.charts.canvas import INK, LESS, LINES, MAIN, PALETTE, QUIET, SECOND, THIRD, sized
from crm.charts.numbers import short_number, shortened, width_of

WIDTH = 760
ROW, THIN_ROW = 28, 20
MOST_ROWS, MOST_SLICES, MOST_SERIES = 40, 8, 8
NAME_WIDTH = 26
HALF = 6.2
"""About how many pixels half a character takes at 9 points."""
ABOVE, BELOW, RIGHT = 34, 26, 70
LINE_HEIGHT = 320


@dataclass(frozen=True)
class Series:
    """One value for each label; `look`: main, before (what it is compared with), target."""

    name: str
    values: tuple[float | None, ...]
    look: str = "main"


@dataclass(frozen=True)
class Drawing:
    """What is drawn, as plain data. `kind`: bar, pie, line; `stacked` bars stand on each other."""

    kind: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    language: str
    stacked: bool = False
    nothing: str = ""
    """What stands where there is nothing to draw."""

    @property
    def shown_as(self) -> str:
        """Slices cannot show what is negative, nor many; a line needs more than one point."""
        values = [v or 0 for one in self.series for v in one.values]
        if not any(values):
            return "nothing"
        if self.kind == "pie" and (min(values) < 0 or len(self.series) > 1):
            return "bar"
        return self.kind

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as it is shown."""
        if self.shown_as == "nothing":
            return WIDTH, 120
        if self.shown_as == "bar":
            return WIDTH, ABOVE + BELOW + self.pitch * max(len(self.labels), 1)
        return WIDTH, LINE_HEIGHT

    @property
    def pitch(self) -> int:
        """The height of a bar's row."""
        beside = 1 if self.stacked else max(len(self.series), 1)
        return max(ROW if len(self.labels) <= 20 else THIN_ROW, beside * 13 + 8)

    @property
    def left(self) -> int:
        """Where the bars begin, after the names."""
        return int(min(max((width_of(name) for name in self.labels), default=0), NAME_WIDTH) * HALF) + 16


def areas(drawing: Drawing) -> list[tuple[int, int, int, int]]:
    """For each label the rectangle that leads to its details: left, top, right, bottom."""
    width, height = drawing.size
    if drawing.shown_as == "bar":
        return [
            (0, ABOVE + n * drawing.pitch, width, ABOVE + (n + 1) * drawing.pitch) for n in range(len(drawing.labels))
        ]
    if drawing.shown_as == "line":
        step = (width - LINE_LEFT - LINE_RIGHT) / max(len(drawing.labels), 1)
        return [
            (int(LINE_LEFT + n * step), ABOVE, int(LINE_LEFT + (n + 1) * step), height)
            for n in range(len(drawing.labels))
        ]
    return []


def draw(drawing: Drawing, font_file: str = "") -> bytes:
    """The picture as a PNG, twice as sharp as it is shown."""
    kinds: dict[str, Callable[[Any, Drawing, Any], None]] = {"bar": _bars, "pie": _slices, "line": _lines}
    written = canvas.font(font_file)
    figure = canvas.sheet(*drawing.size, sharpness=2)
    kinds.get(drawing.shown_as, _nothing)(figure, drawing, written)
    return canvas.png(figure)


def _nothing(figure: Any, drawing: Drawing, written: Any) -> None:
    figure.text(0.5, 0.5, drawing.nothing, ha="center", va="center", color=QUIET, fontproperties=sized(written, 11))


def _colour(series: Series, number: int, several: bool) -> str:
    looks = {"before": SECOND, "target": THIRD}
    return looks.get(series.look) or (PALETTE[number % len(PALETTE)] if several else MAIN)


def _legend(figure: Any, drawing: Drawing, written: Any) -> None:
    if len(drawing.series) > 1:
        handles, names = figure.axes[0].get_legend_handles_labels()
        figure.legend(
            handles,
            [shortened(name, 20) for name in names],
            prop=sized(written, 9),
            labelcolor=QUIET,
            frameon=False,
            ncols=min(len(names), 6),
            loc="upper center",
            handlelength=1.2,
            columnspacing=1.2,
        )


def _bars(figure: Any, drawing: Drawing, written: Any) -> None:
    width, height = drawing.size
    axes = figure.add_axes(
        (drawing.left / width, BELOW / height, (width - drawing.left - RIGHT) / width, 1 - (ABOVE + BELOW) / height)
    )
    places = range(len(drawing.labels))
    several = len(drawing.series) > 1
    thick = 0.62 if drawing.stacked or not several else 0.78 / len(drawing.series)
    base_up, base_down = [0.0] * len(drawing.labels), [0.0] * len(drawing.labels)
    for number, series in enumerate(drawing.series):
        values = [float(v or 0) for v in series.values]
        shift = 0.0 if drawing.stacked or not several else (number - (len(drawing.series) - 1) / 2) * thick
        starts = [up if v >= 0 else down for v, up, down in zip(values, base_up, base_down, strict=True)]
        colour = _colour(series, number, several)
        colours = [LESS if v < 0 and not several else colour for v in values]
        axes.barh(
            [p + shift for p in places],
            values,
            thick,
            left=starts if drawing.stacked else 0.0,
            color=colours,
            label=series.name,
        )
        if drawing.stacked:
            base_up = [s + v if v >= 0 else s for s, v in zip(base_up, values, strict=True)]
            base_down = [s + v if v < 0 else s for s, v in zip(base_down, values, strict=True)]
        else:
            _values_beside(axes, drawing, values, [p + shift for p in places], written)
    if drawing.stacked:
        sums = [up + down for up, down in zip(base_up, base_down, strict=True)]
        _values_beside(axes, drawing, sums, [float(p) for p in places], written, base_up)
    axes.set_ylim(len(drawing.labels) - 0.5, -0.5)
    axes.set_yticks(list(places), [shortened(name, NAME_WIDTH) for name in drawing.labels])
    axes.xaxis.set_major_locator(_few())
    axes.xaxis.set_major_formatter(lambda value, _position: short_number(value, drawing.language))
    canvas.bare(axes, "x")
    axes.axvline(0, color=QUIET, linewidth=0.8)
    canvas.write(axes, written)
    _legend(figure, drawing, written)


def _few() -> Any:
    from importlib import import_module

    ticker: Any = import_module("matplotlib.ticker")
    return ticker.MaxNLocator(6)


def _values_beside(
    axes: Any, drawing: Drawing, values: list[float], places: list[float], written: Any, ends: list[float] | None = None
) -> None:
    """The figure at the end of its bar, on the side where it points to."""
    small = sized(written, 8)
    for n, (value, place) in enumerate(zip(values, places, strict=True)):
        if not value:
            continue
        end = ends[n] if ends is not None else value
        axes.annotate(
            short_number(value, drawing.language),
            (max(end, 0) if value >= 0 else 0, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=LESS if value < 0 else INK,
            fontproperties=small,
            annotation_clip=False,
        )


def _slices(figure: Any, drawing: Drawing, written: Any) -> None:
    """The largest ones, what is left in one grey slice; each with its name and its part."""
    width, height = drawing.size
    values = [float(v or 0) for v in drawing.series[0].values]
    pairs = sorted(zip(values, drawing.labels, strict=True), key=lambda pair: -pair[0])
    shown = [pair for pair in pairs if pair[0] > 0][:MOST_SLICES]
    rest = sum(values) - sum(value for value, _name in shown)
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
    names = [
        f"{shortened(name, 34)}　{value * 100 / whole:.1f}%　{short_number(value, drawing.language)}"
        for value, name in shown
    ]
    names += [f"…　{rest * 100 / whole:.1f}%　{short_number(rest, drawing.language)}"] if rest > 0 else []
    axes.legend(
        axes.patches, names, prop=sized(written, 9.5), labelcolor=INK, frameon=False, loc="center left",
        bbox_to_anchor=(1.08, 0.5), labelspacing=0.8, handlelength=1.0,
    )  # fmt: skip


LINE_LEFT, LINE_RIGHT = 64, 24


def _lines(figure: Any, drawing: Drawing, written: Any) -> None:
    width, height = drawing.size
    axes = figure.add_axes(
        (LINE_LEFT / width, 34 / height, (width - LINE_LEFT - LINE_RIGHT) / width, 1 - (34 + ABOVE) / height)
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
                axes.annotate(
                    short_number(float(value), drawing.language), (place, float(value)), xytext=(0, 6),
                    textcoords="offset points", ha="center", color=INK, fontproperties=sized(written, 8),
                )  # fmt: skip
    axes.set_xlim(-0.5, len(places) - 0.5)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0), max(high, 0) * 1.04 or 1)
    every = max(1, -(-len(places) * max(width_of(name) for name in drawing.labels) * HALF // (width - 100)).__int__())
    axes.set_xticks(places[::every], list(drawing.labels)[::every])
    axes.yaxis.set_major_locator(_few())
    axes.yaxis.set_major_formatter(lambda value, _position: short_number(value, drawing.language))
    canvas.bare(axes, "y")
    axes.axhline(0, color=QUIET, linewidth=0.8)
    canvas.write(axes, written)
    _legend(figure, drawing, written)
