"""Bars: lying beside each other or stacked, and the upright ones of a year's months."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from crm.charts import canvas
from crm.charts.canvas import INK, LESS, QUIET, THIRD, few_steps, sized
from crm.charts.drawing import HALF, RIGHT, Drawing, Series
from crm.charts.legend import colour_of, draw_legend
from crm.charts.number_labels import short_number, truncate_apart, width_of

SMALL_STEPS = 3
"""Of the axis of a small picture."""


def draw_bars(figure: Any, drawing: Drawing, font: Any) -> None:
    width, height = drawing.size
    space = (
        drawing.left / width,
        drawing.below / height,
        (width - drawing.left - RIGHT) / width,
        1 - (drawing.above + drawing.below) / height,
    )
    axes = figure.add_axes(space)
    (_draw_stacked if drawing.stacked else _draw_beside)(axes, drawing, font)
    places = list(range(len(drawing.labels)))
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.set_yticks([])
    _write_names(axes, truncate_apart(drawing.labels, drawing.name_width), font)
    axes.xaxis.set_major_locator(few_steps(SMALL_STEPS) if drawing.is_small else few_steps())
    axes.xaxis.set_major_formatter(lambda value, _position: short_number(value, drawing.language))
    canvas.bare(axes, "x")
    axes.axvline(0, color=QUIET, linewidth=0.8)
    canvas.write(axes, font)
    for series in drawing.series:
        if series.look == "cumulative":
            _draw_cumulative(axes, series, font)
    draw_legend(figure, drawing, font)
    if drawing.note:
        figure.text(8 / width, 5 / height, drawing.note, va="bottom", color=QUIET, fontproperties=sized(font, 9))


def _draw_beside(axes: Any, drawing: Drawing, font: Any) -> None:
    """Each series with bars of its own."""
    bars = drawing.bars
    thick = 0.62 if len(bars) == 1 else 0.78 / len(bars)
    rows = [[float(v or 0) for v in series.values] for series in bars]
    _set_limits(axes, [value for values in rows for value in values])
    for number, (series, values) in enumerate(zip(bars, rows, strict=True)):
        places = [index + (number - (len(bars) - 1) / 2) * thick for index in range(len(values))]
        colour = colour_of(series, number, len(bars) > 1)
        colours = [LESS if v < 0 and len(bars) == 1 else colour for v in values]
        _add_bars(axes, places, [0.0] * len(values), values, thick, colours, series.name)
        _say_values(axes, drawing, values, places, font, values, thick)


def _draw_stacked(axes: Any, drawing: Drawing, font: Any) -> None:
    """The series as parts of one bar; what is negative stands on the other side."""
    places = [float(index) for index in range(len(drawing.labels))]
    up, down = [0.0] * len(places), [0.0] * len(places)
    for number, series in enumerate(drawing.series):
        values = [float(v or 0) for v in series.values]
        starts = [u if v >= 0 else d for v, u, d in zip(values, up, down, strict=True)]
        _add_bars(axes, places, starts, values, 0.62, [colour_of(series, number, True)], series.name)
        up = [u + max(v, 0) for u, v in zip(up, values, strict=True)]
        down = [d + min(v, 0) for d, v in zip(down, values, strict=True)]
    _set_limits(axes, [*up, *down])
    sums = [u + d for u, d in zip(up, down, strict=True)]
    _say_values(axes, drawing, sums, places, font, up, 0.62)


def _set_limits(axes: Any, values: Sequence[float]) -> None:
    """From nothing to the longest bar, with a little room beyond it."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low) * 0.05
    axes.set_xlim(low - room if low else 0, high + room if high else 0)


def _draw_cumulative(axes: Any, series: Series, font: Any) -> None:
    """The cumulative share of the bars down to each, in percent along the upper edge."""
    above = axes.twiny()
    values = [float("nan") if v is None else float(v) for v in series.values]
    above.plot(values, range(len(values)), color=THIRD, marker="o", markersize=3.5, linewidth=1.4, label=series.name)
    above.set_xlim(0, 104)
    above.set_xticks([0, 20, 40, 60, 80, 100], [f"{part}%" for part in (0, 20, 40, 60, 80, 100)])
    canvas.bare(above)
    canvas.write(above, font, 8)


