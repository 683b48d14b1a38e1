"""Whether the tags of a template are closed as they were opened.

A cleaner of HTML repairs what is wrong, and that may take time that grows with the square of the depth: forty thousand
open <div> took four seconds, twenty-five thousand nested lists ten. In a template whose tags are in order, and not
deeper than MAX_DEPTH, there is nothing to repair; and its author learns in which line the mistake is.
"""

from dataclasses import dataclass

from crm.domain.prints.problems import Problems
from crm.i18n import N_

MAX_DEPTH = 40
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
UNSEEN = frozenset(
    "applet iframe math noembed noframes noscript object plaintext script select style svg template textarea title"
    " xmp".split()
)
"""Elements that are taken out with all they hold: programs, styles and what browsers read in ways of their own."""

_CELLS = frozenset({"p", "td", "th"})
_ROWS = _CELLS | {"tr"}
_PARTS = _ROWS | {"thead", "tbody", "tfoot", "colgroup", "caption"}
_ENDED_BY = {
    "td": _CELLS,
    "th": _CELLS,
    "tr": _ROWS,
    **dict.fromkeys(("thead", "tbody", "tfoot", "colgroup", "caption"), _PARTS),
    "li": frozenset({"p", "li"}),
    "dt": frozenset({"p", "dt", "dd"}),
    "dd": frozenset({"p", "dt", "dd"}),
    **dict.fromkeys(
        "p div table ul ol dl h1 h2 h3 h4 h5 h6 hr pre center blockquote section article header footer".split(),
        frozenset({"p"}),
    ),
}
"""A tag → which open elements it ends by itself (<td> ends a <td>)."""
_OPTIONAL = _PARTS | {"li", "dt", "dd"}
"""Elements whose end may be left out."""
_WALLS = {"p": {"td", "th", "table"}, "li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}}
"""What hides an open element from those that would end it; for parts of a table: the table."""


@dataclass
class OpenTag:
    name: str
    line: int


class TagBalance:
    """The elements that are open at one place of a template; mistakes go into `problems`."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.open: list[OpenTag] = []
        self.floors: list[int] = [0]
        """How much was open where each section began: what was open before it cannot be closed in it."""

    def begin(self, name: str, line: int) -> None:
        self._end_others(name, line)
        if name in VOID:
            return
        self.open.append(OpenTag(name, line))
        if len(self.open) > MAX_DEPTH:
            message = N_("Line %(line)s: more than %(most)s elements are nested here. Please close some.")
            self.problems.stop(line, message, most=MAX_DEPTH)

    def end(self, name: str, line: int) -> None:
        if name in VOID:
            return
        for index in range(len(self.open) - 1, self.floors[-1] - 1, -1):
            if self.open[index].name == name:
                self._close_down_to(index, line, closing=True)
                return
        if name != "p":
            message = N_("Line %(line)s: </%(tag)s> has no matching opening tag.")
            self.problems.add(line, message, tag=name)

    def enter(self) -> None:
        """A section begins."""
        self.floors.append(len(self.open))

    def leave(self, line: int) -> None:
        """A section ends: everything opened in it must be closed, for it may be repeated."""
        floor = self.floors.pop()
        self._close_down_to(floor, line)

    def finish(self, line: int) -> None:
        self._close_down_to(0, line)

    def _end_others(self, name: str, line: int) -> None:
        """End what this tag ends by itself; it must be the innermost, or closed properly first."""
        ended = _ENDED_BY.get(name)
        if ended is None:
            return
        while len(self.open) > self.floors[-1] and self.open[-1].name in ended:
            self.open.pop()
        for index in range(len(self.open) - 1, self.floors[-1] - 1, -1):
            opened = self.open[index].name
            if any(opened in _WALLS.get(kind, {"table"}) for kind in ended):
                return
            if opened in ended:
                innermost = self.open[-1]
                del self.open[index:]
                self._not_closed(innermost, line)
                return

    def _close_down_to(self, index: int, line: int, closing: bool = False) -> None:
        """Close everything from that place on; of several unclosed tags the outermost is reported."""
        inner = self.open[index + closing :]
        del self.open[index:]
        for opened in inner:
            if opened.name not in _OPTIONAL:
                self._not_closed(opened, line)
                break

    def _not_closed(self, open_tag: OpenTag, line: int) -> None:
        """The caller has removed it already: parsing goes on as if it were closed."""
        message = N_("Line %(line)s: <%(tag)s> opened in line %(opened)s must be closed first.")
        self.problems.add(line, message, tag=open_tag.name, opened=open_tag.line)
