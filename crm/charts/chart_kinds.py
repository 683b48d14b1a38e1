"""The kinds of charts, each with what draws it: bars, slices, lines, matrix, months (look.md, Charts)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crm.charts import canvas
from crm.charts.bars import draw_bars, draw_months
from crm.charts.canvas import QUIET, sized
from crm.charts.drawing import Drawing
from crm.charts.lines import draw_lines
from crm.charts.matrix import draw_matrix
from crm.charts.slices import draw_slices

KINDS: dict[str, Callable[[Any, Drawing, Any], None]] = {
    "bar": draw_bars,
    "pie": draw_slices,
    "line": draw_lines,
    "matrix": draw_matrix,
    "months": draw_months,
}


def draw(drawing: Drawing, font_file: str = "") -> bytes:
    """The picture as a PNG, twice as sharp as it is shown."""
    font = canvas.font(font_file)
    drawing = _readable(drawing, font_file)
    figure = canvas.sheet(*drawing.size, sharpness=2)
    KINDS.get(drawing.shown_as, _draw_nothing)(figure, drawing, font)
    return canvas.png(figure)


def _readable(drawing: Drawing, font_file: str) -> Drawing:
    """With names that the fonts can write."""

    def known(text: str) -> str:
        return canvas.readable(text, font_file)

    named_series = tuple(replace(series, name=known(series.name)) for series in drawing.series)
    labels, empty = tuple(map(known, drawing.labels)), known(drawing.empty_text)
    rest_name, first, corner = known(drawing.rest_name), known(drawing.first_only), known(drawing.corner)
    drawing = replace(drawing, labels=labels, series=named_series, empty_text=empty, corner=corner)
    return replace(drawing, rest_name=rest_name, first_only=first)


def _draw_nothing(figure: Any, drawing: Drawing, font: Any) -> None:
    figure.text(0.5, 0.5, drawing.empty_text, ha="center", va="center", color=QUIET, fontproperties=sized(font, 11))
