"""Slices of a whole."""

from typing import Any

from crm.charts.canvas import INK, LINES, PALETTE, sized
from crm.charts.drawing import MAX_SLICES, Drawing
from crm.charts.number_labels import short_number, truncate_apart

SLICE_NAME, SMALL_SLICE_NAME = 34, 10


def draw_slices(figure: Any, drawing: Drawing, font: Any) -> None:
    """The largest ones, what is left in one grey slice; each with its name and its part."""
    width, height = drawing.size
    values = [float(v or 0) for v in drawing.series[0].values]
    pairs = sorted(zip(values, drawing.labels, strict=True), key=lambda pair: -pair[0])
    shown = [pair for pair in pairs if pair[0] > 0][:MAX_SLICES]
    remainder = sum(values) - sum(value for value, _name in shown) + drawing.remainder
    axes = figure.add_axes((0.02, 0.03, height * 0.94 / width, 0.94))
    parts = [value for value, _name in shown] + ([remainder] if remainder > 0 else [])
    colours = [*PALETTE[: len(shown)], *([LINES] if remainder > 0 else [])]
    axes.pie(
        parts,
        colors=colours,
        startangle=90,
        counterclock=False,
        radius=1.2,
        wedgeprops={"linewidth": 1.5, "edgecolor": "white"},
    )
    total = sum(parts)

    def label_of(name: str, value: float) -> str:
        """In a panel there is no room for the figure as well."""
        part = f"{value * 100 / total:.1f}%"
        return f"{name} {part}" if drawing.is_small else f"{name}　{part}　{short_number(value, drawing.language)}"

    shortened = truncate_apart([name for _value, name in shown], SMALL_SLICE_NAME if drawing.is_small else SLICE_NAME)
    labels = [label_of(name, value) for name, (value, _name) in zip(shortened, shown, strict=True)]
    labels += [label_of(drawing.rest_name, remainder)] if remainder > 0 else []
    axes.legend(
        axes.patches, labels, prop=sized(font, 9.5), labelcolor=INK, frameon=False, loc="center left",
        bbox_to_anchor=(1.08, 0.5), labelspacing=0.8, handlelength=1.0,
    )  # fmt: skip