def _say_values(
    axes: Any,
    drawing: Drawing,
    values: list[float],
    places: list[float],
    font: Any,
    ends: list[float],
    thick: float,
) -> None:
    """The figure right of its bar, where nothing else stands; a line that would cross it makes room, as high as the bar
    at most: the next one may be longer."""
    transforms: Any = import_module("matplotlib.transforms")
    beside_the_end = transforms.offset_copy(axes.transData, axes.figure, x=4, units="points")
    left, right = axes.get_xlim()
    pixel = (right - left) / (drawing.width - drawing.left - RIGHT)
    small, rooms = sized(font, 8), []
    for value, position, end in zip(values, places, ends, strict=True):
        if not value:
            continue
        start, text = max(end, 0), short_number(value, drawing.language)
        _add_text(axes, start, position, text, beside_the_end, small, LESS if value < 0 else INK)
        room = (width_of(text) * HALF + 4) * pixel
        rooms.append(_corners(start + 3 * pixel, start + 3 * pixel + room, position, min(0.4, thick)))
    collections: Any = import_module("matplotlib.collections")
    axes.figure.add_artist(collections.PolyCollection(rooms, facecolors="white", transform=axes.transData), clip=False)


def _corners(left: float, right: float, y: float, thick: float) -> list[tuple[float, float]]:
    above, below = y - thick / 2, y + thick / 2
    return [(left, above), (left, below), (right, below), (right, above)]


def _write_names(axes: Any, names: list[str], font: Any) -> None:
    """Each left of its bar. Ticks with their marks took longer than all bars."""
    transforms: Any = import_module("matplotlib.transforms")
    beside_the_axis = transforms.offset_copy(axes.get_yaxis_transform(), axes.figure, x=-4, units="points")
    for position, name in enumerate(names):
        _add_text(axes, 0, position, name, beside_the_axis, sized(font, 9), QUIET, "right")


def _add_text(
    axes: Any, x: float, y: float, text: str, transform: Any, font: Any, colour: str, side: str = "left"
) -> None:
    texts: Any = import_module("matplotlib.text")
    label = texts.Text(
        x, y, text, color=colour, fontproperties=font, verticalalignment="center", horizontalalignment=side,
        transform=transform,
    )  # fmt: skip
    axes.figure.add_artist(label)


def _add_bars(
    axes: Any,
    places: Sequence[float],
    starts: Sequence[float],
    lengths: Sequence[float],
    thick: float,
    colours: list[str],
    name: str,
) -> None:
    """All bars of a series as one thing to draw."""
    collections: Any = import_module("matplotlib.collections")
    corners = [
        _corners(start, start + length, y, thick) for y, start, length in zip(places, starts, lengths, strict=True)
    ]
    axes.add_collection(collections.PolyCollection(corners, facecolors=colours, label=name, zorder=2), autolim=False)


def draw_months(figure: Any, drawing: Drawing, font: Any) -> None:
    """What was reached as bars beside each other, the target as a line over them (T-1)."""
    width, height = drawing.size
    axes = figure.add_axes((52 / width, 26 / height, 1 - 60 / width, 1 - 64 / height))
    places = range(len(drawing.labels))
    bars = [series for series in drawing.series if series.look != "target"]
    for number, series in enumerate(drawing.series):
        values, colour = [float(v or 0) for v in series.values], colour_of(series, number, True)
        if series.look == "target":
            axes.plot(places, values, color=colour, marker="o", markersize=4, label=series.name)
        else:
            thick = 0.8 / len(bars)
            shifted = [index + (number - (len(bars) - 1) / 2) * thick for index in places]
            axes.bar(shifted, values, thick, color=colour, label=series.name)
    axes.set_xticks(places, drawing.labels)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    if not any(v for series in drawing.series for v in series.values):
        axes.set_ylim(0, 1)
        axes.set_yticks([0])
    axes.yaxis.set_major_formatter(lambda value, _position: short_number(value, drawing.language))
    canvas.bare(axes, "y")
    canvas.write(axes, font)
    draw_legend(figure, drawing, font)
