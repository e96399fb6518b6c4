"""Instructions one by one with their effects: as they are executed, or again from the past."""

from __future__ import annotations

from wasmlab.debug import forward
from wasmlab.debug.control import can_go
from wasmlab.debug.views.host_calls import HostCallViews
from wasmlab.debug.views.model import StopReason
from wasmlab.debug.views.target import position
from wasmlab.errors import Interrupted
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.control import Control
    from wasmlab.debug.history.find import Findings
    from wasmlab.debug.views.model import Step

_PORTION = 1_000
"""Steps that are replayed at a time."""


def trace_step(control: Control) -> Step | None:
    """Execute one instruction and return it with its effects; None if there is none.

    An instruction that traps or waits is not returned: ``stop`` tells.

    >>> session.trace_step()
    <step 1: local.get $n in $fac @0x2e line 10>
    """
    from wasmlab.debug.views.step import after_step, before_step

    at = position(control.target)
    if at is None or not can_go(control):
        return None
    log = HostCallViews(control.recorder)
    calls, tick = log.count, control.tick
    before = before_step(control.target, at)
    forward.step(control)
    made = log.shown(calls)
    if control.tick == tick and not made:
        return None
    return after_step(control.target, before, made)


def past_steps(control: Control, first: int, last: int) -> Findings[Step]:
    """Return the recorded instructions between two ticks, the later ones first if last < first.

    The program stays where it is.
    """
    from wasmlab.debug.history.find import Findings

    def run() -> Iterator[list[Step]]:
        timeline = control.timeline
        low = max(min(first, last), timeline.first)
        starts = range(low, min(max(first, last), timeline.last), _PORTION)
        for number, start in enumerate(starts if first <= last else reversed(starts)):
            end = min(start + _PORTION, max(first, last), timeline.last)
            with control.work.expecting(len(starts) * _PORTION, done=number * _PORTION):
                steps = _replayed(control, start, end)
            yield steps if first <= last else steps[::-1]

    return Findings(control.work, run)


def _replayed(control: Control, start: int, end: int) -> list[Step]:
    from wasmlab.debug.history.reverse import goto_or_raise, undisturbed

    steps: list[Step] = []
    with undisturbed(control):
        with control.work.aside():
            goto_or_raise(control, start)
        while control.tick < end:
            step = trace_step(control)
            if control.stop.reason is StopReason.PAUSED:
                raise Interrupted("paused")
            if step is None:
                break
            steps.append(step)
    return [step for step in steps if step.tick > start]
