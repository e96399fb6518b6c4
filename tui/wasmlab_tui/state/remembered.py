"""What is remembered of a file from one visit to the next: breakpoints and the layout."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import platformdirs

from wasmlab.errors import WasmlabError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wasmlab.debug.session import Session


@dataclass(frozen=True, slots=True)
class LabLayout:
    """What is shown where."""

    tab: str = ""
    """The pane that a small screen shows below the source; empty: none was chosen."""
    address: int = 0
    """Where the cursor of the memory pane is."""
    shares: Mapping[str, int] = field(default_factory=dict[str, int])
    """Sizes of panes that were changed, relative to each other, by the names of the panes."""


def keep(path: Path, session: Session, layout: LabLayout) -> None:
    """Write down the breakpoints and the layout.

    A folder that cannot be written to is no reason to complain.
    """
    breakpoints = [
        {
            "line": found.location.line,
            "offset": found.location.offset,
            "named": found.callee or found.name,
            "condition": found.condition,
            "hits": found.hits,
            "enabled": found.enabled,
        }
        for found in session.breakpoints
    ]
    shown = [layout.tab, layout.address, dict(layout.shares)]
    text = json.dumps({"breakpoints": breakpoints, "layout": shown, "code": _code(session)})
    store = _store(path)
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        store.write_text(text, "utf-8")
    except OSError:
        return


def recall(path: Path, session: Session) -> LabLayout:
    """Set the breakpoints that were set in this file, and return the layout it had.

    Where the program has changed since, a breakpoint goes to its line; without lines it is gone.
    """
    found = _read(path)
    same = found.get("code") == _code(session)
    for kept in _list(found.get("breakpoints")):
        try:
            _set(session, cast("dict[str, Any]", kept), same=same)
        except (WasmlabError, KeyError, TypeError, ValueError):
            continue
    layout = _list(found.get("layout"))
    match layout:
        case [str(tab), int(address), shares]:
            return LabLayout(tab, address, _shares(shares))
        case _:
            return LabLayout()


def _shares(found: object) -> dict[str, int]:
    """Return what is a size: the file may hold anything."""
    sizes = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    return {pane: size for pane, size in sizes.items() if isinstance(size, int) and size > 0}


def _set(session: Session, kept: dict[str, Any], *, same: bool) -> None:
    named = str(kept["named"])
    if not same and kept["line"] is None and not named:
        return
    where: str | int = int(kept["offset"]) if same else str(kept["line"])
    where = named or where
    made = session.break_at(where, str(kept["condition"]), int(kept["hits"]))
    if not kept["enabled"]:
        session.enable_breakpoint(made.number, on=False)


def _list(found: object) -> list[object]:
    return cast("list[object]", found) if isinstance(found, list) else []


def _read(path: Path) -> dict[str, object]:
    try:
        found: object = json.loads(_store(path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _code(session: Session) -> str:
    return hashlib.sha256(session.module.data).hexdigest()


def _store(path: Path) -> Path:
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:24]
    return platformdirs.user_state_path("wasmlab") / "files" / f"{name}.json"
