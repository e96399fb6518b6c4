"""The warning of a module whose calls of WASI will trap; WASI is loaded only if it may be due."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.module import ExternKind

if TYPE_CHECKING:
    from wasmlab.syntax.module import Module


def missing_memory(module: Module) -> str:
    """Return what is wrong with a module whose calls of WASI will trap; empty if nothing is."""
    if any(e.kind is ExternKind.MEMORY and e.name == "memory" for e in module.exports):
        return ""
    from wasmlab.host.wasi.link import memory_warning

    return memory_warning(module)
