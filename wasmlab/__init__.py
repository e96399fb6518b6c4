"""wasmlab: see WebAssembly run.

Modules, from text, files and bytes:

>>> import wasmlab as wl
>>> module = wl.assemble('''(module (func (export "add") (param $a i32) (param $b i32) (result i32)
...   (i32.add (local.get $a) (local.get $b))))''')
>>> module.functions[0].name
'add'
>>> fac = wl.load("samples/factorial.wat")

Calling what a module exports:

>>> wl.instantiate(module).exports.add(1, 2)
3

Memories, tables, globals and functions of Python's, given as imports, and grants as for a run:

>>> memory = wl.Memory(1)
>>> hello = wl.load("samples/hello.wat")
>>> program = wl.instantiate(hello, args=["-v"], env={"LANG": "C"}, stdin=b"")
>>> program.exports._start()
>>> program.output
b'Hello, world!...'

The debugger: going on, looking, going back, asking, changing. help(wl.Session) has all of it:

>>> session = wl.Session(fac, invoke="fac", invoke_args=[5])
>>> session.break_at("fac", "$n < 3")
<Breakpoint 1 $fac @0x2e line 10 if $n < 3>
>>> session.run()
<Stop breakpoint, step 27, $fac @0x2e line 10>
>>> session.frames[1].locals["n"].value
3
>>> session.step_back()
<Stop arrived, step 26, $fac @0x3f line 20>
>>> session.who_wrote("$n").text
'i64.sub'
>>> session.set("$n", 10)
>>> session.branches[1].fork
26

Recordings of runs, as files:

>>> session.save("fac.wlab")
>>> wl.open_recording("fac.wlab")
<Session factorial.wat, paused at step 0, $fac @0x2e line 10>

Errors are one tree below wl.WasmlabError, in the specification's words:

>>> wl.assemble("(module (func i32.add))")
Traceback (most recent call last):
wasmlab.errors.Invalid: type mismatch: i32.add expected i32, found nothing...

In a notebook ``%load_ext wasmlab`` gives magics and pictures; ``wasmlab --help`` has the commands.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmlab.debug.recorded_session import open_recording
    from wasmlab.debug.session import Session
    from wasmlab.engine.embed import Instance, instantiate
    from wasmlab.engine.parts import Func, Global, Memory, Store, Table
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
    "wasmlab.engine.parts": ("Func", "Global", "Memory", "Store", "Table"),
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
    "Func",
    "Global",
    "HostError",
    "Instance",
    "Invalid",
    "Malformed",
    "Memory",
    "Module",
    "ProcExit",
    "Session",
    "Store",
    "Table",
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


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return [*__all__, "__doc__", "__name__", "__file__", "__path__"]


def load_ipython_extension(shell: object) -> None:
    """Give a notebook magics and views: ``%load_ext wasmlab``."""
    from wasmlab.cli.frontend import front_end  # only in notebooks

    front_end("extension")(shell)
