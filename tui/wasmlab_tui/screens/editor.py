"""The editor: the program's text, assembled on demand, errors at their line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Footer

from wasmlab.debug.symbols import escaped
from wasmlab.errors import AssembleError, WasmlabError
from wasmlab_tui.actions import Scope, bindings
from wasmlab_tui.panes.line_pane import ListPane
from wasmlab_tui.panes.wat_area import WatArea
from wasmlab_tui.program import Draft, Program, open_draft
from wasmlab_tui.render.problem import Place, problem_lines
from wasmlab_tui.screens.prompt import PromptScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult


class EditorScreen(Screen["Program | str | None"]):
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
    ) -> None:
        """Edit original; draft is what was made of its text so far."""
        super().__init__()
        self.original = original
        self.draft = draft
        self.line = line
        self.problem = problem
        path = original.path
        self.path = path if path is not None and path.suffix == ".wat" else None

    def compose(self) -> ComposeResult:
        """Lay out the text over what is wrong with it."""
        yield WatArea(self.original.text if self.draft is None else self.draft, id="text")
        yield ListPane(id="problem", title="")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Put the cursor where it was in the lab."""
        area = self.query_one(WatArea)
        area.border_title = f"Edit {escaped(self.original.title)}"
        area.focus()
        area.move_cursor((self.line - 1, 0), center=True)
        self.query_one("#problem").can_focus = False
        if self.problem is not None:
            self._show_problem(self.problem)

    def action_assemble(self) -> None:
        """Assemble the text and go back to the lab with it."""
        self.run_worker(self._assemble, thread=True, exclusive=True, exit_on_error=False)

    def _assemble(self) -> None:
        text = self.query_one(WatArea).text
        try:
            if self.path is not None:
                self.path.write_text(text, "utf-8")
            program = open_draft(replace(self.original, text=text, path=self.path))
        except WasmlabError as error:
            self.app.call_from_thread(self._show_problem, error)
        except OSError as error:
            wrong = WasmlabError(f"the text could not be saved: {error.strerror}")
            self.app.call_from_thread(self._show_problem, wrong)
        else:
            self.app.call_from_thread(self.dismiss, program)

    def _show_problem(self, error: WasmlabError) -> None:
        pane, area = self.query_one("#problem", ListPane), self.query_one(WatArea)
        place = Place(None, 0)
        if isinstance(error, AssembleError) and error.line:
            place = Place(error.line, error.column)
        area.mark(place.line)
        if place.line is not None:
            area.move_cursor((place.line - 1, max(place.column - 1, 0)), center=True)
        pane.border_title = "Not a program yet"
        pane.set_lines(problem_lines(error, place))
        pane.set_class(True, "-on")  # noqa: FBT003 - Textual's signature

    def action_save_as(self) -> None:
        """Ask for a file and write the text to it."""
        value = str(self.path or self.original.title)
        self.app.push_screen(PromptScreen("Write the text to which file?", value=value), self._save)

    def _save(self, name: str | None) -> None:
        if not name:
            return
        path = Path(name).expanduser()
        try:
            path.write_text(self.query_one(WatArea).text, "utf-8")
        except OSError as error:
            self.notify(f"{name}: {error.strerror}", severity="error", markup=False)
        else:
            self.path = path
            self.notify(f"Written to {name}.", markup=False)

    def action_leave(self) -> None:
        """Back to the lab with the program as it was; the text is kept if it was changed."""
        text = self.query_one(WatArea).text
        self.dismiss(None if text == self.original.text else text)
