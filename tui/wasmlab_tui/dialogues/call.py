"""The dialogue that calls an exported function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from wasmlab.errors import UsageError
from wasmlab.escape import escaped, escaped_name
from wasmlab.records import NamedTuple
from wasmlab_tui.actions import Scope
from wasmlab_tui.arguments import argument_words, parameter_types
from wasmlab_tui.bindings import bindings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult
    from textual.events import Key, Paste


_BEGINNINGS = frozenset("0123456789+-.ni")
"""What a value begins with: numbers, ``nan``, ``inf`` and ``null``."""


class CallRequest(NamedTuple):
    """What was chosen: an export and its arguments, a word each."""

    name: str
    args: list[str]


class CallScreen(ModalScreen[CallRequest]):
    """Lists functions with their types, and asks for the arguments of the chosen one."""

    BINDINGS = bindings(Scope.DIALOGUE)

    DEFAULT_CSS = """
    CallScreen { align: center middle; }
    CallScreen #box {
        width: 76; max-width: 94%; height: auto; max-height: 90%; padding: 0 1;
        border: round $primary; background: $background;
    }
    CallScreen OptionList { height: auto; max-height: 14; padding: 0; background: $background; }
    CallScreen OptionList, CallScreen OptionList:focus { border: none; }
    CallScreen #hint { color: $text-muted; }
    CallScreen #wrong { color: $text-error; text-style: bold; }
    """

    def __init__(
        self, entries: Sequence[tuple[str, str]], attempt: Callable[[CallRequest], Awaitable[str]]
    ) -> None:
        super().__init__()
        self.entries = entries
        self.attempt = attempt
        """Makes the call; returns what is wrong with it, or nothing."""
        self.chosen = 0

    def compose(self) -> ComposeResult:
        """Lay out the list over the input line."""
        names = [escaped_name(name) for name, _ in self.entries]
        width = max(map(len, names), default=0)
        with Vertical(id="box"):
            yield Label(Content("Call which function?"))
            yield OptionList(
                *(
                    Option(Content(f"{name:<{width}}  {signature}"))
                    for name, (_, signature) in zip(names, self.entries, strict=True)
                )
            )
            yield Input(id="arguments", compact=True, select_on_focus=False)
            yield Label(Content("Enter calls it, esc cancels."), id="hint")
            yield Label(Content(""), id="wrong")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what the function under the cursor takes."""
        self.chosen = event.option_index
        types = parameter_types(self.entries[self.chosen][1])
        field = self.query_one(Input)
        field.placeholder = f"arguments: {' '.join(types)}" if types else "no arguments"

    def on_key(self, event: Key) -> None:
        """Take what is typed over the list for the arguments: it is the first of them.

        The key that opened the dialogue, pressed once more, is none.
        """
        if event.character in _BEGINNINGS and self._over_list():
            self._type(event.character)
            event.stop()

    def on_paste(self, event: Paste) -> None:
        """Take what is pasted over the list for the arguments."""
        if self._over_list():
            self._type(event.text)
            event.stop()

    def _over_list(self) -> bool:
        return isinstance(self.focused, OptionList)

    def _type(self, text: str) -> None:
        field = self.query_one(Input)
        field.focus()
        field.insert_text_at_cursor(" ".join(text.split("\n")))

    async def on_option_list_option_selected(self, _event: OptionList.OptionSelected) -> None:
        """Go on to the arguments, or call a function that takes none."""
        if parameter_types(self.entries[self.chosen][1]):
            self.query_one(Input).focus()
        else:
            await self._call("")

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Call the function with these arguments."""
        await self._call(event.value)

    def action_cancel(self) -> None:
        """Close without a call."""
        self.dismiss(None)

    async def _call(self, text: str) -> None:
        name, signature = self.entries[self.chosen]
        try:
            call = CallRequest(name, argument_words(text, parameter_types(signature)))
        except UsageError as error:
            wrong = str(error)
        else:
            wrong = await self.attempt(call)
            if not wrong:
                self.dismiss(call)
        self.query_one("#wrong", Label).update(Content(escaped(wrong)))
