"""What the panes of the lab show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wasmlab_tui.render.value import Base

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.source import Source


@dataclass(frozen=True, slots=True, eq=False)
class LabView:
    """A session that rests, and how it is looked at; not to be read once a command is sent."""

    session: Session
    base: Base = Base.SIGNED
    """How integers are written."""
    frame: int = 0
    """The frame whose state is shown; 0 is the innermost."""
    ran_last: Location | None = None
    """Where the instruction is that ran last, if known."""

    @property
    def place(self) -> Location | None:
        """The next instruction of the frame; None in a host function or at the end."""
        chosen = self.session.frame_rows(self.frame, 1) if self.frame else ()
        return chosen[0].location if chosen else self.session.location

    @property
    def source(self) -> Source:
        """The text of the frame's module."""
        return self.session.source_of(self.frame)
