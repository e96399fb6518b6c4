"""The editor: the program's text, assembled on demand, errors at their line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.screen import Screen

from wasmlab.errors import AssembleError, Invalid, WasmlabError
from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.dialogues.ask import ask, defect
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.panes.keybar import KeyBar
from wasmlab_tui.panes.line_pane import LinePane, set_title
from wasmlab_tui.panes.wat_area import WatArea
from wasmlab_tui.program import Draft, OpenProgram, open_draft
from wasmlab_tui.render.problem import ProblemAt, problem_lines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.worker import Worker


Outcome = OpenProgram | str | None
"""A new program; or a text that was not assembled; or nothing new."""


Make = Callable[[Draft], Awaitable[OpenProgram]]
"""Makes a program of a text, beside the interface; raises AssembleError, or WasmlabError."""


async def _opened(draft: Draft) -> OpenProgram:
    return await asyncio.to_thread(open_draft, draft)


class EditorScreen(Screen[Outcome]):
    """Gives the new program back; or the text that was not assembled, or nothing."""

    BINDINGS = bindings(Scope.EDITOR)

    DEFAULT_CSS = """
    EditorScreen #problem { height: auto; max-height: 8; display: none; border-top: heavy $error; }
    EditorScreen #problem.-on { display: block; }
    """

    def __init__(
        self,
        original: Draft,
        *,
        draft: str | None = None,
        line: int = 1,
        problem: WasmlabError | None = None,
        replay: Make | None = None,
    ) -> None:
        """Edit original; draft is what was made of its text so far.

        replay makes a program of a text with the input of the one that runs, if one does.
        """
        super().__init__()
        self.original = original
        self.draft = draft
        self.line = line
        self.problem = problem
        self.replay = replay
        path = original.path
        self.path = path if path is not None and path.suffix == ".wat" else None

    def compose(self) -> ComposeResult:
        """Lay out the text over what is wrong with it."""
        yield WatArea(self.original.text if self.draft is None else self.draft, id="text")
        yield LinePane(id="problem", title="")
        yield KeyBar(Scope.EDITOR)

    def on_mount(self) -> None:
        """Put the cursor where it was in the lab."""
        area = self.query_one(WatArea)
        set_title(area, f"Edit {self.original.title}")
        area.focus()
        area.move_cursor((self.line - 1, 0), center=True)
        self.query_one("#problem").can_focus = False
        if self.problem is not None:
            self._show_problem(self.problem)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so if work failed through a defect."""
        if message := defect(event):
            self.notify(message, severity="error")

    def action_assemble(self) -> None:
        """Assemble the text and go back to the lab with it."""
        self._make(_opened)

    def action_replay(self) -> None:
        """Assemble the text and run it with the recorded input."""
        if self.replay is None:
            self.notify("Nothing was recorded yet: ctrl+s runs the text.")
        else:
            self._make(self.replay)

    def _make(self, make: Make) -> None:
        self.run_worker(self._assemble(make), exclusive=True, exit_on_error=False)

    async def _assemble(self, make: Make) -> None:
        text = self.query_one(WatArea).text
        draft = replace(self.original, text=text, path=self.path)
        try:
            self._save(draft)
            program = await make(draft)
        except WasmlabError as error:
            self._show_problem(error)
        else:
            self.dismiss(program)

    @staticmethod
    def _save(draft: Draft) -> None:
        if draft.path is None:
            return
        try:
            draft.path.write_text(draft.text, "utf-8")
        except OSError as error:
            raise WasmlabError(
                f"the text could not be saved: {error.strerror}", place=str(draft.path)
            ) from error

    def _show_problem(self, error: WasmlabError) -> None:
        pane, area = self.query_one("#problem", LinePane), self.query_one(WatArea)
        at = ProblemAt(None, 0)
        if isinstance(error, (AssembleError, Invalid)) and error.line:
            at = ProblemAt(error.line, error.column)
        area.mark(at.line)
        if at.line is not None:
            area.move_cursor((at.line - 1, max(at.column - 1, 0)), center=True)
        pane.set_title("Not a program yet")
        pane.set_lines(problem_lines(error, at))
        pane.set_class(True, "-on")  # noqa: FBT003 - Textual's signature

    def action_save_as(self) -> None:
        """Ask for a file and write the text to it."""
        value = str(self.path or self.original.title)
        ask(self, PromptScreen("Write the text to which file?", value=value), self._save_as)

    def _save_as(self, name: str | None) -> None:
        if not name:
            return
        draft = replace(self.original, text=self.query_one(WatArea).text, path=Path(name))
        try:
            self._save(draft)
        except WasmlabError as error:
            self.notify(str(error), severity="error")
        else:
            self.path = draft.path
            self.notify(f"Written to {name}.")

    def action_leave(self) -> None:
        """Back to the lab with the program as it was; the text is kept if it was changed."""
        text = self.query_one(WatArea).text
        self.dismiss(None if text == self.original.text else text)
