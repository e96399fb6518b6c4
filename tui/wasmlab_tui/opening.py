"""Ways to open a program, to be carried out beside the interface."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab.engine.grants import INTERACTIVE, Grants
from wasmlab.errors import AssembleError, Invalid, Malformed, WasmlabError
from wasmlab.opening.inputs import FORMATS, TEXT
from wasmlab.records import dataclass
from wasmlab_tui import program
from wasmlab_tui.edited import text_of
from wasmlab_tui.program import Draft, OpenProgram, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.samples import Sample
    from wasmlab_tui.state.drafts import KeptText


@dataclass(frozen=True, slots=True)
class Opening:
    """How to make a program."""

    make: Callable[[], OpenProgram]
    wrong_text: Callable[[WasmlabError], Draft | None] = lambda _: None
    """Returns the text to be edited after an error of ``make``; None if there is none."""
    tour: bool = False
    title: str = "the program"
    """What is opened."""


class OpenRequested(Message):
    """A program is to be shown."""

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self.opening = opening


def open_path(path: Path, grants: Grants = INTERACTIVE) -> Opening:
    """Return how to open a file of the user's."""
    if any(form.magic and form.suffix == path.suffix for form in FORMATS):
        return Opening(lambda: program.open_file(path, grants), title=path.name)
    return Opening(
        lambda: program.open_file(path, grants),
        lambda error: _wrong_text(error, path, grants),
        title=path.name,
    )


def open_sample(sample: Sample, *, tour: bool = False) -> Opening:
    """Return how to open a sample."""
    return Opening(lambda: program.open_sample(sample), tour=tour, title=sample.path.name)


def open_template(sample: Sample) -> Opening:
    """Return how to begin a new program with a template's text."""
    title = f"new {sample.path.name}"
    origin = origin_of(sample.path)
    return Opening(lambda: program.open_draft(Draft(title, _text(sample.path), origin=origin)))


def open_kept(kept: KeptText) -> Opening:
    """Return how to open a text that was kept of a file that is gone."""
    path = Path(kept.origin)
    draft = Draft(kept.title, kept.text, path if path.is_absolute() else None, origin=kept.origin)
    return Opening(lambda: program.open_draft(draft), lambda _: draft)


def is_wrong_text(error: WasmlabError, path: Path) -> bool:
    """Return whether a file that was refused is a text all the same, to be edited."""
    if not isinstance(error, (AssembleError, Invalid)):
        return isinstance(error, Malformed) and path.suffix == TEXT.suffix and _is_text(path)
    return _is_text(path)


def _is_text(path: Path) -> bool:
    try:
        _text(path)
    except WasmlabError:
        return False
    return True


def _wrong_text(error: WasmlabError, path: Path, grants: Grants) -> Draft | None:
    if not is_wrong_text(error, path):
        return None
    return Draft(path.name, _text(path), path, grants, origin_of(path))


def _text(path: Path) -> str:
    """Return the text in a file, in whatever encoding; raises WasmlabError if there is none."""
    try:
        text = text_of(path.read_bytes())
    except OSError as error:
        raise WasmlabError("the file cannot be read as text", place=str(path)) from error
    if "\0" in text:
        raise WasmlabError("the file is no text", place=str(path))
    return text
