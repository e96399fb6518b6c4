"""What a session offers to stop its program: places, breakpoints, watchpoints, logpoints."""

from __future__ import annotations

from wasmlab.debug.forwarded import Late, Parts, checked, going_back, moving, on_control, on_views
from wasmlab.debug.session_views import SessionViews
from wasmlab.debug.stops import breakpoints
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug import until
    from wasmlab.debug.history import logged, skipping
    from wasmlab.debug.stops.skips import Skip
    from wasmlab.debug.views.model import Breakpoint, Catchpoint, LogLine, Watchpoint
else:
    logged = Late("wasmlab.debug.history.logged")
    skipping = Late("wasmlab.debug.history.skipping")
    until = Late("wasmlab.debug.until")


class Stops(Parts):
    """Where a program stops, and what it says in passing."""

    locate = on_views(SessionViews.locate)
    run_until = moving(until.run_until)
    reverse_until = going_back(until.reverse_until)

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints, by number; those with a ``log`` do not stop.

        >>> session.break_at("factorial.wat:20")
        <Breakpoint 1 $fac @0x3f line 20>
        >>> session.breakpoints
        (<Breakpoint 1 $fac @0x3f line 20>,)
        """
        from wasmlab.debug.stops.views import breakpoint_views

        return breakpoint_views(self.control.target, self.control.breakpoints)

    @checked
    def break_at(
        self,
        where: str | int,
        condition: str = "",
        hits: int = 0,
        *,
        temporary: bool = False,
        log: str = "",
        commands: Sequence[str] = (),
        pattern: bool = False,
    ) -> Breakpoint:
        """Set a breakpoint at what ``locate`` takes, or at the calls of an imported function.

        It stops if condition holds, from hit number ``hits`` on; a temporary one is removed then.
        log: what it says at each hit in place of stopping, as ``log_at``. commands: what the
        command line and the lab carry out when it has stopped. pattern: where is a pattern, such as
        ``str*``, of the names of functions. Its ``note`` says so if an instruction further on is
        meant. Raises NoSuchLocation, BadExpression, UsageError.

        >>> session.break_at("fac", "$n < 3")
        <Breakpoint 1 $fac @0x2e line 10 if $n < 3>
        >>> session.run()
        <Stop breakpoint, step 27, $fac @0x2e line 10>
        >>> session.locals["n"]
        <$n i64 2>
        """
        from wasmlab.debug.stops.setting import add, add_matching
        from wasmlab.debug.stops.stop_point import StopTerms

        terms = StopTerms(condition, hits, temporary, log, tuple(commands))
        target, known = self.control.target, self.control.breakpoints
        if pattern:
            return add_matching(target, known, str(where), terms)
        return add(target, known, where, terms)

    @checked
    def remove_breakpoint(self, number: int) -> None:
        """Take a breakpoint, watchpoint or catchpoint away; DebugError if there is none.

        >>> session.break_at("fac")
        <Breakpoint 1 $fac @0x2e line 10>
        >>> session.remove_breakpoint(1)
        >>> session.breakpoints
        ()
        """
        breakpoints.remove(self.control.target, self.control.breakpoints, number)

    @checked
    def amend_breakpoint(
        self,
        number: int,
        condition: str | None = None,
        hits: int | None = None,
        *,
        temporary: bool | None = None,
        log: str | None = None,
        commands: Sequence[str] | None = None,
    ) -> None:
        """Put a breakpoint, watchpoint or catchpoint on other terms; None leaves one as it is.

        Its hits count from here if the condition or their number changes. Raises DebugError,
        BadExpression, UsageError.

        >>> session.break_at("fac")
        <Breakpoint 1 $fac @0x2e line 10>
        >>> session.amend_breakpoint(1, "$n < 3")
        >>> session.breakpoints
        (<Breakpoint 1 $fac @0x2e line 10 if $n < 3>,)
        """
        from wasmlab.debug.stops.setting import amend
        from wasmlab.records import replace

        given = {
            "condition": condition,
            "hits": hits,
            "temporary": temporary,
            "log": log,
            "commands": None if commands is None else tuple(commands),
        }
        changed = {name: value for name, value in given.items() if value is not None}
        known = self.control.breakpoints
        old = breakpoints.point_of(known, number).terms
        amend(self.control.target, known, number, replace(old, **changed))

    @checked
    def ignore_breakpoint(self, number: int, count: int) -> None:
        """Pass over the next hits, so many; DebugError if there is no such breakpoint.

        UsageError below 0.

        >>> session.break_at("fac")
        <Breakpoint 1 $fac @0x2e line 10>
        >>> session.ignore_breakpoint(1, 2)
        >>> session.breakpoints[0].ignores
        2
        """
        from wasmlab.debug.stops.setting import ignore

        ignore(self.control.target, self.control.breakpoints, number, count)

    @checked
    def enable_breakpoint(self, number: int, *, on: bool = True) -> None:
        """Switch a breakpoint, watchpoint or catchpoint on or off; DebugError if there is none.

        >>> session.break_at("fac")
        <Breakpoint 1 $fac @0x2e line 10>
        >>> session.enable_breakpoint(1, on=False)
        >>> session.breakpoints
        (<Breakpoint 1 $fac @0x2e line 10, off>,)
        """
        breakpoints.enable(self.control.target, self.control.breakpoints, number, on=on)

    @checked
    def watch(
        self,
        what: str,
        access: str = "w",
        condition: str = "",
        hits: int = 0,
        *,
        temporary: bool = False,
        log: str = "",
        commands: Sequence[str] = (),
    ) -> Watchpoint:
        """Stop where something is written (w), read (r), or both (rw).

        what: ``memory[0x10:0x14]``, ``i32[0x10]``, ``global 0``, ``$x``, or ``$x@1``, a local of
        the selected frame's caller. Going forward the stop is after the instruction, going back
        before it. The condition is asked after the access. The other terms are those of
        ``break_at``. Raises BadExpression, UsageError.

        >>> hello.watch("i32[0]")
        <Watchpoint 1 i32[0], w>
        >>> hello.run()
        <Stop watchpoint, step 3, $main @0x65 line 26>
        """
        from wasmlab.debug.stops.setting import add_watch
        from wasmlab.debug.stops.stop_point import StopTerms
        from wasmlab.debug.stops.views import watchpoint_view

        target, recorder = self.control.target, self.control.recorder
        terms = StopTerms(condition, hits, temporary, log, tuple(commands))
        point, at = add_watch(target, self.control.breakpoints, what, access, terms)
        return watchpoint_view(target, recorder, point, at)

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

    @checked
    def catch(
        self,
        what: str,
        condition: str = "",
        hits: int = 0,
        *,
        temporary: bool = False,
        log: str = "",
        commands: Sequence[str] = (),
    ) -> Breakpoint | Catchpoint:
        """Stop at ``trap``, ``throw``, a call of the host, or one that fails.

        ``trap`` is before a trap ends the program, ``throw`` before every exception, caught or not.
        ``path_open=ENOENT`` is after a call that failed so, ``path_open=fails`` after any failure;
        going back it is before the call. ``path_open`` alone is a breakpoint at its calls. The
        terms are those of ``break_at``. Raises NoSuchLocation, BadExpression, UsageError.

        >>> hello.catch("fd_write=fails")
        <Catchpoint 1 fd_write=fails>
        """
        from wasmlab.debug.stops.setting import add_catch
        from wasmlab.debug.stops.stop_point import StopTerms

        terms = StopTerms(condition, hits, temporary, log, tuple(commands))
        return add_catch(self.control.target, self.control.breakpoints, what, terms)

    @property
    def catchpoints(self) -> tuple[Catchpoint, ...]:
        """All catchpoints, by number.

        >>> session.catch("trap")
        <Catchpoint 1 trap>
        >>> session.catchpoints
        (<Catchpoint 1 trap>,)
        """
        if not self.control.breakpoints.by_number:
            return ()
        from wasmlab.debug.stops.views import catchpoint_views

        return catchpoint_views(self.control.target, self.control.breakpoints)

    @checked
    def log_at(self, where: str | int, text: str, condition: str = "", hits: int = 0) -> Breakpoint:
        """Say something wherever the program comes by, without stopping: set a logpoint.

        text: with expressions in braces, as ``n={$n}, at {$p:x}``; ``:x`` is hexadecimal, ``:s``
        the text in memory at that address, ``{{`` a brace. ``logged`` has what was said, and
        ``log_past`` finds what it would have said. Raises NoSuchLocation, BadExpression,
        UsageError.

        >>> session.log_at("fac", "n={$n}", "$n < 3").log
        'n={$n}'
        >>> stop = session.run()
        >>> [line.text for line in session.logged]
        ['n=2', 'n=1']
        """
        if not text:
            raise UsageError("a logpoint says nothing", hint='log $main "n={$n}"')
        return self.break_at(where, condition, hits, log=text)

    log_past = on_control(logged.log_past)
    logged_by = on_control(logged.logged_by)  # from here on logged is not the module

    @property
    def logged(self) -> tuple[LogLine, ...]:
        """What logpoints have said in this session, the newest last; the latest 10,000 lines.

        >>> session.log_at("fac", "{$n}", "$n == 2").number
        1
        >>> stop = session.run()
        >>> session.logged[0].tick, session.logged[0].text
        (27, '2')
        """
        return tuple(self.control.breakpoints.log.lines)

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
