"""The widgets: each shows a session and sends it commands; all widgets of a session agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

import anywidget
import traitlets

from wasmlab.debug.session import Session
from wasmlab.errors import UsageError, WasmlabError
from wasmlab_widgets.compare import branch_differences, diff_html, diff_text, differences
from wasmlab_widgets.modules import joined, stylesheet
from wasmlab_widgets.recording import call_tree, heat_map, heat_text, record_history
from wasmlab_widgets.state import source_of, state_of
from wasmlab_widgets.static_view import fixed, session_html, state_text, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab_widgets.recording import RecordedStates
    from wasmlab_widgets.state import Data

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"

COMMANDS: dict[str, Callable[[Session], object]] = {
    "step": Session.step,
    "step_over": Session.step_over,
    "step_out": Session.step_out,
    "run": Session.run,
    "step_back": Session.step_back,
    "reverse_over": Session.reverse_over,
    "reverse_run": Session.reverse_run,
    "previous_event": Session.previous_event,
    "next_event": Session.next_event,
    "to_start": Session.to_start,
    "to_end": Session.to_end,
}
"""What a widget may ask of a session, besides ``goto`` and ``show_memory``."""

_open: WeakSet[SessionWidget] = WeakSet()


def refresh_all() -> None:
    """Show in every widget where its session stands now."""
    for widget in list(_open):
        widget.refresh()


def refresh_widgets_of(session: Session) -> None:
    """Show in every widget that is about a session where it stands now."""
    for widget in list(_open):
        if widget.shows(session):
            widget.refresh()


def toggle_breakpoint(session: Session, offset: int) -> None:
    """Take the breakpoint at an offset away, or set one; raises NoSuchLocation."""
    for point in session.breakpoints:
        if offset in {place.offset for place in point.locations}:
            session.remove_breakpoint(point.number)
            return
    session.break_at(offset)


class SessionWidget(anywidget.AnyWidget):
    """What all widgets share: a session, its state, and requests that are always answered."""

    _css = stylesheet()

    def __init__(self, session: Session, **traits: object) -> None:
        self.session = session
        super().__init__(**traits)
        cast("Any", self).on_msg(answer_request)
        _open.add(self)

    def refresh(self) -> None:
        """Show where the session stands now."""

    def request(self, command: str, args: list[Any]) -> None:
        """Carry out a command; ``goto`` goes to a recorded step.

        Raises WasmlabError; UsageError for an unknown command.
        """
        if command == "goto" and len(args) == 1 and isinstance(args[0], int):
            self.session.goto(min(args[0], self.session.recorded[1]))
        elif command in COMMANDS and not args:
            COMMANDS[command](self.session)
        else:
            raise UsageError(f"no command {command!r}")
        refresh_widgets_of(self.session)

    def shows(self, session: Session) -> bool:
        """Return whether it is about a session."""
        return session is self.session

    def static_html(self) -> str:
        """Return the same without script."""
        return session_html(self.session)

    def static_text(self) -> str:
        """Return the same as plain text."""
        return state_text(source_of(self.session), state_of(self.session))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:  # noqa: ANN401 - as anywidget declares it
        data, metadata = cast("tuple[Data, Data]", super()._repr_mimebundle_(**kwargs))  # pyright: ignore[reportUnknownMemberType] - untyped dictionaries there
        data["text/html"] = self.static_html()
        data["text/plain"] = self.static_text()
        return data, metadata


def answer_request(widget: SessionWidget, message: Data, _buffers: object) -> None:
    """Carry out a request of the page and answer it, with what went wrong if anything did."""
    reply: Data = {"id": message.get("id")}
    try:
        widget.request(str(message.get("command")), message.get("args") or [])
    except WasmlabError as error:
        reply["error"] = str(error)
    cast("Any", widget).send(reply)


class Stepper(SessionWidget):
    """Source, stack, locals, calls, memory, output, explanation, and controls both ways."""

    _esm = joined("stepper.js")
    state = traitlets.Dict().tag(sync=True)
    source = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session, memory_at: int = 0) -> None:
        self._memory_at = memory_at
        super().__init__(session, state=state_of(session, memory_at), source=source_of(session))

    def refresh(self) -> None:
        """Show where the session stands now, all in one message."""
        with self.hold_sync():
            self.state = state_of(self.session, self._memory_at)
            self.source = source_of(self.session)

    def request(self, command: str, args: list[Any]) -> None:
        """Carry out a command; ``show_memory`` takes an address, ``toggle_break`` an offset."""
        if command == "show_memory" and len(args) == 1 and isinstance(args[0], int):
            self._memory_at = args[0]
            self.refresh()
        elif command == "toggle_break" and len(args) == 1 and isinstance(args[0], int):
            toggle_breakpoint(self.session, args[0])
            refresh_widgets_of(self.session)
        else:
            super().request(command, args)


class TimeSlider(SessionWidget):
    """A slider over the recorded steps of a session."""

    _esm = joined("slider.js")
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session) -> None:
        super().__init__(session, state=_without_panes(session))

    def refresh(self) -> None:
        """Show where the session stands now."""
        self.state = _without_panes(self.session)


_SLIDER = ("tick", "first", "last", "state", "message", "instruction")


def _without_panes(session: Session) -> Data:
    state = state_of(session)
    return {key: state[key] for key in _SLIDER}


class HeatMap(SessionWidget):
    """Which bytes of memory a run wrote, and when; a click goes there.

    Without a recording it is that of the session from its first step on.
    """

    _esm = joined("heatmap.js")
    map = traitlets.Dict().tag(sync=True)
    tick = traitlets.Int().tag(sync=True)

    def __init__(self, session: Session, recording: RecordedStates | None = None) -> None:
        found = heat_map(recording or record_history(session))
        super().__init__(session, map=found, tick=session.tick)

    def refresh(self) -> None:
        """Show where the session stands now."""
        self.tick = self.session.tick

    def static_html(self) -> str:
        """Return the map in characters."""
        return fixed(self.static_text())

    def static_text(self) -> str:
        """Return the map in characters: a line for each span of addresses, time to the right."""
        return heat_text(self.map)


class CallTree(SessionWidget):
    """The calls of a run; a click goes to the step of entry.

    Without a recording it is that of the session from its first step on.
    """

    _esm = joined("calltree.js")
    calls = cast("list[Data]", traitlets.List().tag(sync=True))
    tick = traitlets.Int().tag(sync=True)

    def __init__(self, session: Session, recording: RecordedStates | None = None) -> None:
        found = call_tree(recording or record_history(session))
        super().__init__(session, calls=found, tick=session.tick)

    def refresh(self) -> None:
        """Show where the session stands now."""
        self.tick = self.session.tick

    def static_html(self) -> str:
        """Return the tree as a table, indented."""
        return table(("call", "from step", "to step"), _tree_rows(self.calls, 0))

    def static_text(self) -> str:
        """Return the tree, a call a line."""
        rows = _tree_rows(self.calls, 0)
        return "\n".join(f"{name}: step {begin} to {end}" for name, begin, end in rows)


def _tree_rows(calls: list[Data], depth: int) -> list[tuple[str, int, object]]:
    rows: list[tuple[str, int, object]] = []
    for call in calls:
        end = "open" if call["end"] is None else call["end"]
        rows.append((" · " * depth + call["name"], call["begin"], end))
        rows += _tree_rows(call["calls"], depth + 1)
    return rows


class Diff(SessionWidget):
    """Where two futures differ: two branches of a session, or two sessions where they stand.

    ``branches`` are the numbers to begin with; without them it is the first and the newest.
    """

    _esm = joined("diff.js")
    diff = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: Session,
        other: Session | None = None,
        branches: tuple[int, int] | None = None,
    ) -> None:
        self.other = other
        self.chosen = branches
        super().__init__(session)
        self.refresh()

    def shows(self, session: Session) -> bool:
        """Return whether it is about a session."""
        return session is self.session or session is self.other

    def refresh(self) -> None:
        """Compare again."""
        if self.other is None:
            self.diff = branch_differences(self.session, self.chosen)
        else:
            self.diff = differences(self.session, self.other, ("left", "right"))

    def request(self, command: str, args: list[Any]) -> None:
        """Carry out a command: ``compare`` two branches, ``visit`` a branch at a step."""
        two = len(args) == 2 and all(isinstance(number, int) for number in args)  # noqa: PLR2004 - both
        if command == "compare" and two:
            self.session.compare(*args)  # raises if a number is unknown
            self.chosen = (args[0], args[1])
            self.refresh()
        elif command == "visit" and two:
            if args[0] != self.session.timeline.branch:
                self.session.switch(args[0])
            super().request("goto", args[1:])
        else:
            super().request(command, args)

    def static_html(self) -> str:
        """Return the differences as a table."""
        return diff_html(self.diff)

    def static_text(self) -> str:
        """Return the differences, one a line."""
        return diff_text(self.diff)
