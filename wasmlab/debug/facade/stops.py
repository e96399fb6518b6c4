"""What a session offers to stop its program: places, breakpoints, watchpoints."""

from __future__ import annotations

from wasmlab.debug.forwarded import Parts, checked, on_views
from wasmlab.debug.session_views import SessionViews
from wasmlab.debug.stops import breakpoints
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Breakpoint, Watchpoint


class Stops(Parts):
    """Where a program stops."""

    locate = on_views(SessionViews.locate)

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints, by number."""
        known = self.control.breakpoints.by_number.values()
        return tuple(breakpoints.breakpoint_view(self.control.target, found) for found in known)

    @checked
    def break_at(self, where: str | int, condition: str = "", hits: int = 0) -> Breakpoint:
        """Set a breakpoint at what ``locate`` takes, or at the calls of an imported function.

        Its ``note`` says so if that is the next instruction. Raises NoSuchLocation, BadExpression.
        """
        control = self.control
        return breakpoints.add(control.target, control.breakpoints, where, condition, hits)

    @checked
    def remove_breakpoint(self, number: int) -> None:
        """Take a breakpoint or watchpoint away; DebugError if no such number is known."""
        breakpoints.remove(self.control.target, self.control.breakpoints, number)

    @checked
    def amend_breakpoint(self, number: int, condition: str = "", hits: int = 0) -> None:
        """Give a breakpoint another condition and hit count; DebugError, BadExpression."""
        breakpoints.amend(self.control.target, self.control.breakpoints, number, condition, hits)

    @checked
    def enable_breakpoint(self, number: int, *, on: bool = True) -> None:
        """Switch a breakpoint or watchpoint on or off; DebugError if there is none."""
        breakpoints.enable(self.control.target, self.control.breakpoints, number, on=on)

    @checked
    def watch(self, what: str, access: str = "w") -> Watchpoint:
        """Stop where something is written (w), read (r), or both (rw).

        what: ``memory[0x10:0x14]``, ``i32[0x10]``, ``global 0``, ``$x``, or ``$x@1``, a local of
        the selected frame's caller. Going forward the stop is after the instruction, going back
        before it. Raises BadExpression, UsageError.
        """
        from wasmlab.debug.stops.watchpoints import shown_watch

        control = self.control
        watch = breakpoints.add_watch(control.target, control.breakpoints, what, access)
        return shown_watch(control.target, control.recorder, watch)

    @property
    def watchpoints(self) -> tuple[Watchpoint, ...]:
        """All watchpoints, by number."""
        control = self.control
        return breakpoints.watchpoint_views(control.target, control.recorder, control.breakpoints)
