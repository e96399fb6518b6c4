"""Keys that show expressions at every stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.displays import DisplaysPane

if TYPE_CHECKING:
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.panes import Panes
    from wasmlab_tui.lab.prompting import Then
    from wasmlab_tui.lab.selection import Selection

_HINT = "$n, global 0, i32[$p + 4]; in a format: /x $n, /s $p (text), /4xw $p (numbers in memory)."


class DisplayKeys:
    """Adds what is shown at every stop, changes it and removes it."""

    def __init__(
        self, desk: Desk, dispatcher: Dispatcher, selection: Selection, panes: Panes
    ) -> None:
        self.desk, self.dispatcher, self.selection = desk, dispatcher, selection
        self.panes = panes

    def add(self) -> None:
        """Ask for an expression and show it from now on; on a small screen, its pane too."""
        from wasmlab_tui.lab.prompting import ask_line

        value = self.selection.value() if self.selection.is_value() else ""
        value = f"i32[{value}]" if value.startswith("0x") else value
        question = "Show what at every stop?"
        ask_line(self.dispatcher, question, self._add, hint=_HINT, value=value)

    async def _add(self, text: str) -> Then:
        form, expression = _split(text)
        await self.dispatcher.answer(lambda: self.desk.session.display(expression, form))
        name = self.desk.pane(DisplaysPane).id
        return lambda: name and self.panes.show_tab(name)

    def edit(self) -> None:
        """Ask for another expression in place of the one under the cursor."""
        from wasmlab_tui.lab.prompting import ask_line, done

        chosen = self.desk.pane(DisplaysPane).chosen()
        if chosen is None:
            return
        number = chosen.number

        async def take(text: str) -> Then:
            form, expression = _split(text)
            session = self.desk.session
            await self.dispatcher.answer(lambda: session.redisplay(number, expression, form))
            return done

        value = f"{chosen.form} {chosen.expression}".lstrip()
        question = f"Show what as number {number}?"
        ask_line(self.dispatcher, question, take, hint=_HINT, value=value)

    def remove(self) -> None:
        """Show no more what is under the cursor."""
        chosen = self.desk.pane(DisplaysPane).chosen()
        if chosen is not None:
            self.dispatcher.ask(lambda: self.desk.session.undisplay(chosen.number))


def _split(text: str) -> tuple[str, str]:
    """Return a format and an expression, as ``/x $n`` has them."""
    from wasmlab.debug.views.formats import parse_form

    form, expression = parse_form(text, "display")
    return str(form), expression
