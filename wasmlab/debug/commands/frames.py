"""Commands about call frames: showing them, and selecting the one that other commands mean."""

from __future__ import annotations

from wasmlab.debug.commands.command import (
    CommandOutput,
    DebuggerCommand,
    in_lines,
    parse_count,
    parse_number,
)
from wasmlab.debug.views import plain_text
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.session import Session


def show_frames(session: Session, _rest: str = "") -> CommandOutput:
    """Return all frames, innermost first, the selected one marked if it is not that."""
    return in_lines(plain_text.frame_lines(session, session.frame))


def _frame(session: Session, rest: str) -> CommandOutput:
    if rest:
        session.select_frame(parse_number(rest))
    return in_lines(_selected(session))


def _up(session: Session, rest: str) -> CommandOutput:
    outermost = session.depth - 1
    if session.frame >= outermost:
        raise DebugError("this is the outermost frame" if session.depth else _NO_FRAME)
    session.select_frame(min(session.frame + parse_count(rest), outermost))
    return in_lines(_selected(session))


def _down(session: Session, rest: str) -> CommandOutput:
    if not session.frame:
        raise DebugError("this is the innermost frame" if session.depth else _NO_FRAME)
    session.select_frame(max(session.frame - parse_count(rest), 0))
    return in_lines(_selected(session))


_NO_FRAME = "no function is being called"


def _selected(session: Session) -> Iterator[str]:
    """Yield the selected frame, and the line of the text where it stands."""
    if not session.depth:
        raise DebugError(_NO_FRAME)
    yield from plain_text.call_lines(session.frame_rows(session.frame, 1))
    place = session.frame_location
    line = None if place is None else session.source.line_at(place.offset)
    if line is not None:
        yield from plain_text.source_lines(session.source, line, 1, line)


COMMANDS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("backtrace", ("bt", "where"), "", "Show the call frames.", show_frames),
    DebuggerCommand("frame", ("f",), "[N]", "Select a frame: print, set, who, watch, info and finish mean it until the program moves.", _frame),
    DebuggerCommand("up", (), "[N]", "Select the frame of the caller, or N calls up.", _up, repeats=True),
    DebuggerCommand("down", (), "[N]", "Select the frame of the function that was called, or N calls down.", _down, repeats=True),
)  # fmt: skip
"""The rows of this section."""
