"""The editor: the program's text, assembled on demand, errors at their line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen

from wasmlab.errors import AssembleError, Invalid, WasmlabError
from wasmlab.escape import cut_in_middle
from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.dialogues.ask import defect
from wasmlab_tui.edited import keep_unsaved, set_text
from wasmlab_tui.panes.keybar import KeyBar
from wasmlab_tui.panes.line_pane import LONGEST_NAME, LinePane, set_title
from wasmlab_tui.panes.wat_area import WatArea
from wasmlab_tui.program import Draft, OpenProgram, open_draft
from wasmlab_tui.render.problem import ProblemAt, problem_lines
from wasmlab_tui.unsaved import Saving

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widgets import TextArea
    from textual.worker import Worker

    from wasmlab_tui.edited import EditedText


PAUSE = 1.0
"""Seconds between two times that a text is kept while it is typed."""

Make = Callable[[Draft], Awaitable[OpenProgram]]
"""Makes a program of a text, beside the interface; raises AssembleError, or WasmlabError."""


async def _opened(draft: Draft) -> OpenProgram:
    return await asyncio.to_thread(open_draft, draft)


class EditorScreen(Screen[OpenProgram]):
    """Gives the new program back, or nothing; what was typed is in the text that it was given."""

    BINDINGS = bindings(Scope.EDITOR)

    DEFAULT_CSS = """
    EditorScreen #problem { height: auto; max-height: 8; display: none; border-top: heavy $error; }
    EditorScreen #problem.-on { display: block; }
    """

    def __init__(
        self,
        edited: EditedText,
        *,
        line: int = 1,
        problem: WasmlabError | None = None,
        replay: Make | None = None,
        settle: Callable[[Callable[[], object]], object] = lambda then: then(),
    ) -> None:
        """Edit a text.

        replay makes a program of a text with the input of the one that runs, if one does; settle
        asks about what would be lost with that one, and calls what it is given if it may be.
        """
        super().__init__()
        self.edited = edited
        self.line = line
        self.problem = problem
        self.replay = replay
        self.settle = settle
        self._pause: Timer | None = None
        """Runs while the text is not to be kept anew."""
        self._is_kept = True

    def compose(self) -> ComposeResult:
        """Lay out the text over what is wrong with it."""
        yield WatArea(self.edited.draft.text, id="text")
        yield LinePane(id="problem", title="")
        yield KeyBar(Scope.EDITOR)

    def on_mount(self) -> None:
        """Put the cursor where it was in the lab."""
        area = self.query_one(WatArea)
        self._show_title()
        area.focus()
        area.move_cursor((self.line - 1, 0), center=True)
        self.query_one("#problem").can_focus = False
        if self.problem is not None:
            self._show_problem(self.problem)

    def on_unmount(self) -> None:
        """Keep what was typed last."""
        if not self._is_kept:
            keep_unsaved(self.edited)

    @property
    def unsaved(self) -> EditedText | None:
        """The text, if it would be lost."""
        self._take_text()
        return self.edited if self.edited.is_unsaved else None

    def on_text_area_changed(self, _event: TextArea.Changed) -> None:
        """Follow what is typed."""
        self._take_text()

    def _take_text(self) -> None:
        if not self.is_mounted:
            return
        text = self.query_one(WatArea).text
        if text != self.edited.draft.text:
            set_text(self.edited, text)
            self._is_kept = False
            if self._pause is None:
                self._keep()
            self._show_title()

    def _keep(self) -> None:
        """Have the text on disk; what is typed soon after waits for the next time."""
        self._pause = None
        if not self._is_kept:
            keep_unsaved(self.edited)
            self._is_kept = True
            self._pause = self.set_timer(PAUSE, self._keep)

    def _show_title(self) -> None:
        name = cut_in_middle(self.edited.draft.title, LONGEST_NAME, "…")
        set_title(self.query_one(WatArea), f"Edit {name}{self.edited.marks}")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so if work failed through a defect."""
        if message := defect(event):
            self.notify(message, severity="error")

    def action_assemble(self) -> None:
        """Assemble the text and go back to the lab with it."""
        self._once_typed(lambda: self._make(_opened))

    def action_replay(self) -> None:
        """Assemble the text and run it with the recorded input."""
        replay = self.replay
        if replay is None:
            self.notify("Nothing was recorded yet: ctrl+s runs the text.")
        else:
            self._once_typed(lambda: self._make(replay))

    def _once_typed(self, then: Callable[[], None]) -> None:
        """Do something after the keys before it: keys that are bound here overtake typed ones."""

        def typed() -> None:
            if self.is_current:
                self._take_text()
                then()

        self.query_one(WatArea).call_later(self.call_later, typed)

    def _make(self, make: Make) -> None:
        Saving(self, self.edited, lambda: self._begin(make), self._not_saved).save_or_try()

    def _begin(self, make: Make) -> None:
        self._show_title()
        work = self._assemble(make, self.edited.draft)
        self.run_worker(work, exclusive=True, exit_on_error=False)

    async def _assemble(self, make: Make, draft: Draft) -> None:
        try:
            program = await make(draft)
        except WasmlabError as error:
            self._show_problem(error)
        else:
            if self.is_current:
                self.settle(partial(self._take, program, draft))

    def _take(self, program: OpenProgram, draft: Draft) -> None:
        self.edited.applied = draft.text
        self._leave(program)

    def _not_saved(self, error: WasmlabError | None) -> None:
        if error is not None:
            self._show_problem(error)

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
        saving = Saving(self, self.edited, self._saved, self._not_saved)
        self._once_typed(saving.save_as)

    def _saved(self) -> None:
        self._show_title()
        self.notify(f"Written to {self.edited.draft.path}.")

    def action_leave(self) -> None:
        """Back to the lab with the program as it was; the text stays as it is."""
        self._once_typed(lambda: self._leave(None))

    def _leave(self, program: OpenProgram | None) -> None:
        self._take_text()
        self.dismiss(program)
