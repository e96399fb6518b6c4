"""What is asked about a recording that took long, before it would be lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wasmlab.opening.inputs import RECORDING
from wasmlab.output_file import Replacing, need_replaceable
from wasmlab_tui.dialogues.prompt import PromptScreen, some_name
from wasmlab_tui.dialogues.question import RecordingScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab_tui.lab.dispatcher import Dispatcher

LONG = 60.0
"""Seconds of running from which on a recording is not given up without a question."""


def is_costly(dispatcher: Dispatcher) -> bool:
    """Return whether what a session that rests has recorded and not saved took long."""
    desk = dispatcher.desk
    return not desk.busy and desk.session.control.recorder.unsaved > LONG


def settle_recording(dispatcher: Dispatcher, then: Callable[[], object]) -> None:
    """Ask what becomes of a recording that took long before something is done that would lose it.

    Calls then once it is saved or given up, at once if it is no such recording.
    """
    if not is_costly(dispatcher):
        then()
        return
    desk = dispatcher.desk

    def named(name: str | None) -> None:
        if name is not None:
            then()

    def answered(word: str | None) -> None:
        if word == "save":
            desk.ask(_name_prompt(dispatcher), named)
        elif word == "discard":
            then()

    title, seconds = desk.program.title, desk.session.control.recorder.unsaved
    took = f"The recording of {title} took {seconds:.0f} s to make and is not saved."
    desk.ask(RecordingScreen(took), answered)


def _name_prompt(dispatcher: Dispatcher) -> PromptScreen:
    session = dispatcher.desk.session

    def save(name: str) -> None:
        path = Path(name).expanduser()
        read, magic = session.files_read, RECORDING.magic
        need_replaceable(path, Replacing(read=read, magic=magic, how="type another name"))
        session.save(path)

    async def check(name: str) -> str:
        return some_name(name) or await dispatcher.attempt(partial(save, name.strip()))

    name = Path(dispatcher.desk.program.title.replace(" ", "-")).with_suffix(RECORDING.suffix).name
    hint = "Enter saves it there, esc goes back."
    return PromptScreen("Save the recording in which file?", value=name, hint=hint, check=check)
