"""The key that edits the program's text; another program is stepped afterwards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wasmlab.errors import WasmlabError
from wasmlab_tui.editor import EditorScreen
from wasmlab_tui.lab.desk import at_rest
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.program import Draft, OpenProgram, draft_of, keep_breakpoints, replay_draft

if TYPE_CHECKING:
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher


class TextKeys:
    """Opens the editor, and takes what comes back."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher) -> None:
        self.desk, self.dispatcher = desk, dispatcher
        self.draft: str | None = None
        """A text that was left without being assembled."""

    @at_rest
    def edit(self) -> None:
        """Open the text; a draft that was not assembled is there again."""
        self.desk.work(self._edit(), "edit")

    async def _edit(self) -> None:
        """Print the text beside the interface, and open it."""
        try:
            original = await asyncio.to_thread(draft_of, self.desk.program)
        except WasmlabError as error:
            self.desk.complain(error)
            return
        line = self.desk.pane(SourcePane).cursor
        screen = EditorScreen(original, draft=self.draft, line=line, replay=self._replayed)
        self.desk.ask(screen, self._edited)

    async def _replayed(self, draft: Draft) -> OpenProgram:
        """Make the program of a text, run it with the input that this one had."""
        program = self.desk.program
        return await self.dispatcher.bridge.send(lambda: replay_draft(program, draft))

    def _edited(self, outcome: OpenProgram | str | None) -> None:
        """Step the new program, or keep the text that was left."""
        if outcome is None or isinstance(outcome, str):
            self.draft = outcome
            return
        self.draft = None
        keep_breakpoints(self.desk.program, outcome)
        self.desk.load(outcome)
        if outcome.news:
            self.desk.say(outcome.news.split("\n"))
