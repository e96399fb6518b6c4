"""The text that is shown: the WAT a module was written in, or its disassembly."""

from __future__ import annotations

from wasmlab.debug.views.model import SourceLine
from wasmlab.escape import LONGEST_LINE, escaped, shortened
from wasmlab.hints import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wasmlab.module import Module
    from wasmlab.text.linemap import LineMap
    from wasmlab.text.printer import PrintedModule


_LONGEST_WRITTEN = 100_000
"""Characters of a written line that are shown: a whole program may stand on one."""


class Source(Protocol):
    """A text with a place for every instruction."""

    @property
    def title(self) -> str:
        """File name, or what it is."""
        ...

    @property
    def line_count(self) -> int:
        """Number of lines."""
        ...

    def line(self, number: int) -> SourceLine:
        """Return a line, from 1."""
        ...

    def line_at(self, offset: int) -> int | None:
        """Return the line of the instruction at an offset."""
        ...

    def prepare(self, offset: int) -> None:
        """Do what takes long for ``line_at``; no line moves. May be called from any thread."""
        ...

    def open_line(self, number: int) -> None:
        """Show the lines of what is folded into a line, if anything is; those after it move."""
        ...


class WatSource:
    """The text that was assembled."""

    def __init__(self, title: str, text: str, line_map: LineMap | None) -> None:
        self.title = title
        self.text = text
        self._lines = text.splitlines() or [""]
        self._line_map = line_map

    @property
    def line_count(self) -> int:
        """Number of lines."""
        return len(self._lines)

    def line(self, number: int) -> SourceLine:
        """Return a line, from 1."""
        offset = None if self._line_map is None else self._line_map.offset(number)
        text = shortened(self._lines[number - 1], _LONGEST_WRITTEN)
        return SourceLine(number, escaped(text.expandtabs(4)), offset)

    def line_at(self, offset: int) -> int | None:
        """Return the line of the instruction at an offset."""
        found = None if self._line_map is None else self._line_map.at(offset)
        return None if found is None else found.line

    def prepare(self, offset: int) -> None:
        """Do nothing: it takes no time."""

    def open_line(self, number: int) -> None:
        """Do nothing: text from a file is not folded."""


class Disassembly:
    """What the printer makes of a module that came without text."""

    def __init__(self, title: str, printed: PrintedModule) -> None:
        self.title = title
        self._printed = printed

    @property
    def line_count(self) -> int:
        """Number of lines."""
        return self._printed.line_count

    def line(self, number: int) -> SourceLine:
        """Return a line, from 1."""
        found = self._printed.line(number)
        text = shortened(found.text, LONGEST_LINE)
        return SourceLine(number, escaped(text), found.offset, found.func)

    def line_at(self, offset: int) -> int | None:
        """Return the line of the instruction at an offset."""
        return self._printed.line_at(offset)

    def prepare(self, offset: int) -> None:
        """Print the function at an offset; no line moves. May be called from any thread."""
        self._printed.prepare(offset)

    def open_line(self, number: int) -> None:
        """Show the lines of the function or data segment that is folded into a line, if one is."""
        self._printed.open_line(number)


def source_of(module: Module) -> Source:
    """Return the text to show for a module."""
    if module.source is not None:
        return WatSource(module.name or "<text>", module.source, module.line_map)
    return Disassembly(f"{module.name or 'module'} (disassembly)", module.printed)
