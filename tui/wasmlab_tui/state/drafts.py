"""Texts that were edited and are not saved yet, kept on disk until they are saved or discarded."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

import platformdirs

from wasmlab.records import asdict, dataclass

if TYPE_CHECKING:
    from pathlib import Path

LISTED = 20
"""How many texts are listed, the latest; older ones are found when their program is opened."""
LARGEST = 64_000_000
"""Bytes of the largest file that is read."""


@dataclass(frozen=True, slots=True)
class KeptText:
    """A text that was typed."""

    origin: str
    """The file or sample that it is made of."""
    title: str
    text: str
    began: str
    """The ``digest`` of the text that it was made of."""


def digest(text: str) -> str:
    """Return what tells a text from others."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def keep_text(kept: KeptText) -> None:
    """Write a text to disk, in place of an earlier one of the same origin, which an error leaves.

    A folder that cannot be written to is no reason to complain.
    """
    store = _store(kept.origin)
    with suppress(OSError):
        store.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=store.parent, suffix=".part")
        try:
            with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 - it is open already
                json.dump(asdict(kept), file)
                file.flush()
                os.fsync(descriptor)
            os.replace(part, store)  # noqa: PTH105 - both are names
        except BaseException:
            with suppress(OSError):
                os.unlink(part)  # noqa: PTH108 - likewise
            raise


def forget_text(origin: str) -> None:
    """Remove the text of an origin."""
    with suppress(OSError):
        _store(origin).unlink(missing_ok=True)


def kept_text(origin: str) -> KeptText | None:
    """Return the text that is kept of an origin; None if there is none, or it cannot be read."""
    kept = _read(_store(origin))
    return kept if kept is not None and kept.origin == origin else None


def kept_texts() -> list[KeptText]:
    """Return the texts that are kept and can be read, the latest first."""
    try:
        files = sorted(_folder().glob("*.json"), key=lambda path: path.stat().st_mtime)
    except OSError:
        return []
    found = (_read(path) for path in reversed(files[-LISTED:]))
    return [kept for kept in found if kept is not None]


def _read(path: Path) -> KeptText | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        found: object = json.loads(path.read_text("ascii"))
    except (OSError, ValueError, RecursionError):
        return None
    match found:
        case {"origin": str(origin), "title": str(title), "text": str(text), "began": str(began)}:
            return KeptText(origin, title, text, began)
        case _:
            return None


def _folder() -> Path:
    return platformdirs.user_state_path("wasmlab") / "drafts"


def _store(origin: str) -> Path:
    name = hashlib.sha256(os.fsencode(origin)).hexdigest()[:32]
    return _folder() / f"{name}.json"
