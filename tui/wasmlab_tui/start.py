"""The start screen: samples, recent files, templates, and a tour of one minute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from wasmlab import samples
from wasmlab.errors import WasmlabError
from wasmlab.escape import escaped
from wasmlab.opening.inputs import MODULE_FILE, RECORDING_FILE
from wasmlab.records import dataclass
from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.dialogues.ask import ask
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.opening import (
    Opening,
    OpenRequested,
    open_kept,
    open_path,
    open_sample,
    open_template,
)
from wasmlab_tui.panes.keybar import KeyBar
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.program import origin_of
from wasmlab_tui.render.preview import preview_lines
from wasmlab_tui.state.drafts import kept_texts
from wasmlab_tui.state.recent import recent_files, told_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult

    from wasmlab.samples import Sample


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the list; ``opening`` is what it does, None for a heading."""

    text: str
    about: str = ""
    path: Path | None = None
    """The file to preview."""
    opening: Opening | None = None
    preview: str = ""
    """What to preview in place of a file."""


class StartScreen(Screen[None]):
    """A list of programs beside what they are."""

    BINDINGS = bindings(Scope.START)

    DEFAULT_CSS = """
    StartScreen #name { padding: 1 2 0 2; text-style: bold; color: $foreground; }
    StartScreen #slogan { padding: 0 2 1 2; color: $text-muted; }
    StartScreen #choices {
        width: 34; height: 1fr; padding: 0 1;
        border: none; background: $background; text-wrap: nowrap; text-overflow: ellipsis;
    }
    StartScreen #choices:focus { border: none; background: $background; background-tint: 0%; }
    StartScreen #choices > .option-list--option-disabled { color: $text-muted; }
    StartScreen #choices > .option-list--option-highlighted {
        color: $background; background: $foreground; text-style: none;
    }
    StartScreen #about { width: 1fr; height: 1fr; margin: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.choices = tuple(_choices())
        self._named = ""
        """The file that was asked for last: it may have been none that can be opened."""

    def compose(self) -> ComposeResult:
        """Lay out the list beside the preview."""
        yield Label(Content("wasmlab"), id="name")
        yield Label(Content("See WebAssembly run, one instruction at a time."), id="slogan")
        with Horizontal():
            yield OptionList(*(_option(c) for c in self.choices), id="choices", compact=True)
            yield LinePane(id="about", title="About")
        yield KeyBar(Scope.START, Scope.APP)

    def on_mount(self) -> None:
        """Begin at the first choice."""
        self.query_one("#about").can_focus = False
        choices = self.query_one(OptionList)
        choices.focus()
        choices.action_first()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show what the choice under the cursor is."""
        choice = self.choices[event.option_index]
        about = self.query_one("#about", LinePane)
        about.set_title(choice.text)
        text = choice.preview or _head(choice.path)
        about.set_lines(preview_lines(choice.about, text, about.size.width - 2))
        about.scroll_home(animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what was chosen."""
        opening = self.choices[event.option_index].opening
        if opening is not None:
            self.post_message(OpenRequested(opening))

    def action_choose_file(self) -> None:
        """Ask for a file and open it."""
        ask(
            self,
            PromptScreen(
                "Open which file?",
                hint=f"{MODULE_FILE}, or {RECORDING_FILE}".capitalize(),
                value=self._named,
                check=_missing,
            ),
            self._open,
        )

    def _open(self, name: str | None) -> None:
        if name:
            self._named = name
            self.post_message(OpenRequested(open_path(Path(name).expanduser())))


def _kept(known: Sequence[tuple[Sample, Opening]]) -> Iterator[Choice]:
    """Yield the texts that were edited and not saved."""
    openings = {origin_of(sample.path): opening for sample, opening in known}
    texts = kept_texts()
    if texts:
        yield Choice("Text that is not saved")
    for kept in texts:
        path = Path(kept.origin)
        opening = openings.get(kept.origin)
        if opening is None:
            opening = open_path(path) if path.is_file() else open_kept(kept)
        about = f"Edited and not saved: {kept.origin}"
        yield Choice(kept.title, about, opening=opening, preview=kept.text)


def _choices() -> Iterator[Choice]:
    try:
        catalogue, templates = samples.catalogue(), samples.templates()
    except WasmlabError as error:
        catalogue, templates = (), ()
        yield Choice(str(error))
    known = [(sample, open_sample(sample)) for sample in catalogue]
    yield from _kept([*known, *((sample, open_template(sample)) for sample in templates)])
    if catalogue:
        yield Choice("Start here")
        yield Choice(
            "One-minute tour",
            "Learn the keys by stepping through hello world.",
            catalogue[0].path,
            open_sample(catalogue[0], tour=True),
        )
    if recent := recent_files():
        yield Choice("Recent files")
    for path, title in zip(recent, told_apart(recent), strict=True):
        yield Choice(title, str(path), path, open_path(path))
    if catalogue:
        yield Choice("Samples")
    for sample in catalogue:
        yield Choice(sample.title, sample.shows, sample.source, open_sample(sample))
    if templates:
        yield Choice("New from template")
    for sample in templates:
        yield Choice(sample.title, sample.shows, sample.path, open_template(sample))


def _option(choice: Choice) -> Option:
    text = escaped(choice.text)
    if choice.opening is None:
        return Option(Content(text).stylize("bold underline"), disabled=True)
    return Option(Content(f"  {text}"))


def _head(path: Path | None) -> str:
    """Return the beginning of a text file; nothing of a binary one."""
    if path is None:
        return ""
    try:
        with path.open("rb") as file:
            data = file.read(20_000)
    except OSError:
        return ""
    return "" if b"\0" in data else data.decode("utf-8", "replace")


def _missing(name: str) -> str:
    return "" if not name or Path(name).expanduser().is_file() else f"There is no file {name}."
