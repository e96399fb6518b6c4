"""The text of a program while it is edited: as it stands, as it is stepped, as it is saved."""

from __future__ import annotations

import codecs
from pathlib import Path

from wasmlab.records import dataclass, replace
from wasmlab_tui.program import Draft, origin_of
from wasmlab_tui.state.drafts import KeptText, digest, forget_text, keep_text


@dataclass(slots=True)
class EditedText:
    """A text, and what would be lost without it; the only place that knows."""

    draft: Draft
    """The text as it stands; its path is the file that it is written to, None until it has one."""
    applied: str
    """The text of the program that is stepped; before there is one, the text of the file."""
    saved: str | None
    """The text of the file when it was read or written here last; None if the file is gone. Of a
    sample, a template or a disassembly, the text that it began with."""
    is_trial: bool = False
    """It is stepped without a name, as was said: ask for none until it is to be saved."""

    @property
    def is_unapplied(self) -> bool:
        """Whether another text is stepped."""
        return not same_text(self.draft.text, self.applied)

    @property
    def is_unsaved(self) -> bool:
        """Whether the text would be lost without this."""
        return self.saved is None or not same_text(self.draft.text, self.saved)

    @property
    def marks(self) -> str:
        """What titles say after the name; empty if the text is stepped and saved."""
        states = {"unapplied": self.is_unapplied, "unsaved": self.is_unsaved}
        marks = ", ".join(name for name, is_so in states.items() if is_so)
        return f" ({marks})" if marks else ""

    @property
    def file_name(self) -> str:
        """The name that is proposed for the file."""
        if self.draft.path is not None:
            return str(self.draft.path)
        return str(Path(self.draft.title.replace(" ", "-")).with_suffix(".wat"))


def edited_text(draft: Draft) -> EditedText:
    """Return the text of a program as it was opened."""
    gone = draft.path is not None and not draft.path.exists()
    return EditedText(draft, draft.text, None if gone else draft.text)


def set_text(edited: EditedText, text: str) -> None:
    """Let the text be another one."""
    edited.draft = replace(edited.draft, text=text)


def note_saved(edited: EditedText, path: Path) -> None:
    """Take a file, which the text has been written to, for the text's own from now on."""
    forget_text(edited.draft.origin)
    edited.draft = replace(edited.draft, title=path.name, path=path, origin=origin_of(path))
    edited.saved, edited.is_trial = edited.draft.text, False
    forget_text(edited.draft.origin)


def discard(edited: EditedText) -> None:
    """Give up what was typed since the text was saved; nothing is unsaved afterwards."""
    if edited.saved is not None:
        set_text(edited, edited.saved)
    edited.saved = edited.draft.text
    forget_text(edited.draft.origin)


def keep_unsaved(edited: EditedText) -> None:
    """Have the text on disk for the next visit if it is unsaved, and nothing there otherwise."""
    draft = edited.draft
    if not draft.origin:
        return
    if edited.is_unsaved:
        keep_text(KeptText(draft.origin, draft.title, draft.text, digest(edited.saved or "")))
    else:
        forget_text(draft.origin)


def is_as_saved(edited: EditedText, path: Path, content: bytes) -> bool:
    """Return whether content of a file at path is the text that was read or written here last."""
    if not is_own(edited, path) or edited.saved is None:
        return False
    return same_text(text_of(content), edited.saved)


def is_own(edited: EditedText, path: Path) -> bool:
    """Return whether path is the file that the text was read from or written to last."""
    own = edited.draft.path
    return own is not None and path.resolve() == own.resolve()


def same_text(one: str, other: str) -> bool:
    """Return whether two texts have the same lines, whatever ends them."""
    if one == other:
        return True
    has_returns = "\r" in one or "\r" in other
    return has_returns and one.replace("\r\n", "\n") == other.replace("\r\n", "\n")


def text_of(content: bytes) -> str:
    """Return the content of a file as text, whatever it is; to be saved as UTF-8.

    Bytes that are not UTF-8 are read as Latin-1, which is what they most often are.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    content = content.removeprefix(codecs.BOM_UTF8)
    parts: list[str] = []
    while content:
        try:
            parts.append(content.decode("utf-8"))
            break
        except UnicodeDecodeError as error:
            parts.append(content[: error.start].decode("utf-8"))
            parts.append(content[error.start : error.end].decode("latin-1"))
            content = content[error.end :]
    return "".join(parts)
