"""Keys that set breakpoints and watchpoints, and change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Breakpoint, Location, Watchpoint
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.prompting import Then
    from wasmlab_tui.lab.selection import Selection


class BreakpointKeys:
    """Changes where the program stops."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher, selection: Selection) -> None:
        self.desk, self.dispatcher, self.selection = desk, dispatcher, selection

    def toggle(self) -> None:
        """Set a breakpoint at the cursor, or remove the one that is there."""
        found, where = self.selection.breakpoint_at_cursor(), self.selection.line()
        if found is not None:
            self.remove(found)
        else:
            self.dispatcher.ask(lambda: _toggled(self.desk.session, where), self._say)

    def _say(self, note: str) -> None:
        if note:
            self.desk.say(note)

    def condition(self) -> None:
        """Ask for a condition and set a breakpoint with it."""
        found, where = self.selection.breakpoint_at_cursor(), self.selection.line()
        if found is not None:
            self.amend(found)
        else:
            session = self.desk.session
            self.dispatcher.ask(
                lambda: _found(session, where), lambda found: self._break_if(where, *found)
            )

    def _break_if(self, where: str, place: Location, found: Breakpoint | None) -> None:
        if found is not None:
            self.amend(found)
            return
        self._ask_for_condition(
            f"Stop at {place} if:",
            "",
            lambda condition, hits: self.desk.session.break_at(where, condition, hits),
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
        from wasmlab_tui.arguments import condition_and_hits
        from wasmlab_tui.dialogues.prompt import PromptScreen

        async def check(text: str) -> str:
            condition, hits = condition_and_hits(text)
            return await self.dispatcher.attempt(lambda: take(condition, hits))

        hint = "For instance $n > 3, or hits 2 (from the second time on). Empty: always."
        prompt = PromptScreen(question, hint=hint, value=value, check=check)
        self.desk.ask(prompt, lambda _: self.desk.show_breakpoints())

    def switch(self, found: Breakpoint | Watchpoint) -> None:
        """Switch a breakpoint on or off."""
        self.dispatcher.ask(
            lambda: self.desk.session.enable_breakpoint(found.number, on=not found.enabled)
        )

    def remove(self, found: Breakpoint | Watchpoint) -> None:
        """Remove a breakpoint."""
        self.dispatcher.ask(lambda: self.desk.session.remove_breakpoint(found.number))

    def watch(self) -> None:
        """Ask for something and stop wherever it is written."""
        from wasmlab_tui.lab.prompting import ask_line

        value = self.selection.value()
        if value.startswith("0x"):
            value = f"i32[{value}]"
        hint = "memory[0x10:0x14], i32[0x10], global 0 or $variable."
        question = "Stop where what is written?"
        ask_line(self.dispatcher, question, self._watch, hint=hint, value=value)

    async def _watch(self, what: str) -> Then:
        from wasmlab_tui.lab.prompting import done

        await self.dispatcher.answer(lambda: self.desk.session.watch(what))
        return done


def _found(session: Session, where: str) -> tuple[Location, Breakpoint | None]:
    """Return the place that is meant, with the breakpoint that is there; NoSuchLocation."""
    place = session.locate(where).locations[0]
    there = (b for b in session.breakpoints if place in b.locations and not b.callee)
    return place, next(there, None)


def _toggled(session: Session, where: str) -> str:
    """Set a breakpoint, or remove the one that is there; return what should be known of it."""
    place, there = _found(session, where)
    if there is None:
        return session.break_at(where).note
    session.remove_breakpoint(there.number)
    return f"Breakpoint {there.number} at {place} removed."
