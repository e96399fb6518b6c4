"""Texts that were edited and are not saved yet, kept on disk until they are saved or discarded.

Each has a file, named after its origin and the process that keeps it: two labs on one program never
write the same one. What a process leaves when it ends is there for the next one to take.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

import platformdirs

from wasmlab.records import asdict, dataclass
from wasmlab_tui.state.owner import own_name, runs_elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    """Remove the text of an origin that this process keeps."""
    with suppress(OSError):
        _store(origin).unlink(missing_ok=True)


def kept_text(origin: str) -> KeptText | None:
    """Return the text that is kept of an origin; None if there is none, or it cannot be read.

    It is this process's from now on. That of another one which still runs stays that one's.
    """
    own = _store(origin)
    for path, kept in _free(f"{_digest_of(origin)}.*"):
        if kept.origin == origin:
            try:
                os.replace(path, own)  # noqa: PTH105 - as above
            except FileNotFoundError:  # another process was quicker
                continue
            except OSError:
                pass  # it can be read all the same
            return kept
    return None


def kept_texts() -> list[KeptText]:
    """Return the texts that ``kept_text`` would return, this process's first, then the latest."""
    found: dict[str, KeptText] = {}
    for _, kept in _free("*"):
        found.setdefault(kept.origin, kept)
        if len(found) == LISTED:
            break
    return [*found.values()]


def _free(pattern: str) -> Iterator[tuple[Path, KeptText]]:
    """Yield texts of this process, then those of processes that have ended, the latest first."""
    folder = _folder()
    own = own_name(folder)

    def order(path: Path) -> tuple[bool, float]:
        with suppress(OSError):  # it may be gone by now
            return _owner(path) != own, -path.stat().st_mtime
        return True, 0

    for path in sorted(folder.glob(f"{pattern}.json"), key=order):
        if not runs_elsewhere(folder, _owner(path)):
            kept = _read(path)
            if kept is not None:
                yield path, kept


def _owner(path: Path) -> str:
    return path.stem.rpartition(".")[2]


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
    folder = _folder()
    return folder / f"{_digest_of(origin)}.{own_name(folder)}.json"


def _digest_of(origin: str) -> str:
    return hashlib.sha256(os.fsencode(origin)).hexdigest()[:32]
