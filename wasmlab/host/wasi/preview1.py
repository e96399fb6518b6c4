"""What each function of preview 1 does, by name."""

from __future__ import annotations

from importlib import import_module

from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.abi import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

_PREFIXED = ("fd", "path", "sock")
"""Prefixes of functions with a part of their own; ``preview1_process`` has the others."""
NUMBERS = {name: number for number, name in enumerate(sorted({name for _, name in ROWS}))}
"""A number for each function, by the names of the ABI table."""


def call_of(name: str) -> Callable[..., object]:
    """Return a function (wasi, memory, *arguments) -> results; its part is loaded if need be."""
    prefix = name.partition("_")[0]
    part = prefix if prefix in _PREFIXED else "process"
    found: Callable[..., object] = getattr(
        import_module(f"wasmlab.host.wasi.preview1_{part}"), name
    )
    return found
