"""What is selected in the lab: a frame, a base for integers, and what is under the cursors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.console import ConsolePane
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.panes.variables import VariablesPane
from wasmlab_tui.render.value import Base, value_text
from wasmlab_tui.render.variables import value_name

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Breakpoint, Pointer, StackSlot, Value, Variable
    from wasmlab_tui.lab.desk import Desk


class Selection:
    """Answers what a key is meant for, in the words of the debugger's commands."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.base = Base.SIGNED

    @property
    def frame(self) -> int:
        """The frame that is shown and that commands mean; 0 is the innermost."""
        return self.desk.session.frame

    def frame_up(self) -> None:
        """Show the caller."""
        self.select_frame(self.frame + 1)

    def frame_down(self) -> None:
        """Show the function that was called."""
        self.select_frame(self.frame - 1)

    def select_frame(self, number: int) -> None:
        """Show a frame, if there is one of that number."""
        if not self.desk.busy and 0 <= number < self.desk.session.depth:
            self.desk.session.select_frame(number)
            self.desk.show()

    def next_base(self) -> None:
        """Show integers in the next base."""
        self.base = self.base.next()
        self.desk.say(f"Integers are {self.base.value} now.")
        if not self.desk.busy:
            self.desk.show()

    def copy(self) -> None:
        """Copy what the mouse selected; else the value or line under the cursor, or the pane."""
        pane = self.desk.focused_pane
        text = "" if pane is None else pane.copied()
        if marked := self.desk.marked:
            text = marked
        elif isinstance(pane, ValuesPane) and (value := self.value_of(pane.selected())):
            text = value_text(value, self.base)
        if text:
            self.desk.copy(text)
            self.desk.say("Copied.")

    # Under the cursor of the source

    def line(self) -> str:
        """Return the line under the cursor, as commands name it."""
        return str(self.desk.pane(SourcePane).cursor)

    def breakpoint_at_cursor(self) -> Breakpoint | None:
        """Return the breakpoint at the cursor."""
        return self.desk.pane(SourcePane).breakpoint_at_cursor()

    # In the pane with the focus

    def value(self) -> str:
        """Return the value that is most likely meant: ``0x10``, ``$n`` or ``stack[0]``."""
        pane, memory = self.desk.focused_pane, self.desk.pane(MemoryPane)
        if memory.has_focus:
            return f"0x{memory.address:x}"
        if isinstance(pane, ValuesPane) and pane.selected():
            return pane.selected()
        return self.desk.pane(VariablesPane).selected() or "stack[0]"

    def is_value(self) -> bool:
        """Return whether the pane with the focus has a value under its cursor."""
        pane = self.desk.focused_pane
        return isinstance(pane, MemoryPane) or (
            isinstance(pane, ValuesPane) and bool(pane.selected())
        )

    def output(self) -> int | None:
        """Return where the line under the console's cursor begins in the output, from byte 0.

        None if the console has not the focus, or nothing was printed on that line.
        """
        pane = self.desk.focused_pane
        return pane.selected_output() if isinstance(pane, ConsolePane) else None

    def value_at_cursor(self) -> Value | None:
        """Return the operand or variable under the cursor of its pane, if the session rests."""
        pane = self.desk.focused_pane
        if self.desk.busy or not isinstance(pane, ValuesPane):
            return None
        return self.value_of(pane.selected())

    def pointer_at_cursor(self) -> Pointer | None:
        """Return what the operand or variable under the cursor points at, if the session rests."""
        pane = self.desk.focused_pane
        if self.desk.busy or not isinstance(pane, ValuesPane):
            return None
        found = self._named(pane.selected())
        return None if found is None else found.pointer

    # Values by name

    def value_of(self, what: str) -> Value | None:
        """Return an operand or variable of the frame by the name that commands have for it."""
        found = self._named(what)
        return None if found is None else found.held

    def _named(self, what: str) -> StackSlot | Variable | None:
        session = self.desk.session
        if what.startswith("stack["):
            return next(iter(session.stack_rows(int(what[6:-1]), 1)), None)
        variables = (*session.locals, *session.globals)
        return next((v for v in variables if value_name(v) == what), None)
