"""What the parts of the lab share: the screen as they see it, and what they all refuse."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from wasmlab_tui.panes.line_pane import LinePane

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.screen import Screen

    from wasmlab.debug.session import Session
    from wasmlab.errors import WasmlabError
    from wasmlab_tui.edited import EditedText
    from wasmlab_tui.program import OpenProgram

PaneT = TypeVar("PaneT", bound=LinePane)
_OutcomeT = TypeVar("_OutcomeT")
_Args = ParamSpec("_Args")

RUNNING = "The program is running: p stops it."


class Desk(Protocol):
    """The screen of the lab, as far as its parts know it."""

    @property
    def program(self) -> OpenProgram:
        """The program that is shown."""
        ...

    @property
    def session(self) -> Session:
        """The session that is shown; its views are not read while ``busy``."""
        ...

    @property
    def busy(self) -> bool:
        """A command is being carried out."""
        ...

    @property
    def focused_pane(self) -> LinePane | None:
        """The pane with the focus; None if nothing has it, or what is no pane."""
        ...

    @property
    def marked(self) -> str:
        """Text that was selected with the mouse; empty if none is."""
        ...

    def pane(self, kind: type[PaneT]) -> PaneT:
        """Return the pane of a class."""
        ...

    # What is said and asked

    def say(self, text: str) -> None:
        """Answer the key or command that is carried out, in one line or several, in the log."""
        ...

    def remark(self, text: str) -> None:
        """Say something in the status line, until something else is shown there."""
        ...

    def complain(self, error: WasmlabError) -> None:
        """Answer with what went wrong."""
        ...

    def ask(self, dialogue: Screen[_OutcomeT], then: Callable[[_OutcomeT | None], None]) -> None:
        """Show a dialogue; then is called with what it gives, None if it was cancelled."""
        ...

    def settle(self, edited: EditedText, then: Callable[[], object]) -> None:
        """Ask what becomes of a text before something is done that would lose it."""
        ...

    def copy(self, text: str) -> None:
        """Put text on the clipboard."""
        ...

    def work(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = True) -> None:
        """Do something beside the interface; exclusive ends work of the same group."""
        ...

    # What is shown

    def show(self) -> None:
        """Bring every pane up to date with the session, which rests."""
        ...

    def show_stop(self) -> None:
        """Show where a command has come to."""
        ...

    def show_breakpoints(self) -> None:
        """Show breakpoints that were changed; the cursor stays."""
        ...

    def leave_alone(self) -> None:
        """Read nothing more of the session until it is shown again."""
        ...

    def ask_for_what_is_missing(self) -> None:
        """Ask for the input, or the result of a call, that the program waits for."""
        ...

    def load(self, program: OpenProgram) -> None:
        """Show another program in place of this one."""
        ...


class LabPart(Protocol):
    """A part of the lab: its methods are what the rows of ``ACTIONS`` name."""

    @property
    def desk(self) -> Desk:
        """The screen that the part belongs to."""
        ...


_PartT = TypeVar("_PartT", bound=LabPart)


def at_rest(
    method: Callable[Concatenate[_PartT, _Args], None],
) -> Callable[Concatenate[_PartT, _Args], None]:
    """Make a method of a part say that the program is running, and do nothing else, if it is."""

    @wraps(method)
    def guarded(part: _PartT, *args: _Args.args, **kwargs: _Args.kwargs) -> None:
        if part.desk.busy:
            part.desk.say(RUNNING)
        else:
            method(part, *args, **kwargs)

    return guarded
