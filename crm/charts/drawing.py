"""What is drawn, as plain data, and how much room each part of the picture takes (look.md, Charts)."""

from dataclasses import dataclass, replace

from crm.charts.number_labels import width_of

WIDTH = 760
SMALL_WIDTH, SMALL_HEIGHT, SMALL_ROWS = 380, 220, 10
"""Of a picture in a panel of the workbench."""
ROW, THIN_ROW, SQUARE = 28, 20, 36
MAX_ROWS, MAX_TEXTS, MAX_SLICES, MAX_SERIES = 25, 60, 8, 8
"""So many rows, names and figures stand beside bars; a picture with more is heavy, and nobody reads it."""
MAX_STEPS = 62
"""So many steps in time have bars, as the days of two months; more are a line."""
NAME_WIDTH = 26
HALF = 6.2
"""About how many pixels half a character takes at 9 points."""
ABOVE, BELOW, RIGHT, NOTE = 34, 26, 70, 18
LEGEND_NAME, LEGEND_SIGN = 20, 44
"""Half characters of a name there, and the pixels of its colour with the space around."""
LINE_HEIGHT = 320
LINE_LEFT, LINE_RIGHT = 64, 24


def max_rows(figures: int = 1) -> int:
    """How many rows of bars have room, each with a name and that many figures."""
    return min(MAX_ROWS, MAX_TEXTS // (1 + figures))


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
    remainder: float = 0
    """What is not among the labels, so that a slice is its part of the whole."""
    rest_name: str = "…"
    first_only: str = ""
    """The note where not every group has a bar; a message with %(count)s."""
    as_line: str = ""
    """The note where bars were asked for that are a line."""
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
        shown_rows = SMALL_ROWS if self.kind == "bar" else len(self.labels)
        small_series = tuple(replace(series, values=series.values[:shown_rows]) for series in self.series)
        is_cut = self.is_cut or len(self.labels) > shown_rows
        return replace(self, width=SMALL_WIDTH, labels=self.labels[:shown_rows], series=small_series, is_cut=is_cut)

    @property
    def note(self) -> str:
        """That not every group has a bar (slices and lines have the rest as one of their own), or none has."""
        if (self.kind, self.shown_as) == ("bar", "line"):
            return self.as_line
        is_said = self.is_cut and self.shown_as == "bar"
        return self.first_only % {"count": len(self.labels)} if is_said else ""

    @property
    def below(self) -> int:
        """The space of the axis of bars, and of the note below them."""
        return BELOW + (NOTE if self.note else 0)

    @property
    def shown_as(self) -> str:
        """Slices cannot show what is negative, nor many; a line needs more than one point, and hundreds of steps are no
        bars that anybody looks at."""
        values = [v or 0 for series in self.series for v in series.values]
        if not any(values) and self.kind != "months":
            return "nothing"
        if self.kind == "line" and len(self.labels) < 2:
            return "bar"
        if self.kind == "bar" and len(self.labels) > MAX_STEPS:
            return "line"
        if self.kind == "pie" and (min(*values, self.remainder) < 0 or len(self.series) > 1):
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
        bars_in_row = 1 if self.stacked else len(self.bars)
        return max(ROW if len(self.labels) <= 20 else THIN_ROW, bars_in_row * 13 + 8)

    @property
    def bars(self) -> tuple[Series, ...]:
        """The series that are bars."""
        return tuple(series for series in self.series if series.look != "cumulative")

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
        longest = max((min(width_of(series.name), self.legend_name) for series in self.series), default=0)
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
