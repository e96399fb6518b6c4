"""What a session offers to stop its program: places, breakpoints, watchpoints."""

from __future__ import annotations

from wasmlab.debug.forwarded import Late, Parts, checked, on_control, on_views
from wasmlab.debug.session_views import SessionViews
from wasmlab.debug.stops import breakpoints
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.history import skipping
    from wasmlab.debug.stops.skips import Skip
    from wasmlab.debug.views.model import Breakpoint, Watchpoint
else:
    skipping = Late("wasmlab.debug.history.skipping")


class Stops(Parts):
    """Where a program stops."""

    locate = on_views(SessionViews.locate)

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints, by number.

        >>> session.break_at("factorial.wat:20")
        <Breakpoint 1 $fac @0x3f line 20>
        >>> session.breakpoints
        (<Breakpoint 1 $fac @0x3f line 20>,)
        """
        from wasmlab.debug.stops.views import breakpoint_views

        return breakpoint_views(self.control.target, self.control.breakpoints)

    @checked
    def break_at(self, where: str | int, condition: str = "", hits: int = 0) -> Breakpoint:
        """Set a breakpoint at what ``locate`` takes, or at the calls of an imported function.

        Its ``note`` says so if that is the next instruction. Raises NoSuchLocation, BadExpression.

        >>> session.break_at("fac", "$n < 3")
        <Breakpoint 1 $fac @0x2e line 10 if $n < 3>
        >>> session.run()
        <Stop breakpoint, step 27, $fac @0x2e line 10>
        >>> session.locals["n"]
        <$n i64 2>
        """
        from wasmlab.debug.stops.setting import add
        from wasmlab.debug.stops.stop_point import StopTerms

        terms = StopTerms(condition, hits)
        return add(self.control.target, self.control.breakpoints, where, terms)

    @checked
    def remove_breakpoint(self, number: int) -> None:
        """Take a breakpoint or watchpoint away; DebugError if no such number is known.

        >>> session.break_at("fac")
        <Breakpoint 1 $fac @0x2e line 10>
        >>> session.remove_breakpoint(1)
        >>> session.breakpoints
        ()
        """
        breakpoints.remove(self.control.target, self.control.breakpoints, number)

    @checked
    def amend_breakpoint(self, number: int, condition: str = "", hits: int = 0) -> None:
        """Give a breakpoint another condition and hit count; DebugError, BadExpression.

        >>> session.break_at("fac")
        <Breakpoint 1 $fac @0x2e line 10>
        >>> session.amend_breakpoint(1, "$n < 3")
        >>> session.run()
        <Stop breakpoint, step 27, $fac @0x2e line 10>
        """
        from wasmlab.debug.stops.setting import amend
        from wasmlab.debug.stops.stop_point import StopTerms

        terms = StopTerms(condition, hits)
        amend(self.control.target, self.control.breakpoints, number, terms)

    @checked
    def enable_breakpoint(self, number: int, *, on: bool = True) -> None:
        """Switch a breakpoint or watchpoint on or off; DebugError if there is none.

        >>> session.break_at("fac")
        <Breakpoint 1 $fac @0x2e line 10>
        >>> session.enable_breakpoint(1, on=False)
        >>> session.run()
        <Stop returned, 120, step 50>
        """
        breakpoints.enable(self.control.target, self.control.breakpoints, number, on=on)

    @checked
    def watch(self, what: str, access: str = "w") -> Watchpoint:
        """Stop where something is written (w), read (r), or both (rw).

        what: ``memory[0x10:0x14]``, ``i32[0x10]``, ``global 0``, ``$x``, or ``$x@1``, a local of
        the selected frame's caller. Going forward the stop is after the instruction, going back
        before it. Raises BadExpression, UsageError.

        >>> hello.watch("i32[0]")
        <Watchpoint 1 i32[0], w>
        >>> hello.run()
        <Stop watchpoint, step 3, $main @0x65 line 26>
        """
        from wasmlab.debug.stops.setting import add_watch
        from wasmlab.debug.stops.views import watchpoint_view

        target, recorder = self.control.target, self.control.recorder
        point, at = add_watch(target, self.control.breakpoints, what, access)
        return watchpoint_view(target, recorder, point, at)

    skip = on_control(skipping.skip)
    remove_skip = on_control(skipping.remove_skip)

    @property
    def skips(self) -> tuple[Skip, ...]:
        """The patterns of functions that steps go over, by number.

        >>> session.skip("fac")
        Skip(number=1, pattern='fac', matches=1)
        >>> len(session.skips)
        1
        """
        from wasmlab.debug.stops.skips import listed

        return listed(self.control.target, self.control.preferences.skips)

    @property
    def watchpoints(self) -> tuple[Watchpoint, ...]:
        """All watchpoints, by number.

        >>> hello.watch("memory[0:8]", "rw")
        <Watchpoint 1 memory[0:8], rw>
        >>> hello.watchpoints
        (<Watchpoint 1 memory[0:8], rw>,)
        """
        control = self.control
        if not control.breakpoints.spread:
            return ()
        from wasmlab.debug.stops.views import watchpoint_views

        return watchpoint_views(control.target, control.recorder, control.breakpoints)
