"""The one-minute tour: each hint stays until it was followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.model import State
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session


SOME = 4
"""Steps after which the stack has been seen to grow and shrink."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence, and how to tell that it was followed."""

    text: str
    followed: Callable[[Session], bool]


def _over(session: Session) -> bool:
    return session.state is State.EXITED


def _went_back(session: Session) -> bool:
    return session.tick < session.recorded[1]


def _broke(session: Session) -> bool:
    return bool(session.breakpoints) and session.tick > 0


HINTS = (
    Hint("▶ marks the next instruction. Press s to run just this one.", lambda s: s.tick >= 1),
    Hint("Its result is on the stack (pane 2). Press s some more.", lambda s: s.tick >= SOME),
    Hint("Go on with s, through the call of fd_write: it prints.", lambda s: bool(s.output)),
    Hint("S takes a step back: nothing is printed yet. s goes on again.", _went_back),
    Hint("Pane 6 has what was printed. Press c to run to the end.", _over),
    Hint("Press r to begin again.", lambda s: s.tick == 0),
    Hint("Pane 1, arrow keys, b: a breakpoint. Then c runs up to it.", _broke),
    Hint("e changes a value, E the text. ? lists all keys. Enjoy!", lambda _: False),
)


def stage(session: Session, reached: int) -> int:
    """Return the number of the hint to show, given the one that was shown."""
    last = len(HINTS) - 1
    while reached < last and HINTS[reached].followed(session):
        reached += 1
    return reached
