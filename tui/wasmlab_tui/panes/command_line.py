"""The line at the bottom in which commands are typed; it takes the place of the keys meanwhile."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.suggester import Suggester
    from textual.widget import Widget

_RECALLED = 1_000
"""Lines that were given before and are kept."""
_HINT = "break $main, x/4 0x10, print $n, help; tab completes, up recalls, esc leaves"


class CommandLine(Input):
    """One line; lines that were given before are recalled."""

    BINDINGS = bindings(Scope.COMMAND)

    class Left(Message):
        """The line was left."""

    def __init__(self) -> None:
        super().__init__(placeholder=_HINT, compact=True, id="command-line")
        self._given: deque[str] = deque(maxlen=_RECALLED)
        """Lines that were given, the oldest first."""
        self._lines = [""]
        """Lines that can be shown now; they may have been edited since they were given."""
        self._at = 0

    def begin(self, suggester: Suggester | None, text: str = "") -> None:
        """Begin a line."""
        self.suggester, self.value = suggester, text
        self.action_end()
        self._lines, self._at = [*self._given, ""], len(self._given)

    def keep(self) -> None:
        """Keep the line among those that can be recalled."""
        if self.value and self.value not in list(self._given)[-1:]:
            self._given.append(self.value)

    def action_complete(self) -> None:
        """Take the completion that is shown."""
        self.action_end()
        self.action_cursor_right()

    def action_recall(self, delta: int) -> None:
        """Show a line that was given before, or go on to later ones."""
        self._lines[self._at] = self.value
        self._at = max(0, min(self._at + delta, len(self._lines) - 1))
        self.value = self._lines[self._at]
        self.action_end()

    def action_leave(self) -> None:
        """Leave the line as if nothing was typed."""
        self.post_message(self.Left())


class CommandBar(Horizontal):
    """The command line with its sign; it is there while a command is typed."""

    DEFAULT_CSS = """
    CommandBar { height: 1; dock: bottom; display: none; background: $background; }
    CommandBar.-open { display: block; }
    CommandBar Label { width: 2; text-style: bold; padding: 0 0 0 1; }
    CommandBar Input, CommandBar Input:focus { width: 1fr; background: $background; }
    """

    class Given(Message):
        """A command was given."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    _before: Widget | None = None
    """What had the focus before."""

    def __init__(self) -> None:
        super().__init__(id="command")
        self.line = CommandLine()

    def compose(self) -> ComposeResult:
        """Lay out the sign and the line."""
        yield Label(Content(":"))
        yield self.line

    def open(self, suggester: Suggester | None, text: str = "") -> None:
        """Let a command be typed, from a text on."""
        self._before = self.screen.focused
        self.line.begin(suggester, text)
        self.add_class("-open")
        self.screen.add_class("-typing")
        self.line.focus()

    def close(self) -> None:
        """Give the line back to the keys, and the focus to what had it."""
        self._hide()
        self.screen.set_focus(self._before)

    def _hide(self) -> None:
        self.remove_class("-open")
        self.screen.remove_class("-typing")

    def on_command_line_left(self, _event: CommandLine.Left) -> None:
        """Close the line."""
        self.close()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the command to the lab."""
        event.stop()
        self.line.keep()
        self.close()
        if event.value.strip():
            self.post_message(self.Given(event.value))

    def on_descendant_blur(self) -> None:
        """Close the line when something else has the focus; not when the terminal has lost it."""
        if self.screen.focused not in {None, self.line}:
            self._hide()
