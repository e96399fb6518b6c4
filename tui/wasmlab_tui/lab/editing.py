"""Changing values by hand, and the branches that come of it: the part of the lab that edits."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wasmlab.errors import DebugError, WasmlabError
from wasmlab_tui.arguments import cell_change
from wasmlab_tui.dialogues.ask import ask
from wasmlab_tui.dialogues.branches import BranchesScreen
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.lab.browsing import BrowsingScreen
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.render.branches import began_text, branch_lines
from wasmlab_tui.render.readings import NUMBERS, object_readings, value_readings
from wasmlab_tui.render.variables import value_name

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Value
    from wasmlab.debug.whatif.branches import Branch
    from wasmlab.runtime.values import PyValue


class ChangingScreen(BrowsingScreen):
    """Changes what is selected, and goes from one future to another."""

    def action_change(self) -> None:
        """Ask for another value of what is selected."""
        if self.bridge.busy:
            self.notify("The program is running: p stops it.")
        elif isinstance(self.focused, MemoryPane):
            self._ask_for_cell(self.focused)
        elif isinstance(self.focused, ValuesPane) and self.focused.selected():
            self._ask_for_value_of(self.focused.selected())
        else:
            self._ask_for_anything()

    def _ask_for_cell(self, pane: MemoryPane) -> None:
        address, memory = pane.address, pane.memory
        data = pane.bytes_at_cursor(1)

        async def check(text: str) -> str:
            try:
                what, value = cell_change(text, address, memory)
            except WasmlabError as error:
                return str(error)
            return await self._set(what, value)

        hint = 'A byte; or with a type: i32 -5, f64 0.5, 0x48 65, "text".'
        question = f"Change memory at 0x{address:x} to:"
        self._change(
            PromptScreen(question, hint=hint, value=str(data[0] if data else 0), check=check)
        )

    def _ask_for_value_of(self, what: str) -> None:
        if not self.reachable(what):
            return
        now, what = self.value_of(what, self.frame), self.of_frame(what)
        question = f"Change {what}{f' ({now.type})' if now else ''} to:"
        text = now.text if now else ""

        async def check(text: str) -> str:
            return await self._set(what, text)

        self._change(PromptScreen(question, value=text, check=check))

    def _ask_for_anything(self) -> None:
        async def check(text: str) -> str:
            what, equals, value = text.partition("=")
            return await self._set(what.strip(), value.strip()) if equals else "= is missing"

        hint = "For instance $n = 7, global 0 = 1, stack[0] = 3, i32[0x10] = 5."
        value = f"{self.selected_value()} = "
        self._change(PromptScreen("Change what to what?", hint=hint, value=value, check=check))

    def value_of(self, what: str, frame: int = 0) -> Value | None:
        """Return an operand, or a variable of a frame, by the name that commands have for it."""
        if what.startswith("stack["):
            slots = self.session.stack_rows(int(what[6:-1]), 1, frame)
            return slots[0].value if slots else None
        variables = (*self.session.locals(frame), *self.session.globals)
        return next((v.value for v in variables if value_name(v) == what), None)

    async def _set(self, what: str, value: PyValue) -> str:
        """Change a value; return what is wrong, or nothing."""
        return await self.attempt(lambda: self.session.set(what, value))

    def _change(self, prompt: PromptScreen) -> None:
        before = self._current()

        def changed(answer: str | None) -> None:
            now = self._current()
            if answer is not None and now.number != before.number:
                self.notify(began_text(now))

        ask(self, prompt, changed)

    def _current(self) -> Branch:
        return next(branch for branch in self.session.branches if branch.current)

    def action_branches(self) -> None:
        """Show the futures that there are, and go to the end of one."""
        if self.bridge.busy:
            self.notify("The program is running: p stops it.")
            return
        found = self.session.branches
        if len(found) == 1:
            self.notify("There is one history so far: e changes a value and begins a branch.")
            return
        screen = BranchesScreen("Branches", branch_lines(found))

        def chosen(number: int | None) -> None:
            if number is not None:
                take = self._compare if screen.compares else self._go_to_branch
                take(found[number].number)

        ask(self, screen, chosen)

    def _go_to_branch(self, number: int) -> None:
        self.send(lambda: self.session.switch(number))

    def _compare(self, number: int) -> None:
        present = self._current().number
        if number == present:
            self.notify("This is the present branch: choose another one.")
            return
        self.send(
            lambda: self.session.compare(present, number),
            lambda found: self.say(str(found).split("\n")),
        )

    def action_value_read(self) -> None:
        """Say what the value under the cursor is in every base, or what is behind it."""
        value = self._value_at_cursor()
        if value is None:
            return
        lines = value_readings(value)
        if value.type not in NUMBERS:
            with suppress(DebugError):  # null, a function or a number: nothing is behind it
                lines += object_readings(self.session.object(value.bits))
        self.notify("\n".join(lines), timeout=20)

    def action_value_follow(self) -> None:
        """Go to the address that the value under the cursor is."""
        value = self._value_at_cursor()
        if value is not None and value.type in {"i32", "i64"}:
            self.show_address(value.bits)

    def _value_at_cursor(self) -> Value | None:
        pane = self.focused
        if self.bridge.busy or not isinstance(pane, ValuesPane):
            return None
        return self.value_of(pane.selected(), self.frame)
