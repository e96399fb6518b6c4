"""Keys that set breakpoints and watchpoints, and change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasmlab.debug.views.model import Breakpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Catchpoint, Location, Watchpoint
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.prompting import Then
    from wasmlab_tui.lab.selection import Selection

    StopPoint = Breakpoint | Watchpoint | Catchpoint


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
        self._ask_for_terms(
            f"Stop at {place} if:",
            "",
            lambda terms: self.desk.session.break_at(where, **terms),
        )

    def amend(self, found: StopPoint) -> None:
        """Ask when and how a breakpoint, watchpoint or catchpoint stops."""
        from wasmlab.debug.commands.terms import terms_of

        place = found.location if isinstance(found, Breakpoint) else ""
        at = f" at {place}" if place else ""
        self._ask_for_terms(
            f"{found.number}{at} stops if:",
            terms_of(found),
            lambda terms: self.desk.session.amend_breakpoint(found.number, **terms),
        )

    def _ask_for_terms(
        self, question: str, value: str, take: Callable[[dict[str, Any]], object]
    ) -> None:
        from wasmlab_tui.dialogues.prompt import PromptScreen

        async def check(text: str) -> str:
            return await self.dispatcher.attempt(lambda: take(_terms(text)))

        hint = (
            "For instance $n > 3, hits 2 (from the second time on), once, "
            'log "n={$n}", do print $n; continue. Empty: always.'
        )
        prompt = PromptScreen(question, hint=hint, value=value, check=check)
        self.desk.ask(prompt, lambda _: self.desk.show_breakpoints())

    def log(self) -> None:
        """Ask what to say at the cursor without stopping; say what it would have been before."""
        from wasmlab_tui.lab.prompting import ask_line

        found, where = self.selection.breakpoint_at_cursor(), self.selection.line()
        number = found.number if found is not None and found.log else None
        ask_line(
            self.dispatcher,
            "Say what here, without stopping?",
            lambda text: self._log(where, number, text),
            hint="For instance n={$n}, at {$p:x}, named {$p:s}. The recorded past is told at once.",
            value=found.log if found is not None else "",
        )

    async def _log(self, where: str, number: int | None, text: str) -> Then:
        session = self.desk.session
        lines = await self.dispatcher.answer(lambda: _logged(session, where, number, text))
        return lambda: self.desk.say("\n".join(lines))

    def switch(self, found: StopPoint) -> None:
        """Switch a breakpoint on or off."""
        self.dispatcher.ask(
            lambda: self.desk.session.enable_breakpoint(found.number, on=not found.enabled)
        )

    def remove(self, found: StopPoint) -> None:
        """Remove a breakpoint."""
        self.dispatcher.ask(lambda: self.desk.session.remove_breakpoint(found.number))

    def watch(self) -> None:
        """Ask for something and stop wherever it is written."""
        from wasmlab_tui.lab.prompting import ask_line

        value = self.selection.value()
        if value.startswith("0x"):
            value = f"i32[{value}]"
        hint = "memory[0x10:0x14], i32[0x10], global 0 or $variable; if $n > 3 may follow."
        question = "Stop where what is written?"
        ask_line(self.dispatcher, question, self._watch, hint=hint, value=value)

    async def _watch(self, what: str) -> Then:
        from wasmlab_tui.lab.prompting import done

        await self.dispatcher.answer(lambda: _watched(self.desk.session, what))
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


def _terms(text: str) -> dict[str, Any]:
    from wasmlab.debug.commands.terms import terms_alone

    return terms_alone(text)


def _watched(session: Session, what: str) -> Watchpoint:
    from wasmlab.debug.commands.terms import place_and_terms

    place, terms = place_and_terms(what)
    return session.watch(place, **terms)


def _logged(session: Session, where: str, number: int | None, text: str) -> list[str]:
    """Set a logpoint, or change what it says; return what it would have said before."""
    from wasmlab.debug.commands.table import execute

    if number is None:
        number = session.log_at(where, text).number
    else:
        session.amend_breakpoint(number, log=text)
    past = execute(session, f"logged {number}").lines
    return [f"Logpoint {number}. Over the recorded history:", *past]
