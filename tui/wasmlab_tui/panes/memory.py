"""Linear memory, read as it comes into sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.frames import ROW
from wasmlab.debug.views.values import NOT_IN_MEMORY
from wasmlab.errors import NotInMemory
from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.line import Line, note
from wasmlab_tui.render.memory import (
    byte_under,
    columns_of,
    fitting_width,
    joined_rows,
    memory_line,
)

if TYPE_CHECKING:
    from textual import events

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import MemoryRow
    from wasmlab_tui.panes.lab_view import LabView

_BLOCK = 32
"""Lines that are read at a time."""
_COPIED = 16
"""Bytes that are copied, and read as values."""


_FOLLOWED = 100
"""Places that can be gone back to."""


class MemoryPane(LinePane):
    """Bytes of one memory with a cursor on one of them."""

    BINDINGS = bindings(Scope.MEMORY)
    scope = Scope.MEMORY

    def __init__(self, *, id: str, title: str, key: str = "") -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, title=title, key=key)
        self.memory = 0
        self.address = 0
        self._went_along = False
        """The cursor is where the program took it, not where it was put."""
        self.followed = list[int]()
        """Where the cursor was before it went to what was asked for, the last place last."""
        self._session: Session | None = None
        self._rows: dict[int, MemoryRow] = {}
        """By number of the line."""
        self.row_bytes = fitting_width(0)
        """How many bytes a line has."""
        self._shown_call = 0
        self.holds = False
        """It stays where it is, whatever the program accesses."""
        self.resting = True
        """False while the session works and must not be read."""

    @property
    def chosen_address(self) -> int:
        """Where the cursor was put; 0 if it went along with the program since."""
        return 0 if self._went_along else self.address

    @property
    def size_in_bytes(self) -> int:
        """How large the memory is that is shown; 0 if there is none."""
        sizes = () if self._session is None else self._session.memory_sizes
        return sizes[self.memory] if self.memory < len(sizes) else 0

    def update_view(self, view: LabView) -> None:
        """Show the session's state; go to what this step touched."""
        self._read(view.session)

    def _read(self, session: Session) -> None:
        is_first = self._session is not session
        self._session, self.resting = session, True
        self.absent = "" if session.memory_sizes else "The program has no memory."
        before, self._rows = self._rows, {}
        self._fit_memory()
        if self.holds or self.has_focus:
            self._shown_call = session.host_call_count
        else:
            self._follow(session, is_first=is_first)
        self._describe_cursor()
        top = self.scroll_offset.y
        seen = range(top, top + max(self.size.height, 1))  # also if hidden: the session compares
        rows = {n: self._row(n) for n in seen}  # after a step what was read before it
        self.refresh_rows(*(n for n, row in rows.items() if row != before.get(n)))

    def _fit_memory(self) -> None:
        """Have as many lines as the memory has rows."""
        self.set_count(-(-self.size_in_bytes // self.row_bytes) or 1, columns_of(self.row_bytes))

    def on_resize(self, _event: events.Resize) -> None:
        """Have as many bytes in a line as fit; what was in sight at the top stays there."""
        width, old = fitting_width(self.size.width), self.row_bytes
        if width != old:
            top = self.scroll_offset.y * old
            self.row_bytes, self._rows = width, {}
            self._fit_memory()
            self.scroll_to(y=top // width, animate=False, force=True, immediate=True)
            self.refresh()

    def leave_alone(self) -> None:
        """Read no more rows until the next view."""
        self.resting = False

    def line_at(self, number: int) -> Line:
        """Return a row of bytes."""
        row = self._row(number)
        if row is None:
            return note("no memory" if self.resting else "")
        cursor = self.address if self.has_focus else None
        return memory_line(row, cursor, width=self.row_bytes)

    def copied(self) -> str:
        """Return the sixteen bytes from the cursor on in hexadecimal."""
        return self.bytes_at_cursor(_COPIED).hex(" ")

    def go_to(self, address: int) -> None:
        """Put the cursor on the byte at address, or on the last one that there is now."""
        self._went_along = False
        old = self.address // self.row_bytes
        self.address = max(0, min(address, self.size_in_bytes - 1))
        self.reveal(self.address // self.row_bytes)
        self.refresh_rows(old, self.address // self.row_bytes)
        self._describe_cursor()

    def seek(self, address: int) -> None:
        """Go to an address that was asked for; NotInMemory if it is not there now."""
        self.followed = [*self.followed[1 - _FOLLOWED :], self.address]
        self.go_to(address)
        if self.address != address:
            raise NotInMemory(f"0x{address:x} is {NOT_IN_MEMORY}")

    def back(self) -> bool:
        """Go back to where the cursor was before the last ``seek``; False if there was none."""
        if not self.followed:
            return False
        *self.followed, address = self.followed
        self.go_to(address)
        return True

    def action_move(self, delta: int) -> None:
        """Move the cursor by that many bytes."""
        self.go_to(self.address + delta)

    def action_move_row(self, delta: int) -> None:
        """Move the cursor by that many rows."""
        self.go_to(self.address + delta * self.row_bytes)

    def action_page(self, direction: int) -> None:
        """Move the cursor by a screen."""
        self.go_to(self.address + direction * self.row_bytes * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        """Move the cursor to the first byte."""
        self.go_to(0)

    def action_last(self) -> None:
        """Move the cursor to the last byte."""
        self.go_to(self.size_in_bytes - 1)

    def action_follow(self) -> None:
        """Take the cell as a 32-bit pointer and go there."""
        self.seek(int.from_bytes(self.bytes_at_cursor(4), "little"))

    def action_next_memory(self) -> None:
        """Show the next memory of the module."""
        if self._session is None or not self._session.memory_sizes:
            return
        self.memory = (self.memory + 1) % len(self._session.memory_sizes)
        self.address = 0
        self._read(self._session)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the byte that was clicked."""
        row, width = self.line_under(event), self.row_bytes
        if row is not None:
            self.go_to(row * width + byte_under(event.x, width))

    def watch_has_focus(self, has_focus: bool) -> None:  # noqa: FBT001 - Textual's signature
        """Show the cursor, and what it is on, or hide both."""
        super().watch_has_focus(has_focus)
        self._describe_cursor()
        self.refresh_rows(self.address // self.row_bytes)

    def _row(self, number: int) -> MemoryRow | None:
        known = number in self._rows or not self.resting
        if not known and self._session is not None and self.size_in_bytes:
            width, first = self.row_bytes, number - number % _BLOCK
            read = self._session.memory_rows(first * width, _BLOCK * width // ROW, self.memory)
            self._rows.update((row.address // width, row) for row in joined_rows(read, width))
        return self._rows.get(number)

    def bytes_at_cursor(self, count: int = 64) -> bytes:
        """Return that many bytes from the cursor on, fewer at the end."""
        first, last = self.address // self.row_bytes, (self.address + count) // self.row_bytes
        data = b"".join(row.data for n in range(first, last + 1) if (row := self._row(n)))
        return data[self.address % self.row_bytes :][:count]

    def _describe_cursor(self) -> None:
        several = self._session is not None and len(self._session.memory_sizes) > 1
        title = f"{self.heading} {self.memory}" if several else self.heading
        title += "  held" if self.holds else ""
        if self.has_focus and self._session is not None and self.size_in_bytes:
            title = f"{title}  {self._cursor_text()}"
        self.set_title(title)

    def _cursor_text(self) -> str:
        from wasmlab_tui.render.readings import reading

        if self.address >= self.size_in_bytes:
            return f"0x{self.address:x}  {NOT_IN_MEMORY}"
        data = self.bytes_at_cursor(_COPIED)
        return reading(self.address, data) if data else ""

    def action_hold(self) -> None:
        """Stay here, or follow what the program accesses again."""
        self.holds = not self.holds
        self._describe_cursor()

    def _follow(self, session: Session, *, is_first: bool) -> None:
        """Go to what the last step accessed; at first, to where the module's data are."""
        start = session.views.data_start(self.memory) if is_first and not self.address else None
        found = session.views.accessed()
        if found is not None and found[0] != self.memory:
            self.memory = found[0]
            self._fit_memory()
        address = start if found is None else found[1]
        if address is not None:
            self._go_along(address)
        self._follow_host(session)

    def _go_along(self, address: int) -> None:
        self.go_to(address)
        self._went_along = True

    def _follow_host(self, session: Session) -> None:
        """Go to the memory that a host call touched, once for every call."""
        count = session.host_call_count
        if count == self._shown_call:
            return
        self._shown_call = count
        last = session.host_calls_from(count - 1) if count else ()
        touched = (*last[-1].reads, *last[-1].writes) if last else ()
        if touched:
            self._go_along(touched[0][0])
