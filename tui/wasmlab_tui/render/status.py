"""The line that says what is going on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.model import State, StopReason
from wasmlab.records import NamedTuple
from wasmlab_tui.render.branches import current_branch
from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.debug.views.model import Location, Stop
    from wasmlab.debug.views.skipped import Skipped
    from wasmlab.debug.whatif.branches import Branch

_SIGNS = {
    State.PAUSED: ("‖", Tone.HERE),
    State.RUNNING: ("▶", Tone.GOOD),
    State.WAITING_FOR_CALL: ("?", Tone.HERE),
    State.WAITING_FOR_INPUT: ("?", Tone.HERE),
    State.WAITING_FOR_RESULT: ("?", Tone.HERE),
    State.TRAPPED: ("✗", Tone.ERROR),
    State.EXITED: ("■", Tone.GOOD),
}
_QUIET = frozenset({StopReason.STEP, StopReason.ARRIVED})
"""Stops that need no words: they are what was asked for."""


_PASSED = 4
"""Instructions that a step went past which are named at each end of a long list."""

_WHY = 30
"""Columns of the message that a long place leaves."""
_WHERE = 20
"""Columns of the place that a message leaves."""


class InHistory(NamedTuple):
    """Where the program is in what was recorded."""

    last: int = 0
    """The last recorded step, which is shown while the program is before it."""
    branch: str = ""
    """Which of several branches this is; empty if there is one."""
    trail: str = ""
    """What the last step went past."""


def status_line(
    state: State,
    tick: int,
    location: Location | None,
    stop: Stop | None,
    history: InHistory = InHistory(),  # noqa: B008 - it cannot be changed
    *,
    width: int | None = None,
) -> Line:
    """Return state, step, place and why it stopped, for a session that rests.

    width: columns there are; a long place leaves room for why, or for its beginning.
    """
    sign, tone = _SIGNS[state]
    last, branch, trail = history
    of = f" of {last:,}" if last > tick else ""
    message = (stop_text(stop) if stop is not None else "") or trail
    before = (
        Toned(f" {sign} {state.value} ", tone),
        Toned(f" step {tick:,}{of} ", Tone.STRONG),
        Toned(f" {branch} " if branch else "", Tone.CHANGED),
    )
    place = "" if location is None else str(location)
    if width is not None and message:
        rest = width - sum(len(span.text) for span in before) - min(len(message), _WHY) - 3
        place = _without_middle(place, max(rest, _WHERE))
    return line(
        *before,
        Toned(f" {place} " if place else "", Tone.NAME),
        Toned(f" {message}", Tone.ERROR if state is State.TRAPPED else Tone.PLAIN),
    )


def _without_middle(text: str, most: int) -> str:
    """Return text in so many columns: a long name's beginning, and the offset at the end."""
    if len(text) <= most:
        return text
    return f"{text[: most - most // 2 - 1]}…{text[-(most // 2) :]}"


def stop_text(stop: Stop) -> str:
    """Return why the program stopped, or what was returned if that is what was asked for."""
    if stop.reason not in _QUIET:
        return stop.message
    return f"returned {', '.join(value.text for value in stop.results)}" if stop.results else ""


def trail_text(trail: Sequence[Skipped]) -> str:
    """Return ``left $inner, line 14; ...``, or nothing; of very many, those at both ends."""
    if len(trail) <= 2 * _PASSED:
        return "; ".join(_passed(trail))
    between = f"... {len(trail) - 2 * _PASSED:,} more ..."
    return "; ".join((*_passed(trail[:_PASSED]), between, *_passed(trail[-_PASSED:])))


def _passed(trail: Sequence[Skipped]) -> Iterator[str]:
    for skipped in trail:
        line = skipped.location.line
        yield skipped.text + ("" if line is None else f", line {line}")


def branch_text(branches: Sequence[Branch]) -> str:
    """Return ``branch 2 of 3``, or nothing if there is one."""
    if len(branches) == 1:
        return ""
    return f"branch {current_branch(branches).number} of {len(branches)}"


def running_line(progress: str) -> Line:
    """Return how far a command is, and how it is stopped."""
    sign, tone = _SIGNS[State.RUNNING]
    return line(
        Toned(f" {sign} running ", tone),
        Toned(f" {progress} " if progress else "", Tone.STRONG),
        Toned(" p stops it", Tone.PLAIN),
    )
