"""Guest output and host calls, and the line that is typed for standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.model import State
from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.console import console_lines, newest, waiting_lines
from wasmlab_tui.render.line import note

if TYPE_CHECKING:
    from textual import events

    from wasmlab.debug.session import Session
    from wasmlab_tui.panes.lab_view import LabView

SHOWN = 2_000
"""Pieces of output, and calls, that are shown at most: the newest."""


class ConsolePane(ChoicePane):
    """What the program printed and asked of its host; a click goes to the moment of a line."""

    clicks = 1
    show_calls = True
    _session: Session | None = None
    _seen: tuple[object, ...] = ()

    def update_view(self, view: LabView) -> None:
        """Show what there is."""
        self._update(view.session)

    def update_running(self, session: Session) -> None:
        """Show what there is so far."""
        self._update(session)

    def toggle_host_calls(self) -> None:
        """Show host calls, or hide them."""
        self.show_calls = not self.show_calls
        if self._session is not None:
            self._update(self._session)

    def _update(self, session: Session) -> None:
        """Redraw output and host calls, if they changed."""
        self._session = session
        width = self.scrollable_content_region.width - 1  # the cursor's sign
        (count, size), calls = session.output_size, session.host_call_count
        reads = session.state is State.WAITING_FOR_INPUT
        last = (session.output_from(max(count - 1, 0)), session.host_calls_from(max(calls - 1, 0)))
        now = (count, size, calls, last, self.show_calls, width, reads)
        if now == self._seen:
            return
        self._seen = now
        output = newest(session.output_from(max(count - SHOWN, 0)))
        lines = console_lines(
            output,
            session.host_calls_from(max(calls - SHOWN, 0)),
            width,
            show_calls=self.show_calls,
            before=size - sum(len(piece.data) for piece in output),
        )
        lines += waiting_lines(self.size.width) if reads else []
        self.set_lines(lines or [note("the program has printed nothing yet")])
        self.cursor = self.count - 1
        self.call_after_refresh(self.scroll_end, animate=False)

    def selected_output(self) -> int | None:
        """Return where the line under the cursor begins in the output, if it was printed."""
        return self.lines[self.cursor].printed if self.cursor < len(self.lines) else None

    def on_resize(self, _event: events.Resize) -> None:
        """Wrap anew."""
        if self._session is not None:
            self._update(self._session)
