"""Line tables: at which instructions of a function the lines of its text begin.

A table is rows of an offset, a file, a line, and whether a statement begins there, as in DWARF; the
rows of WAT are made from its line map.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass
from wasmlab.text.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.syntax.instr import Instr
    from wasmlab.text.linemap import LineMap
    from wasmlab.text.positions import TextPosition


class LineTableRow(NamedTuple):
    """From this offset on, up to the next row, code belongs to a line."""

    offset: int
    file: str
    line: int
    is_stmt: bool
    """A statement begins here: stepping by lines stops."""


_OFFSET = attrgetter("offset")


@dataclass(frozen=True, slots=True)
class LineTable:
    """The rows of a function, by offset."""

    rows: tuple[LineTableRow, ...]

    def at(self, offset: int) -> LineTableRow | None:
        """Return the row that an offset belongs to; None before the first."""
        after = bisect_right(self.rows, offset, key=_OFFSET)
        return self.rows[after - 1] if after else None

    def starts(self, instrs: Sequence[Instr]) -> frozenset[int]:
        """Return at which of the executed instructions of a function a statement begins.

        That is the first one from a row's offset on. A function begins with a statement.
        """
        pcs = (bisect_left(instrs, row.offset, key=_OFFSET) for row in self.rows if row.is_stmt)
        return frozenset({0, *(pc for pc in pcs if pc < len(instrs))})


def written_table(
    body: Sequence[Instr], executed: Sequence[Instr], text: str, file: str, lines: LineMap
) -> LineTable | None:
    """Return the table of a function whose text was assembled; None if no line of it is known.

    body: its instructions; executed: those of them that are executed. A folded expression belongs
    to the line on which it begins, and so does the function's end if nothing else is on its line.
    """
    places = [place for instr in body if (place := lines.at(instr.offset)) is not None]
    if not places:
        return None
    heads = statements(text, min(places).line, max(places).line)
    rows: list[LineTableRow] = []
    begun: set[TextPosition] = set()
    line = reached = 0
    for instr in executed:
        place = lines.at(instr.offset)
        if place is None or (instr is executed[-1] and place.line <= reached):
            continue
        head = heads.get(place, place)
        if head.line != line:
            rows.append(LineTableRow(instr.offset, file, head.line, head not in begun))
        begun.add(head)
        line, reached = head.line, max(reached, place.line)
    return LineTable(tuple(rows)) if rows else None
