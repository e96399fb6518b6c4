"""Long lists on the whole screen, of which one line is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.screen import Screen

from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.dialogues.ask import ask
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.panes.keybar import KeyBar
from wasmlab_tui.panes.line_pane import LinePane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from wasmlab_tui.render.line import Line


class ChooserScreen(Screen[int]):
    """Gives the number of the line that was chosen, from 0; nothing if it was closed."""

    BINDINGS = bindings(Scope.READER, Scope.CHOOSER)
    scopes = (Scope.CHOOSER,)
    """Whose keys are shown at the bottom."""

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self.heading, self.lines = title, lines
        self.searched = ""

    def compose(self) -> ComposeResult:
        """Lay out one long list."""
        yield ChoicePane(id="choices", title=self.heading)
        yield KeyBar(Scope.LIST, *self.scopes, Scope.READER)

    def on_mount(self) -> None:
        """Fill the list."""
        pane = self.query_one(ChoicePane)
        pane.set_lines(self.lines)
        pane.focus()

    def on_choice_pane_taken(self, event: ChoicePane.Taken) -> None:
        """Give the line that was chosen."""
        self.dismiss(event.number)

    def action_find(self) -> None:
        """Ask for a text and go to the next line that holds it."""
        prompt = PromptScreen("Find in the list:", value=self.searched, check=self._find)
        ask(self, prompt, lambda _: None)

    def _find(self, text: str) -> str:
        self.searched = text or self.searched
        is_found = not text or self.query_one(ChoicePane).find(text)
        return "" if is_found else f"{text!r} is not in the list"

    def action_close(self) -> None:
        """Go back without a choice."""
        self.dismiss(None)


class _FollowedPane(ChoicePane):
    """A list that tells where its cursor goes."""

    def __init__(self, title: str, moved: Callable[[int], None]) -> None:
        super().__init__(id="choices", title=title)
        self._moved = moved

    def go_to(self, number: int) -> None:
        """Put the cursor on a line, and tell."""
        super().go_to(number)
        self._moved(self.cursor)


_AROUND = 4
"""Columns beside the text of a list: the cursor's sign and the scrollbar."""
_LEAST_PLACE = 30
"""Columns that a place needs to say something."""


class OriginsScreen(ChooserScreen):
    """Who wrote a value, who wrote what that was copied from, and so on.

    The key that asked goes on along the chain. Where there is room, the place of the line under
    the cursor is beside the list.
    """

    BINDINGS = bindings(Scope.ORIGINS)
    DEFAULT_CSS = """
    OriginsScreen #choices { width: 1fr; }
    OriginsScreen #place { margin-left: 1; }
    """
    scopes = (Scope.ORIGINS, Scope.CHOOSER)

    def __init__(
        self, title: str, lines: Sequence[Line], preview: Callable[[int], Sequence[Line]]
    ) -> None:
        """preview: the lines around the place of a line of the list, from 0."""
        super().__init__(title, lines)
        self._preview = preview

    def compose(self) -> ComposeResult:
        """Lay out the list beside the preview."""
        place = LinePane(id="place", title="Place")
        yield Horizontal(_FollowedPane(self.heading, self._show_place), place)
        yield KeyBar(Scope.LIST, *self.scopes, Scope.READER)

    def on_mount(self) -> None:
        """Fill the list, and show the place of its first line."""
        super().on_mount()
        self._show_place(0)

    def on_resize(self, event: events.Resize) -> None:
        """Give the place the room that the longest line of the list leaves, if it is enough."""
        left = event.size.width - max((len(line.text) for line in self.lines), default=0) - _AROUND
        place = self.query_one("#place")
        place.display = left >= _LEAST_PLACE
        place.styles.width = min(left, event.size.width // 2)

    def _show_place(self, number: int) -> None:
        place = self.query_one("#place", LinePane)
        place.set_lines(self._preview(number) if number < len(self.lines) else ())

    def action_follow(self) -> None:
        """Go on to where the value was copied from."""
        pane = self.query_one(ChoicePane)
        if pane.cursor == pane.count - 1:
            self.notify("This is the origin: nothing was copied here.", timeout=3)
        else:
            pane.action_move(1)


class BranchesScreen(ChooserScreen):
    """The branches of history: one is gone to, or compared with the present one.

    Gives the number of the line; ``compares`` says which of the two it was chosen for.
    """

    BINDINGS = bindings(Scope.BRANCHES)
    scopes = (Scope.BRANCHES,)
    compares = False

    def action_compare(self) -> None:
        """Choose the branch to be compared."""
        self.compares = True
        self.dismiss(self.query_one(ChoicePane).cursor)
