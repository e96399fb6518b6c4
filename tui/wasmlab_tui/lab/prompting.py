"""Questions for a line whose answer is tried while the line is there: a wrong one can be edited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from wasmlab.errors import WasmlabError
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.lab.desk import RUNNING

if TYPE_CHECKING:
    from wasmlab_tui.lab.dispatcher import Dispatcher

Then = Callable[[], object]
"""What is done once a dialogue is closed."""
Take = Callable[[str], Awaitable[Then]]
"""Does what a line says; raises WasmlabError, which says what is wrong with it."""


def done() -> None:
    """Do nothing more."""


def ask_line(
    dispatcher: Dispatcher,
    question: str,
    take: Take,
    *,
    hint: str = "",
    value: str = "",
) -> None:
    """Ask for a line and take it; what is wrong with it is said there, and the line stays.

    esc, and an empty line, leave all as it is.
    """
    desk = dispatcher.desk
    if dispatcher.bridge.running:
        desk.say(RUNNING)
        return
    then: list[Then] = []

    async def check(line: str) -> str:
        try:
            then[:] = [await take(line)] if line else []
        except WasmlabError as error:
            return str(error)
        return ""

    def answered(line: str | None) -> None:
        if line is not None:
            for step in then:
                step()

    desk.ask(PromptScreen(question, hint=hint, value=value, check=check), answered)


def take_line(dispatcher: Dispatcher, line: str, take: Take) -> None:
    """Take a line that need not be asked for."""
    desk = dispatcher.desk
    if dispatcher.bridge.running:
        desk.say(RUNNING)
        return

    async def taken() -> None:
        try:
            then = await take(line)
        except WasmlabError as error:
            desk.complain(error)
        else:
            then()

    desk.work(taken(), "session", exclusive=False)
