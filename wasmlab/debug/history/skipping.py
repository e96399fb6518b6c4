"""Steps by instructions that go over functions which are skipped, forward and back."""

from __future__ import annotations

from wasmlab.debug import forward
from wasmlab.debug.arguments import need_count
from wasmlab.debug.control import can_go
from wasmlab.debug.views.model import State, StopReason
from wasmlab.debug.views.target import position
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FUNC

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.skips import Skip
    from wasmlab.debug.views.model import Stop
    from wasmlab.debug.views.target import Position
    from wasmlab.runtime.store import Code


def step(control: Control, n: int = 1) -> Stop:
    """Execute n instructions; a call of a function that is skipped counts as one.

    Breakpoints stop it only in functions that are skipped. Raises UsageError below 0.

    >>> session.step()
    <Stop step, step 1, $fac @0x30 line 11>
    >>> session.step(3)
    <Stop step, step 4, $fac @0x38 line 16>
    """
    need_count("step", n)
    if not control.preferences.skips.by_number:
        return forward.step(control, n)
    stop = control.stop
    while n > 0 and can_go(control):
        if _at_skipped(control):
            from wasmlab.debug.coming_back import step_over  # most steps go over nothing

            stop, n = step_over(control), n - 1
        else:
            before = control.tick
            stop = _to_skipped(control, n)
            n -= max(control.tick - before, 1)
        if stop.reason is not StopReason.STEP:
            break
    return stop


def _at_skipped(control: Control) -> bool:
    from wasmlab.debug.stops.skips import goes_over

    at = position(control.target)
    return at is not None and goes_over(control.target, control.preferences.skips, at)


def _to_skipped(control: Control, n: int) -> Stop:
    """Execute n instructions, fewer where one of them calls a function that is skipped."""
    from wasmlab.debug.stops.probes import probes_where, probing
    from wasmlab.debug.stops.skips import is_skipped

    if n == 1:
        return forward.step(control)

    def may_skip(code: Code, pc: int) -> bool:
        instr = code.instrs[pc]
        if not instr.row.is_direct_call:
            return instr.row.is_call
        return is_skipped(control.preferences.skips, code.instance.funcs[instr.idx(0)])

    with probing(control.target, probes_where(control.target, may_skip)):
        return forward.step_until(control, n, lambda: _at_skipped(control))


def step_back(control: Control, n: int = 1) -> Stop:
    """Take back n instructions, at most to the first step; TimelineEnd if it stands there.

    A call of a function that is skipped is taken back as a whole. Raises UsageError below 0.

    >>> session.step(5)
    <Stop step, step 5, $fac @0x3a line 17>
    >>> session.step_back(2)
    <Stop arrived, step 3, $fac @0x33 line 13>
    """
    from wasmlab.debug.history import reverse

    if not control.preferences.skips.by_number:
        return reverse.step_back(control, n)
    need_count("step_back", n)
    stop = reverse.step_back(control, 0)
    for _ in range(n):
        stop = _step_back(control)
        if control.state is not State.PAUSED or control.tick <= control.timeline.first:
            break
    return stop


def _step_back(control: Control) -> Stop:
    from wasmlab.debug.history import reverse

    at, tick = position(control.target), control.tick
    stop = reverse.step_back(control)
    if at is None or not skipped_above(control, at):
        return stop
    depth = at.number + 1
    return forward.guarded(control, lambda: reverse.goto_call(control, depth, tick) or stop)


def skipped_above(control: Control, at: Position) -> bool:
    """Return whether a function that a frame called, directly or not, is one that is skipped."""
    from wasmlab.debug.stops.skips import is_skipped

    skips, record = control.preferences.skips, control.agent.record
    numbers = range(at.number + 1, control.depth) if skips.by_number else ()
    return any(is_skipped(skips, control.store.funcs[record(n, FUNC)]) for n in numbers)


def skip(control: Control, pattern: str) -> Skip:
    """Let steps go over the functions whose names match, such as ``$malloc`` or ``$printf*``.

    Raises UsageError for a name, without ``*``, that no function has.

    >>> session.skip("fac")
    Skip(number=1, pattern='fac', matches=1)
    >>> session.step(9)
    <Stop step, 24, step 48, $fac @0x41 line 21>
    """
    from wasmlab.debug.stops.skips import add

    return add(control.target, control.preferences.skips, pattern)


def remove_skip(control: Control, number: int) -> None:
    """Let steps go again into what a pattern names; DebugError if there is no such number.

    >>> session.skip("fac")
    Skip(number=1, pattern='fac', matches=1)
    >>> session.remove_skip(1)
    >>> session.skips
    ()
    """
    from wasmlab.debug.stops.skips import remove

    remove(control.preferences.skips, number)
