"""What each function of preview 1 does, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.host.wasi import preview1_fd, preview1_path, preview1_process, preview1_sock
from wasmlab.host.wasi.abi import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

_PARTS = (preview1_fd, preview1_path, preview1_process, preview1_sock)


def _find(name: str) -> Callable[..., object]:
    return next(getattr(part, name) for part in _PARTS if hasattr(part, name))


CALLS: dict[str, Callable[..., object]] = {name: _find(name) for _, name in sorted(ROWS)}
"""Functions (wasi, memory, *arguments) -> results, by the names of the ABI table."""
