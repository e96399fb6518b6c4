"""The theme that was chosen last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

_LONGEST = 100
"""Characters of a name that are read."""


def chosen_theme(known: Container[str], usual: str) -> str:
    """Return the theme that was chosen last, if it is known; else the usual one."""
    try:
        with _store().open(encoding="utf-8") as file:
            name = file.read(_LONGEST).strip()
    except (OSError, ValueError):
        return usual
    return name if name in known else usual


def keep_theme(name: str) -> None:
    """Write the choice down; a folder that cannot be written to is no reason to complain."""
    try:
        _store().parent.mkdir(parents=True, exist_ok=True)
        _store().write_text(f"{name}\n", "utf-8")
    except OSError:
        return


def _store() -> Path:
    return platformdirs.user_state_path("wasmlab") / "theme"
