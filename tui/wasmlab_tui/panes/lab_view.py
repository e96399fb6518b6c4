"""What the panes of the lab show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.records import dataclass
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
    ran_last: Location | None = None
    """Where the instruction is that ran last, if known."""

    @property
    def frame(self) -> int:
        """The frame whose state is shown; 0 is the innermost."""
        return self.session.frame

    @property
    def place(self) -> Location | None:
        """The next instruction of the frame; None in a host function or at the end."""
        return self.session.frame_location

    @property
    def source(self) -> Source:
        """The text of the frame's module."""
        return self.session.source_of(self.frame)
