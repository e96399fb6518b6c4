"""What a command line asks of a front end: which program, in a session with which grants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wasmlab.engine.grants import INTERACTIVE, Grants

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LabRequest:
    """A program to open; without a path, the start screen."""

    path: Path | None = None
    """A .wat or .wasm file, or a recording."""
    grants: Grants = INTERACTIVE
    """What it is given; of a recording only ``engine`` counts."""
