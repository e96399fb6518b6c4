"""Editing the program's text: the part of the lab that steps another program afterwards."""

from __future__ import annotations

import asyncio

from wasmlab.errors import WasmlabError
from wasmlab_tui.dialogues.ask import ask
from wasmlab_tui.editor import EditorScreen
from wasmlab_tui.lab.choices import ChoosingScreen
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.program import Draft, Program, draft_of, keep_breakpoints, replay_draft


class RewritingScreen(ChoosingScreen):
    """Opens the editor, and takes what comes back."""

    def __init__(self, program: Program) -> None:
        super().__init__(program.session)
        self.program = program
        self.draft: str | None = None
        """A text that was left without being assembled."""

    def load(self, program: Program) -> None:
        """Show another program in place of this one."""
        raise NotImplementedError

    def action_edit(self) -> None:
        """Open the text; a draft that was not assembled is there again."""
        if self.bridge.busy:
            self.notify("The program is running: p stops it.")
            return
        self.run_worker(self._edit(), group="edit", exclusive=True, exit_on_error=False)

    async def _edit(self) -> None:
        """Print the text beside the interface, and open it."""
        try:
            original = await asyncio.to_thread(draft_of, self.program)
        except WasmlabError as error:
            self.complain(error)
            return
        line = self.query_one(SourcePane).cursor
        screen = EditorScreen(original, draft=self.draft, line=line, replay=self._replayed)
        ask(self, screen, self._edited)

    async def _replayed(self, draft: Draft) -> Program:
        """Make the program of a text, run it with the input that this one had."""
        return await self.bridge.send(lambda: replay_draft(self.program, draft))

    def _edited(self, outcome: Program | str | None) -> None:
        """Step the new program, or keep the text that was left."""
        if outcome is None or isinstance(outcome, str):
            self.draft = outcome
        else:
            self.draft = None
            keep_breakpoints(self.program, outcome)
            self.load(outcome)
            if outcome.news:
                self.say(outcome.news.split("\n"))
