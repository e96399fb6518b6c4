"""Rules that not every version of WebAssembly has.

The validator knows one version, the newest. A script that asserts a rule which was dropped speaks
of an older version, and is judged under that rule; one that counts on a rule which a proposal is
about to drop speaks of a version that wasmlab does not support yet.
"""

from __future__ import annotations

import re

from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.module import ExternKind
from wasmlab.syntax.types import FuncType, GlobalType

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.errors import WasmlabError
    from wasmlab.syntax.module import Module


def _has_multiple_tables(module: Module) -> bool:
    return len(module.table_types) > 1


def _has_multiple_memories(module: Module) -> bool:
    return len(module.mem_types) > 1


def _has_multiple_results(module: Module) -> bool:
    return any(isinstance(t.comp, FuncType) and len(t.comp.results) > 1 for t in module.types)


def _imports_mutable_global(module: Module) -> bool:
    return any(isinstance(i.type, GlobalType) and i.type.mutable for i in module.imports)


def _exports_mutable_global(module: Module) -> bool:
    exported = [e.index for e in module.exports if e.kind is ExternKind.GLOBAL]
    return any(module.global_types[index].mutable for index in exported)


DROPPED: dict[str, Callable[[Module], bool]] = {
    "multiple tables": _has_multiple_tables,
    "multiple memories": _has_multiple_memories,
    "invalid result arity": _has_multiple_results,
    "mutable globals cannot be imported": _imports_mutable_global,
    "mutable globals cannot be exported": _exports_mutable_global,
}
"""By the message of a dropped rule: whether a valid module breaks that rule."""

_TO_BE_DROPPED = {
    r"type mismatch: \S+ expected a type below .+ to cast to": "custom-descriptors",
    r"non-empty tag result type": "stack-switching",
    r"unknown binary version: this is a component": "component-model",
}
"""By a pattern for the beginning of a rule's message: the proposal that drops the rule."""


def breaks_dropped_rule(module: Module, message: str) -> bool:
    """Return whether a valid module breaks the older rule that a message names."""
    breaks = DROPPED.get(message)
    return breaks is not None and breaks(module)


def proposal_without(error: WasmlabError) -> str | None:
    """Return the proposal that drops the rule which a module breaks, None if there is none."""
    for message, proposal in _TO_BE_DROPPED.items():
        if re.match(message, error.message):
            return proposal
    return None
