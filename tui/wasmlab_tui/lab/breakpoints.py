"""Keys that set breakpoints and watchpoints, and change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.arguments import condition_and_hits
from wasmlab_tui.dialogues.prompt import PromptScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.views.model import Breakpoint, Watchpoint
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.selection import Selection


class BreakpointKeys:
    """Changes where the program stops."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher, selection: Selection) -> None:
        self.desk, self.dispatcher, self.selection = desk, dispatcher, selection

    def toggle(self) -> None:
        """Set a breakpoint at the cursor, or remove the one that is there."""
        found = self.selection.breakpoint_at_cursor()
        if found is None:
            self.selection.with_instruction(self._break_at)
        else:
            self.remove(found)

    def _break_at(self, offset: int) -> None:
        self.dispatcher.change_breakpoints(lambda: self.desk.session.break_at(offset))

    def condition(self) -> None:
        """Ask for a condition and set a breakpoint with it."""
        found = self.selection.breakpoint_at_cursor()
        if found is None:
            self.selection.with_instruction(self._break_at_if)
        else:
            self.amend(found)

    def _break_at_if(self, offset: int) -> None:
        self._ask_for_condition(
            "Stop here if:",
            "",
            lambda condition, hits: self.desk.session.break_at(offset, condition, hits),
        )

    def amend(self, found: Breakpoint) -> None:
        """Ask for another condition of a breakpoint."""
        number, hits = found.number, f" hits {found.hits}" if found.hits > 1 else ""
        self._ask_for_condition(
            f"Breakpoint {number} at {found.location} stops if:",
            f"{found.condition}{hits}".strip(),
            lambda condition, hits: self.desk.session.amend_breakpoint(number, condition, hits),
        )

    def _ask_for_condition(
        self, question: str, value: str, take: Callable[[str, int], object]
    ) -> None:
        async def check(text: str) -> str:
            condition, hits = condition_and_hits(text)
            return await self.dispatcher.attempt(lambda: take(condition, hits))

        hint = "For instance $n > 3, or hits 2 (from the second time on). Empty: always."
        prompt = PromptScreen(question, hint=hint, value=value, check=check)
        self.desk.ask(prompt, lambda _: self.desk.show_breakpoints())

    def switch(self, found: Breakpoint | Watchpoint) -> None:
        """Switch a breakpoint on or off."""
        self.dispatcher.change_breakpoints(
            lambda: self.desk.session.enable_breakpoint(found.number, on=not found.enabled)
        )

    def remove(self, found: Breakpoint | Watchpoint) -> None:
        """Remove a breakpoint."""
        self.dispatcher.change_breakpoints(
            lambda: self.desk.session.remove_breakpoint(found.number)
        )

    def watch(self) -> None:
        """Ask for something and stop wherever it is written."""
        value = self.selection.value()
        if not self.selection.is_reachable(value):
            return
        if value.startswith("0x"):
            value = f"i32[{value}]"
        hint = "memory[0x10:0x14], i32[0x10], global 0 or $variable."
        prompt = PromptScreen("Stop where what is written?", hint=hint, value=value)
        self.desk.ask(prompt, self._watch)

    def _watch(self, what: str | None) -> None:
        if what:
            self.dispatcher.change_breakpoints(lambda: self.desk.session.watch(what))
