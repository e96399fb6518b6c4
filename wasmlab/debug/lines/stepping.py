"""Stepping by lines of the text, forward and back.

In a folded expression of WAT all belongs to the line on which it begins; in a disassembly an
instruction is a line. Where statements begin is read from line tables, see ``text.line_table``.
"""

from __future__ import annotations

from wasmlab.debug import coming_back
from wasmlab.debug.arguments import need_count
from wasmlab.debug.control import can_go
from wasmlab.debug.history import reverse
from wasmlab.debug.views.model import StopReason
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import Stop


def step_line(control: Control, n: int = 1) -> Stop:
    """Go on to the next line, or n lines, into functions that are called.

    Where such a function has returned it stops too, in the middle of a line. A branch back to the
    beginning of a line is a step. Breakpoints stop it. Raises UsageError below 0.

    >>> session.step_line()
    <Stop step, step 1, $fac @0x30 line 11>
    """
    return _forward(control, "step_line", n, into=True)


def step_over_line(control: Control, n: int = 1) -> Stop:
    """Go on to the next line of the same function, or n lines, calls as a whole.

    From the last one to the caller, in the middle of a line. Breakpoints stop it. Raises UsageError
    below 0.

    >>> session.step_over_line()
    <Stop step, step 1, $fac @0x30 line 11>
    """
    return _forward(control, "step_over_line", n, into=False)


def step_out_line(control: Control) -> Stop:
    """Run until the selected frame has returned; it stops in the middle of the caller's line.

    >>> session.step(9)
    <Stop step, step 9, $fac @0x2e line 10>
    >>> session.step_out_line()
    <Stop arrived, 24, step 48, $fac @0x41 line 21>
    """
    return coming_back.step_out(control)


def reverse_line(control: Control, n: int = 1) -> Stop:
    """Go back to the line before, or n lines, into functions that have returned.

    It stops where ``step_line`` does. Raises TimelineEnd where the recording begins, UsageError
    below 0.

    >>> session.step(9)
    <Stop step, step 9, $fac @0x2e line 10>
    >>> session.reverse_line()
    <Stop arrived, step 8, $fac @0x3f line 20>
    """
    return _back(control, "reverse_line", n, into=True)


def reverse_over_line(control: Control, n: int = 1) -> Stop:
    """Go back to the line before of the same function, or n lines, calls as a whole.

    From its first one to the line of the caller. Raises TimelineEnd where the recording begins,
    UsageError below 0.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> session.reverse_over_line()
    <Stop arrived, step 49, $fac @0x43 line 22>
    """
    return _back(control, "reverse_over_line", n, into=False)


def reverse_out_line(control: Control) -> Stop:
    """Go back to the line whose call entered the selected frame's function.

    Raises TimelineEnd where the recording begins.

    >>> session.step(12)
    <Stop step, step 12, $fac @0x33 line 13>
    >>> session.reverse_out_line()
    <Stop arrived, step 8, $fac @0x3f line 20>
    """
    from wasmlab.debug.lines.back import back_out

    return back_out(control)


def _forward(control: Control, name: str, n: int, *, into: bool) -> Stop:
    from wasmlab.debug.lines.forward import step

    need_count(name, n)
    stop = control.stop
    for _ in range(n):
        stop = step(control, into=into)
        if stop.reason is not StopReason.STEP or not can_go(control):
            break
    return stop


def _back(control: Control, name: str, n: int, *, into: bool) -> Stop:
    from wasmlab.debug.lines.back import back

    need_count(name, n)
    reverse.need_past(control)
    stop = control.stop
    for _ in range(n):
        stop = back(control, into=into)
        if stop.reason is StopReason.PAUSED or control.tick <= control.timeline.first:
            break
    return stop
