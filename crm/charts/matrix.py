"""A matrix of squares, the darker the more."""

from importlib import import_module
from typing import Any

from crm.charts import canvas
from crm.charts.canvas import INK, MAIN, QUIET, sized
from crm.charts.drawing import HALF, SQUARE, Drawing
from crm.charts.number_labels import short_number, truncate_apart


def draw_matrix(figure: Any, drawing: Drawing, font: Any) -> None:
    """From each row to each column how many, the darker the more."""
    width, height = drawing.size
    across = min(SQUARE * 3, (width - drawing.left - 8) // max(len(drawing.series), 1)) * len(drawing.series)
    space = (drawing.left / width, 8 / height, across / width, (height - drawing.above_squares - 8) / height)
    axes = figure.add_axes(space)
    cells = [[float(series.values[row] or 0) for series in drawing.series] for row in range(len(drawing.labels))]
    largest = max(max(row) for row in cells) or 1
    axes.imshow(cells, cmap=_shades(), vmin=0, vmax=largest, aspect="auto")
    for y, row in enumerate(cells):
        for x, value in enumerate(row):
            if value:
                colour = "white" if value > largest * 0.55 else INK
                text = short_number(value, drawing.language)
                axes.text(x, y, text, ha="center", va="center", color=colour, fontproperties=sized(font, 9))
    narrow = max(int(across / max(len(drawing.series), 1) / HALF) - 2, 4)
    columns = truncate_apart([series.name for series in drawing.series], narrow)
    axes.set_xticks(range(len(drawing.series)), columns)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(drawing.labels)), truncate_apart(drawing.labels, drawing.name_width))
    canvas.bare(axes)
    canvas.write(axes, font)
    figure.text(8 / width, 1 - 4 / height, drawing.corner, va="top", color=QUIET, fontproperties=sized(font, 9))


def _shades() -> Any:
    colours: Any = import_module("matplotlib.colors")
    return colours.LinearSegmentedColormap.from_list("shades", ["#f4f6f8", MAIN])
