"""wasmlab: see WebAssembly run.

import wasmlab as wl
module = wl.assemble(text)            # or wl.load("program.wasm")
instance = wl.instantiate(module)     # plain embedding
session = wl.Session(module)          # the debugger
session = wl.open_recording("x.wlab") # a run that was recorded
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmlab.debug.recorded_session import open_recording
    from wasmlab.debug.session import Session
    from wasmlab.engine.embed import Instance, instantiate
    from wasmlab.errors import (
        AssembleError,
        DebugError,
        Exhaustion,
        HostError,
        Invalid,
        Malformed,
        ProcExit,
        Trap,
        Unlinkable,
        WasmException,
        WasmlabError,
    )
    from wasmlab.module import Module, assemble
    from wasmlab.opening.inputs import load

_HOME = {
    "wasmlab.debug.recorded_session": ("open_recording",),
    "wasmlab.debug.session": ("Session",),
    "wasmlab.engine.embed": ("Instance", "instantiate"),
    "wasmlab.errors": (
        "AssembleError",
        "DebugError",
        "Exhaustion",
        "HostError",
        "Invalid",
        "Malformed",
        "ProcExit",
        "Trap",
        "Unlinkable",
        "WasmException",
        "WasmlabError",
    ),
    "wasmlab.module": ("Module", "assemble"),
    "wasmlab.opening.inputs": ("load",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AssembleError",
    "DebugError",
    "Exhaustion",
    "HostError",
    "Instance",
    "Invalid",
    "Malformed",
    "Module",
    "ProcExit",
    "Session",
    "Trap",
    "Unlinkable",
    "WasmException",
    "WasmlabError",
    "assemble",
    "instantiate",
    "load",
    "open_recording",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: ``import wasmlab`` stays quick."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'wasmlab' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def load_ipython_extension(shell: object) -> None:
    """Give a notebook magics and views: ``%load_ext wasmlab``."""
    from wasmlab.cli.frontend import front_end  # only in notebooks

    front_end("extension")(shell)
