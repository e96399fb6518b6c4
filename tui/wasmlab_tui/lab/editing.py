"""The key that changes what is selected: an operand, a variable, memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.values import NOT_IN_MEMORY
from wasmlab.errors import WasmlabError
from wasmlab_tui.lab.desk import at_rest
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.render.branches import began_text, current_branch

if TYPE_CHECKING:
    from wasmlab.runtime.values import PyValue
    from wasmlab_tui.dialogues.prompt import PromptScreen
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.selection import Selection


class EditingKeys:
    """Changes values by hand; in the past that begins a branch."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher, selection: Selection) -> None:
        self.desk, self.dispatcher, self.selection = desk, dispatcher, selection

    @at_rest
    def change(self) -> None:
        """Ask for another value of what is selected."""
        pane = self.desk.focused_pane
        if isinstance(pane, MemoryPane):
            self._ask_for_cell(pane)
        elif isinstance(pane, ValuesPane) and pane.selected():
            self._ask_for_value_of(pane.selected())
        else:
            self._ask_for_anything()

    def _ask_for_cell(self, pane: MemoryPane) -> None:
        from wasmlab_tui.arguments import cell_change
        from wasmlab_tui.dialogues.prompt import PromptScreen

        address, memory = pane.address, pane.memory
        data = pane.bytes_at_cursor(1)
        if not data:
            self.desk.say(f"0x{address:x} is {NOT_IN_MEMORY}.")
            return

        async def check(text: str) -> str:
            try:
                what, value = cell_change(text, address, memory)
            except WasmlabError as error:
                return str(error)
            return await self._set(what, value)

        hint = 'A byte; or with a type: i32 -5, f64 0.5, 0x48 65, "text".'
        question = f"Change memory at 0x{address:x} to:"
        self._ask(PromptScreen(question, hint=hint, value=str(data[0]), check=check))

    def _ask_for_value_of(self, what: str) -> None:
        from wasmlab_tui.dialogues.prompt import PromptScreen

        now = self.selection.value_of(what)
        question = f"Change {what}{f' ({now.type})' if now else ''} to:"

        async def check(text: str) -> str:
            return await self._set(what, text)

        self._ask(PromptScreen(question, value=now.text if now else "", check=check))

    def _ask_for_anything(self) -> None:
        from wasmlab_tui.dialogues.prompt import PromptScreen

        async def check(text: str) -> str:
            what, equals, value = text.partition("=")
            return await self._set(what.strip(), value.strip()) if equals else "= is missing"

        hint = "For instance $n = 7, global 0 = 1, stack[0] = 3, i32[0x10] = 5."
        value = f"{self.selection.value()} = "
        self._ask(PromptScreen("Change what to what?", hint=hint, value=value, check=check))

    async def _set(self, what: str, value: PyValue) -> str:
        """Change a value; return what is wrong, or nothing."""
        return await self.dispatcher.attempt(lambda: self.desk.session.set(what, value))

    def _ask(self, prompt: PromptScreen) -> None:
        before = current_branch(self.desk.session.branches)

        def changed(answer: str | None) -> None:
            now = current_branch(self.desk.session.branches)
            if answer is not None and now.number != before.number:
                self.desk.say(began_text(now))

        self.desk.ask(prompt, changed)
