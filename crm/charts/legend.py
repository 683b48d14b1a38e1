"""The legend, and the colour that each series has in the picture and in the legend."""

from typing import Any

from crm.charts.canvas import MAIN, PALETTE, QUIET, SECOND, THIRD, sized
from crm.charts.drawing import Drawing, Series
from crm.charts.number_labels import truncate_apart


def colour_of(series: Series, number: int, has_several: bool) -> str:
    looks = {"before": SECOND, "target": THIRD}
    return looks.get(series.look) or (PALETTE[number % len(PALETTE)] if has_several else MAIN)


def draw_legend(figure: Any, drawing: Drawing, font: Any) -> None:
    if len(drawing.series) > 1:
        legends = [axes.get_legend_handles_labels() for axes in figure.axes]
        handles = [handle for handles, _names in legends for handle in handles]
        names = [name for _handles, names in legends for name in names]
        columns = min(len(names), drawing.legend_columns)
        shown = truncate_apart(names, drawing.legend_name)
        # They are put column by column, and read line by line.
        order = [n for column in range(columns) for n in range(column, len(names), columns)]
        figure.legend(
            [handles[n] for n in order],
            [shown[n] for n in order],
            prop=sized(font, 9),
            labelcolor=QUIET,
            frameon=False,
            ncols=columns,
            loc="upper center",
            handlelength=1.2,
            columnspacing=1.2,
        )
