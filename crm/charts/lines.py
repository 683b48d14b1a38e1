"""Lines over time."""

from typing import Any

from crm.charts import canvas
from crm.charts.canvas import INK, QUIET, few_steps, sized
from crm.charts.drawing import HALF, LINE_LEFT, LINE_RIGHT, Drawing
from crm.charts.legend import colour_of, draw_legend
from crm.charts.number_labels import short_number, width_of


def draw_lines(figure: Any, drawing: Drawing, font: Any) -> None:
    width, height = drawing.size
    axes = figure.add_axes(
        (LINE_LEFT / width, 34 / height, (width - LINE_LEFT - LINE_RIGHT) / width, 1 - (34 + drawing.above) / height)
    )
    places = list(range(len(drawing.labels)))
    has_several = len(drawing.series) > 1
    for number, series in enumerate(drawing.series):
        values = [float("nan") if v is None else float(v) for v in series.values]
        look = {"before": "--", "target": ":"}.get(series.look, "-")
        axes.plot(
            places, values, color=colour_of(series, number, has_several), linestyle=look, linewidth=1.8,
            marker="o" if len(places) <= 40 else None, markersize=3.5, label=series.name,
        )  # fmt: skip
    if len(drawing.labels) <= 16 and not has_several:
        for index, value in zip(places, drawing.series[0].values, strict=True):
            if value:
                above = not _is_low(drawing.series[0].values, index)
                axes.annotate(
                    short_number(float(value), drawing.language), (index, float(value)), xytext=(0, 6 if above else -6),
                    textcoords="offset points", ha="center", va="bottom" if above else "top", color=INK,
                    fontproperties=sized(font, 8),
                )  # fmt: skip
    axes.set_xlim(-0.5, len(places) - 0.5)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0) * 1.06, max(high, 0) * 1.04 or 1)
    interval = max(
        1, -(-len(places) * max(width_of(name) for name in drawing.labels) * HALF * 1.3 // (width - 100)).__int__()
    )
    labelled = [index for index in places[::interval] if _label_fits(drawing, index)]
    axes.set_xticks(labelled, [drawing.labels[index] for index in labelled])
    axes.yaxis.set_major_locator(few_steps())
    axes.yaxis.set_major_formatter(lambda value, _position: short_number(value, drawing.language))
    canvas.bare(axes, "y")
    axes.axhline(0, color=QUIET, linewidth=0.8)
    canvas.write(axes, font)
    draw_legend(figure, drawing, font)


def _is_low(values: tuple[float | None, ...], index: int) -> bool:
    """Whether the line comes down to that point and goes up again: a figure above would lie on it."""
    neighbours = [values[n] for n in (index - 1, index + 1) if 0 <= n < len(values)]
    here = values[index] or 0
    return here < 0 and all(value is None or value > here for value in neighbours)


def _label_fits(drawing: Drawing, index: int) -> bool:
    """Whether the label below that place of a line lies within the picture."""
    step = (drawing.width - LINE_LEFT - LINE_RIGHT) / len(drawing.labels)
    middle, half_width = LINE_LEFT + (index + 0.5) * step, width_of(drawing.labels[index]) * HALF / 2
    return middle - half_width >= 0 and middle + half_width <= drawing.width
