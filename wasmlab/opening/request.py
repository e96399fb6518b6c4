"""What a command line asks of a front end: which program, in a session with which options."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LabRequest:
    """A program to open; without a path, the start screen."""

    path: Path | None = None
    """A .wat or .wasm file, or a recording."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Keyword arguments of ``Session``; of a recording only ``engine``."""
