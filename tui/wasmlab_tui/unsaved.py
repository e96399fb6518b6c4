"""What is asked about text that is not saved: for a name, before it is lost, when it is found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wasmlab.errors import WasmlabError, WouldReplace
from wasmlab.output_file import Replacing, write_output
from wasmlab.records import dataclass
from wasmlab_tui.dialogues.ask import ask
from wasmlab_tui.dialogues.prompt import PromptScreen, some_name
from wasmlab_tui.dialogues.question import KeptScreen, UnsavedScreen
from wasmlab_tui.edited import discard, is_as_saved, is_own, note_saved, set_text
from wasmlab_tui.state.drafts import digest, forget_text, kept_text
from wasmlab_tui.state.recent import remember

if TYPE_CHECKING:
    from textual.screen import Screen

    from wasmlab_tui.edited import EditedText

_NAME = "Save the text in which file?"
_NEEDED = "Enter saves it there, esc goes back."
_OPTIONAL = "Enter saves it there, and steps it. Without a name it is stepped, but not saved."


def _only_yes(answer: str) -> str:
    return "" if answer.strip().lower() in {"y", "yes"} else "type y, or press esc"


@dataclass(frozen=True, slots=True)
class Saving:
    """Writes an edited text to a file, and asks for what that needs."""

    asker: Screen[Any]
    edited: EditedText
    then: Callable[[], object]
    """Called once the text is written."""
    otherwise: Callable[[WasmlabError | None], None]
    """Called if it is not: with the error, or with None if the user went back."""

    def save(self) -> None:
        """Write the text to its file; ask for a name if it has none."""
        path = self.edited.draft.path
        if path is None:
            self.save_as()
        else:
            self._save(path)

    def save_or_try(self) -> None:
        """Write the text to its file; if it has none, a name may be given or not, once."""
        if self.edited.draft.path is not None:
            self.save()
        elif self.edited.is_trial or not self.edited.is_unsaved:
            self.then()
        else:
            self._ask_name(_OPTIONAL, lambda _: "")

    def save_as(self) -> None:
        """Ask for a file and write the text to it."""
        self._ask_name(_NEEDED, some_name)

    def _ask_name(self, hint: str, missing: Callable[[str], str]) -> None:
        """Ask for a file; what is wrong with it is said there, ``missing`` of an empty name."""
        others: list[Path] = []

        def check(name: str) -> str:
            path = Path(name.strip()).expanduser()
            try:
                if name.strip():
                    self._write(path)
            except WouldReplace:
                others.append(path)
            except WasmlabError as error:
                return str(error)
            return missing(name)

        def named(name: str | None) -> None:
            if name is None:
                self.otherwise(None)
            elif others:
                self._ask_to_replace(others[-1])
            else:
                self.edited.is_trial = self.edited.is_trial or not name.strip()
                self.then()

        prompt = PromptScreen(_NAME, value=self.edited.file_name, hint=hint, check=check)
        ask(self.asker, prompt, named)

    def _save(self, path: Path, *, force: bool = False) -> None:
        """Write the text; ask before another text is lost."""
        try:
            self._write(path, force=force)
        except WouldReplace:
            self._ask_to_replace(path)
        except WasmlabError as error:
            self.otherwise(error)
        else:
            self.then()

    def _write(self, path: Path, *, force: bool = False) -> None:
        """Write the text to a file; WouldReplace, or WasmlabError if nothing keeps it there."""
        rule = Replacing(force, seen=partial(is_as_saved, self.edited, path))
        try:
            is_file = write_output(path, self.edited.draft.text.encode(), rule)
        except WouldReplace:
            raise
        except WasmlabError as error:
            raise _not_saved(str(error)) from error
        if not is_file:
            raise _not_saved(f"{path} is a device")
        note_saved(self.edited, path)
        remember(path)

    def _ask_to_replace(self, path: Path) -> None:
        known = is_own(self.edited, path)
        why = "was changed since it was read here" if known else "is there already"

        def answered(answer: str | None) -> None:
            if answer:
                self._save(path, force=True)
            else:
                self.asker.notify(f"{path} stays as it is.")
                self.otherwise(None)

        hint = "y and enter replace it; esc leaves it, and ctrl+o writes to another file."
        prompt = PromptScreen(f"{path} {why}. Replace it?", hint=hint, check=_only_yes)
        ask(self.asker, prompt, answered)


def _not_saved(why: str) -> WasmlabError:
    return WasmlabError(f"the text is not saved: {why}")


def _nothing() -> None:
    return


def settle(
    asker: Screen[Any],
    edited: EditedText,
    then: Callable[[], object],
    stay: Callable[[], object] = _nothing,
) -> None:
    """Ask what becomes of a text that is not saved before something is done that would lose it.

    Calls then once it is saved or discarded; stay if it is neither.
    """

    def stays(error: WasmlabError | None) -> None:
        if error is not None:
            asker.notify(str(error), severity="error")
        stay()

    def answered(word: str | None) -> None:
        if word == "save":
            Saving(asker, edited, then, stays).save()
        elif word == "discard":
            discard(edited)
            then()
        else:
            stay()

    ask(asker, UnsavedScreen(f"The text of {edited.draft.title} is not saved."), answered)


Ask = Callable[[KeptScreen, Callable[[str | None], None]], None]
"""Shows a dialogue."""


def offer(show: Ask, edited: EditedText, then: Callable[[bool], None]) -> None:
    """Offer what was typed in an earlier visit; then is called with whether to edit it now.

    It is the text again, unless it is discarded. Without such a text, nothing is asked.
    """
    kept = kept_text(edited.draft.origin)
    if kept is None or kept.text == edited.draft.text:
        if kept is not None and not edited.is_unsaved:
            forget_text(kept.origin)
        then(False)  # noqa: FBT003 - the one argument of a callback
        return
    changed = kept.began != digest(edited.saved or "")
    set_text(edited, kept.text)

    def answered(word: str | None) -> None:
        if word == "discard":
            discard(edited)
        then(word == "edit")

    since = "\nThe file was changed since." if changed else ""
    title = edited.draft.title
    show(KeptScreen(f"The text of {title} was edited and not saved.{since}"), answered)
