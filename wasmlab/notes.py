"""Notes that wasmlab leaves for its later runs, in the user's state directory.

A file that comes from elsewhere cannot bring its note along: what is noted was done here.
"""

from __future__ import annotations

import os
from contextlib import suppress
from errno import EPERM

from wasmlab.cache import has_own_folder, own_file
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOST_NOTES = 4096
"""Notes of a kind that are kept at most; up to twice as many for a while."""
_LONGEST = 1 << 16


def read_note(kind: str, name: str) -> str | None:
    """Return the text of a note, its first 64 KiB; None if there is none that can be trusted."""
    try:
        with own_file(str(_place(kind, name))) as file:
            return file.read(_LONGEST).decode()
    except (OSError, ValueError):
        return None


def write_note(kind: str, name: str, text: str) -> None:
    """Make a note. Raises OSError, such as PermissionError where others could change it."""
    note = _place(kind, name)
    if not has_own_folder(str(note.parent)):
        raise PermissionError(EPERM, "others can write to it", str(note.parent))
    part = note.with_name(f"{name}.{os.urandom(8).hex()}")
    try:
        with part.open("wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(note)
    finally:
        part.unlink(missing_ok=True)
    _make_room(note.parent)


def forget_note(kind: str, name: str) -> None:
    """Remove a note, if it is there and can be removed."""
    with suppress(OSError):
        _place(kind, name).unlink(missing_ok=True)


def _place(kind: str, name: str) -> Path:
    from platformdirs import user_state_path  # only where notes are needed

    return user_state_path("wasmlab") / kind / name


def _make_room(folder: Path) -> None:
    """Forget the oldest notes if there are very many."""
    notes = list(folder.iterdir())
    if len(notes) > 2 * MOST_NOTES:
        for note in sorted(notes, key=lambda note: note.stat().st_mtime)[:-MOST_NOTES]:
            note.unlink(missing_ok=True)
