"""Questions that a key answers: the answers are rows of the table of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from wasmlab.escape import escaped
from wasmlab_tui.actions import Scope, actions_of, key_names
from wasmlab_tui.bindings import bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult


class QuestionScreen(ModalScreen[str]):
    """Gives the word of the answer that was chosen, by its key or in the list; "" for none."""

    scope: ClassVar[Scope]
    """Whose actions are the answers."""

    DEFAULT_CSS = """
    QuestionScreen { align: center middle; }
    QuestionScreen #box {
        width: 76; max-width: 94%; height: auto; max-height: 90%; padding: 0 1;
        border: round $primary; background: $background;
    }
    QuestionScreen Label { width: 1fr; height: auto; }
    QuestionScreen OptionList { height: auto; padding: 0; background: $background; }
    QuestionScreen OptionList, QuestionScreen OptionList:focus { border: none; }
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question = question
        self.actions = actions_of(self.scope)

    def compose(self) -> ComposeResult:
        """Lay out the question over its answers."""
        with Vertical(id="box"):
            yield Label(Content(escaped(self.question, "\n")), id="question")
            yield OptionList(
                *(
                    Option(Content(f"{key_names(action):<5}{action.label}: {action.doc}"))
                    for action in self.actions
                ),
                compact=True,
            )

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do what the key of the answer does."""
        await self.run_action(self.actions[event.option_index].command)

    def action_answer(self, word: str) -> None:
        """Give the answer."""
        self.dismiss(word)


class UnsavedScreen(QuestionScreen):
    """Whether to save a text before it would be lost: ``save``, ``discard``, or to stay."""

    BINDINGS = bindings(Scope.UNSAVED)
    scope = Scope.UNSAVED


class RebuiltScreen(QuestionScreen):
    """Whether to run what a file holds now: ``reload``, ``replay``, ``old``, or to stay."""

    BINDINGS = bindings(Scope.REBUILT)
    scope = Scope.REBUILT


class KeptScreen(QuestionScreen):
    """Whether to go on with a text of an earlier visit: ``edit``, ``discard``, or later."""

    BINDINGS = bindings(Scope.KEPT)
    scope = Scope.KEPT


class RecordingScreen(QuestionScreen):
    """Whether to save a recording before it would be lost: ``save``, ``discard``, or to stay."""

    BINDINGS = bindings(Scope.RECORDING)
    scope = Scope.RECORDING
