"""Custom sections by which tools say who made a module and what it needs.

Source: tool-conventions, ProducersSection.md and Linking.md ("target features"). A section that
cannot be read counts as empty, as custom sections never make a module malformed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.binary.reader import Reader
from wasmlab.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from wasmlab.syntax.module import Module

    T = TypeVar("T")

Producers = dict[str, tuple[tuple[str, str], ...]]
"""(name, version) by field: ``language``, ``processed-by`` or ``sdk``."""


def producers(module: Module) -> Producers:
    """Return the producers section; empty if there is none."""
    return _read(module, "producers", _producers, {})


def target_features(module: Module) -> tuple[tuple[str, str], ...]:
    """Return the target_features section: prefix (``+`` used, ``-`` not allowed) and name."""
    return _read(module, "target_features", _features, ())


def _read(module: Module, name: str, read: Callable[[Reader], T], missing: T) -> T:
    span = next((c.payload for c in module.customs if c.name == name), None)
    if span is None:
        return missing
    try:
        return read(Reader(module.data[: span.end], span.start))
    except Malformed:
        return missing


def _producers(reader: Reader) -> Producers:
    fields: Producers = {}
    for _ in range(reader.unsigned(32)):
        field = reader.name()
        fields[field] = tuple((reader.name(), reader.name()) for _ in range(reader.unsigned(32)))
    return fields


def _features(reader: Reader) -> tuple[tuple[str, str], ...]:
    return tuple((chr(reader.byte()), reader.name()) for _ in range(reader.unsigned(32)))
