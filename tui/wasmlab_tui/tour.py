"""The one-minute tour: hints that go on when the person has done what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wasmlab.debug.view import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence, and how to tell that it was followed."""

    text: str
    followed: Callable[[Session], bool]


HINTS = (
    Hint(
        "This program waits before its first instruction (▶). Press s to run just that one.",
        lambda s: s.tick >= 1,
    ),
    Hint(
        "Its result is on the operand stack. Press s again, watch what is pushed and taken.",
        lambda s: s.tick >= 4,  # noqa: PLR2004 - a few steps
    ),
    Hint(
        "Keep pressing s, through the call of fd_write: the console shows what it prints.",
        lambda s: bool(s.output),
    ),
    Hint("Press c to run to the end.", lambda s: s.state is State.EXITED),
    Hint("Press r to begin again.", lambda s: s.tick == 0),
    Hint(
        "Move down with the arrow keys, press b: a breakpoint. Then c runs up to it.",
        lambda s: bool(s.breakpoints) and s.tick > 0,
    ),
    Hint(
        "E opens the text: change it, ctrl+s steps the new program. ? lists every key. Enjoy.",
        lambda _: False,
    ),
)


def stage(session: Session, reached: int) -> int:
    """Return the number of the hint to show, given the one that was shown."""
    last = len(HINTS) - 1
    while reached < last and HINTS[reached].followed(session):
        reached += 1
    return reached
