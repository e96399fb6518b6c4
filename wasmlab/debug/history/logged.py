"""What logpoints would have said over the recorded history."""

from __future__ import annotations

from wasmlab.debug.history.find import Findings, search_history
from wasmlab.debug.stops.breakpoints import Breakpoints, point_of, probes, put
from wasmlab.debug.stops.hits import log_line, reached_at
from wasmlab.debug.stops.setting import code_place, take_terms
from wasmlab.debug.stops.stop_point import AtCode, StopPoint, StopTerms
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import LogLine
    from wasmlab.debug.views.target import Position


def log_past(
    control: Control, where: str | int, text: str, condition: str = "", hits: int = 0
) -> Findings[LogLine]:
    """Return what a logpoint would have said at each hit in the recorded history.

    Looked for while one iterates; the program stays where it is. where, text: as ``log_at`` takes
    them. Raises NoSuchLocation, BadExpression, UsageError.

    >>> stop = session.run()
    >>> [line.text for line in session.log_past("fac", "n={$n}", "$n < 2")]
    ['n=1']
    """
    at, _ = code_place(control.target, where)
    return _said(control, at, StopTerms(condition, hits, log=text))


def logged_by(control: Control, number: int) -> Findings[LogLine]:
    """Return what a logpoint that is set would have said, as ``log_past``. DebugError.

    >>> stop = session.run()
    >>> number = session.log_at("fac", "n={$n}", "$n < 2").number
    >>> list(session.logged_by(number))
    [<LogLine step 36, n=1>]
    """
    point = point_of(control.breakpoints, number)
    if not isinstance(point.at, AtCode) or point.template is None:
        raise DebugError(f"{number} is no logpoint at a place", hint="info breakpoints lists them")
    return _said(control, point.at, point.terms)


def _said(control: Control, at: AtCode, terms: StopTerms) -> Findings[LogLine]:
    take_terms(control.target, StopPoint(0, at, terms), at)  # raises what is wrong with them

    def run() -> Iterator[list[LogLine]]:
        asked, point = Breakpoints(), StopPoint(0, at, terms)
        take_terms(control.target, point, at)
        put(asked, point)

        def look(at: Position) -> LogLine | None:
            for reached in reached_at(control.target, asked, at):
                return log_line(control.target, reached, at)
            return None

        yield from search_history(control, probes(control.target, asked), look)

    return Findings(control.work, run)
