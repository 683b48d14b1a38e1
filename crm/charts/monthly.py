"""One's own year: what was sold and received by month, beside the target (T-1)."""

from decimal import Decimal

from crm.charts.canvas import INK, MAIN, QUIET, SECOND, THIRD, bare, font, png, sheet, sized, write
from crm.charts.numbers import short_number


def figures_by_month(
    labels: tuple[str, ...],
    sold: tuple[Decimal, ...],
    received: tuple[Decimal, ...],
    target: tuple[Decimal, ...],
    names: tuple[str, str, str],
    language: str,
    size: tuple[int, int],
    configured: str,
) -> bytes:
    """Bars of sold and received beside each other, the target as a line; a PNG of that size in pixels."""
    written = font(configured)
    figure = sheet(*size)
    width, height = size
    axes = figure.add_axes((52 / width, 26 / height, 1 - 60 / width, 1 - 64 / height))
    places = range(len(labels))
    axes.bar([p - 0.2 for p in places], [float(v) for v in sold], 0.4, color=MAIN, label=names[0])
    axes.bar([p + 0.2 for p in places], [float(v) for v in received], 0.4, color=SECOND, label=names[1])
    axes.plot(list(places), [float(v) for v in target], color=THIRD, marker="o", markersize=4, label=names[2])
    axes.set_xticks(list(places), labels)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    if not any((*sold, *received, *target)):
        axes.set_ylim(0, 1)
        axes.set_yticks([0])
    axes.yaxis.set_major_formatter(lambda value, _position: short_number(value, language))
    bare(axes, "y")
    write(axes, written)
    axes.legend(
        prop=sized(written, 10), labelcolor=INK, frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.18)
    )
    return png(figure)
