"""Ways to open a program, to be carried out beside the interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab.engine.grants import INTERACTIVE, Grants
from wasmlab.errors import WasmlabError
from wasmlab.opening.inputs import FORMATS
from wasmlab_tui import program
from wasmlab_tui.program import Draft, OpenProgram

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wasmlab.samples import Sample


@dataclass(frozen=True, slots=True)
class Opening:
    """How to make a program; ``draft`` gives its text, to be edited if it is not a module."""

    make: Callable[[], OpenProgram]
    draft: Callable[[], Draft] | None = None
    tour: bool = False


class OpenRequested(Message):
    """A program is to be shown."""

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self.opening = opening


def open_path(path: Path, grants: Grants = INTERACTIVE) -> Opening:
    """Return how to open a file of the user's."""
    if any(form.magic and form.suffix == path.suffix for form in FORMATS):
        return Opening(lambda: program.open_file(path, grants))
    return Opening(
        lambda: program.open_file(path, grants),
        lambda: Draft(path.name, _text(path), path, grants),
    )


def open_sample(sample: Sample, *, tour: bool = False) -> Opening:
    """Return how to open a sample."""
    return Opening(lambda: program.open_sample(sample), tour=tour)


def open_template(sample: Sample) -> Opening:
    """Return how to begin a new program with a template's text."""
    title = f"new {sample.path.name}"
    return Opening(lambda: program.open_draft(Draft(title, _text(sample.path))))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WasmlabError("the file cannot be read as text", place=str(path)) from error
