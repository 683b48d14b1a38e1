"""Bars: lying beside each other or stacked, and the upright ones of a year's months."""

from importlib import import_module
from typing import Any

from crm.charts import canvas
from crm.charts.canvas import INK, LESS, QUIET, THIRD, few_steps, sized
from crm.charts.drawing import RIGHT, Drawing, Series
from crm.charts.legend import colour_of, draw_legend
from crm.charts.number_labels import short_number, truncate_apart

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
    axes.set_yticks(places, truncate_apart(drawing.labels, drawing.name_width))
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
    for number, series in enumerate(bars):
        values = [float(v or 0) for v in series.values]
        places = [index + (number - (len(bars) - 1) / 2) * thick for index in range(len(values))]
        colour = colour_of(series, number, len(bars) > 1)
        colours = [LESS if v < 0 and len(bars) == 1 else colour for v in values]
        axes.barh(places, values, thick, color=colours, label=series.name)
        _say_values(axes, drawing.language, values, places, font)


def _draw_stacked(axes: Any, drawing: Drawing, font: Any) -> None:
    """The series as parts of one bar; what is negative stands on the other side."""
    places = list(range(len(drawing.labels)))
    up, down = [0.0] * len(places), [0.0] * len(places)
    for number, series in enumerate(drawing.series):
        values = [float(v or 0) for v in series.values]
        starts = [u if v >= 0 else d for v, u, d in zip(values, up, down, strict=True)]
        axes.barh(places, values, 0.62, left=starts, color=colour_of(series, number, True), label=series.name)
        up = [u + max(v, 0) for u, v in zip(up, values, strict=True)]
        down = [d + min(v, 0) for d, v in zip(down, values, strict=True)]
    sums = [u + d for u, d in zip(up, down, strict=True)]
    _say_values(axes, drawing.language, sums, [float(index) for index in places], font, up)


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
    axes: Any, language: str, values: list[float], places: list[float], font: Any, ends: list[float] | None = None
) -> None:
    """The figure at the end of its bar, on the side where it points to; readable on a line that crosses it."""
    text: Any = import_module("matplotlib.text")
    small, around = sized(font, 8), _white_edge()
    for n, (value, position) in enumerate(zip(values, places, strict=True)):
        if not value:
            continue
        end = ends[n] if ends is not None else value
        label = text.Annotation(
            short_number(value, language),
            (max(end, 0) if value >= 0 else 0, position),
            xycoords=axes.transData,
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=LESS if value < 0 else INK,
            fontproperties=small,
            annotation_clip=False,
            path_effects=around,
        )
        axes.figure.add_artist(label)


def _white_edge() -> list[Any]:
    effects: Any = import_module("matplotlib.patheffects")
    return [effects.withStroke(linewidth=2, foreground="white")]


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
