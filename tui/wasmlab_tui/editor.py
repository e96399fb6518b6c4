"""The editor: the program's text, assembled on demand, errors at their line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.screen import Screen

from wasmlab.errors import AssembleError, Invalid, WasmlabError, WouldReplace
from wasmlab.opening.inputs import text_in
from wasmlab.output_file import Replacing, write_output
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


def _lines(text: str) -> list[str]:
    """Return the lines of a text, whatever ends them."""
    return text.split("\n") if "\r" not in text else text.replace("\r\n", "\n").split("\n")


def _only_yes(answer: str) -> str:
    return "" if answer.strip().lower() in {"y", "yes"} else "type y, or press esc"


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
        self.seen = self.path, original.text
        """The file whose text was read or written here last, and that text."""

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
        text = self.query_one(WatArea).text
        draft = replace(self.original, text=text, path=self.path)
        self._save(draft, lambda: self._begin(make, draft))

    def _begin(self, make: Make, draft: Draft) -> None:
        self.run_worker(self._assemble(make, draft), exclusive=True, exit_on_error=False)

    async def _assemble(self, make: Make, draft: Draft) -> None:
        try:
            program = await make(draft)
        except WasmlabError as error:
            self._show_problem(error)
        else:
            self.dismiss(program)

    def _save(self, draft: Draft, then: Callable[[], None], *, force: bool = False) -> None:
        """Write the text to its file, if it has one, and go on; ask before another text is lost."""
        path = draft.path
        if path is None:
            then()
            return
        rule = Replacing(force, seen=partial(self._is_seen, path))
        try:
            write_output(path, draft.text.encode(), rule)
        except WouldReplace:
            self._ask_to_replace(path, lambda: self._save(draft, then, force=True))
        except WasmlabError as error:
            self._show_problem(WasmlabError(f"the text is not saved: {error}"))
        else:
            self.seen = path, draft.text
            then()

    def _is_seen(self, path: Path, content: bytes) -> bool:
        """Return whether content of a file is the text that was read or written here last."""
        seen, text = self.seen
        if seen is None or path.resolve() != seen.resolve():
            return False
        try:
            return _lines(text_in(content, str(path))) == _lines(text)
        except WasmlabError:
            return False

    def _ask_to_replace(self, path: Path, replace_it: Callable[[], None]) -> None:
        known = self.seen[0]
        changed = known is not None and path.resolve() == known.resolve()
        why = "was changed since it was read here" if changed else "is there already"

        def answered(answer: str | None) -> None:
            if answer:
                replace_it()
            else:
                self.notify(f"{path} stays as it is.")

        hint = "y and enter replace it; esc leaves it, and ctrl+o writes to another file."
        prompt = PromptScreen(f"{path} {why}. Replace it?", hint=hint, check=_only_yes)
        ask(self, prompt, answered)

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
        value = str(self.path or Path(self.original.title).with_suffix(".wat"))
        ask(self, PromptScreen("Write the text to which file?", value=value), self._save_as)

    def _save_as(self, name: str | None) -> None:
        if not name:
            return
        draft = replace(self.original, text=self.query_one(WatArea).text, path=Path(name))

        def saved() -> None:
            self.path = draft.path
            self.notify(f"Written to {name}.")

        self._save(draft, saved)

    def action_leave(self) -> None:
        """Back to the lab with the program as it was; the text is kept if it was changed."""
        text = self.query_one(WatArea).text
        self.dismiss(None if text == self.original.text else text)
