"""The files that were opened last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 8
"""How many files are remembered."""


def recent_files() -> list[Path]:
    """Return the files that were opened last and still exist, newest first."""
    try:
        names: object = json.loads(_store().read_text("utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(names, list):
        return []
    found = (Path(name) for name in cast("list[object]", names) if isinstance(name, str))
    return [path for path in found if path.is_file()][:KEPT]


def told_apart(paths: Sequence[Path]) -> list[str]:
    """Return the names of files, with as many of the folders around them as tell them apart."""
    return [_shortest(path, paths) for path in paths]


def _shortest(path: Path, paths: Sequence[Path]) -> str:
    others = [other.parts for other in paths if other != path]
    for length in range(1, len(path.parts) + 1):
        end = path.parts[-length:]
        if all(parts[-length:] != end for parts in others):
            return str(Path(*end))
    return str(path)


def remember(path: Path) -> None:
    """Put path first; a folder that cannot be written to is no reason to complain."""
    path = path.resolve()
    names = [str(path), *(str(p) for p in recent_files() if p != path)][:KEPT]
    try:
        _store().parent.mkdir(parents=True, exist_ok=True)
        _store().write_text(json.dumps(names, indent=1), "utf-8")
    except OSError:
        return


def _store() -> Path:
    return platformdirs.user_state_path("wasmlab") / "recent.json"
