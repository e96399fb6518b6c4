"""Plain embedding: instantiate a module and call its exports from Python."""

from __future__ import annotations

from wasmlab.engine.program import Program, ProgramOptions, call_export, load_program
from wasmlab.errors import Trap, TrapCode, UsageError
from wasmlab.exec.invocation import invoke
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.module import need_module
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.store import FuncInst, GlobalInst, read_global, write_global
from wasmlab.runtime.table import Table
from wasmlab.runtime.values import ExportedPart, PyValue, from_bits, to_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import ClassVar

    from wasmlab.module import Module
    from wasmlab.runtime.store import Extern, Store


_SHOWN = 5
"""Exports that the short text of an instance names."""


class MemorySlice:
    """A memory to read from: index it with an address or a slice of addresses."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def __len__(self) -> int:
        """Return the size in bytes."""
        return self._memory.size

    def __getitem__(self, key: int | slice) -> bytes:
        """Return the bytes of an address or a slice; Trap outside the memory."""
        if isinstance(key, int):
            return self._memory.read(key, 1)
        start, stop, step = key.indices(self._memory.size)
        return self._memory.read(start, max(stop - start, 0))[::step]


class MemoryView(MemorySlice, ExportedPart):
    """A memory as Python sees it: checked reads and writes, little endian, no raw buffer."""

    def write(self, addr: int, data: bytes) -> None:
        """Write data at addr; Trap(OUT_OF_BOUNDS_MEMORY) before anything is written."""
        self._memory.write(addr, data)

    def write_str(self, addr: int, text: str) -> int:
        """Write text as UTF-8 and return how many bytes it took; Trap likewise."""
        data = text.encode()
        self._memory.write(addr, data)
        return len(data)

    def read_str(self, addr: int, n: int) -> str:
        """Return n bytes as UTF-8 text, bad bytes replaced; Trap likewise."""
        return self._memory.read(addr, n).decode(errors="replace")

    def read_cstr(self, addr: int, limit: int = 1 << 16) -> str:
        """Return the text up to the next zero byte; Trap if there is none within limit bytes."""
        end = self._memory.data.find(b"\0", addr, min(addr + limit, self._memory.size))
        if end < 0:
            raise Trap(TrapCode.OUT_OF_BOUNDS_MEMORY, f"no zero byte after 0x{addr:x}")
        return self.read_str(addr, end - addr)

    def read_int(self, addr: int, n: int = 4, *, signed: bool = False) -> int:
        """Return the integer in n bytes at addr."""
        return int.from_bytes(self._memory.read(addr, n), "little", signed=signed)

    def write_int(self, addr: int, value: int, n: int = 4) -> None:
        """Write an integer, wrapped, into n bytes at addr."""
        self._memory.write(addr, (value % (1 << 8 * n)).to_bytes(n, "little"))


class Exports:
    """Exports by name, as attributes or items: functions are callable, globals have ``value``."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def __dir__(self) -> list[str]:
        """Return the names."""
        return list(self._program.instance.exports)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - only the module knows what it is
        """Return an export; AttributeError lists what there is."""
        try:
            return self[name]
        except KeyError:
            there = ", ".join(self._program.instance.exports) or "nothing"
            raise AttributeError(f"no export {name!r}; the module exports {there}") from None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - likewise
        """Return an export; KeyError if nothing has that name."""
        return _exported(self._program, name, self._program.instance.exports[name])


def _exported(program: Program, name: str, extern: Extern) -> object:
    match extern:
        case FuncInst():
            return _function(program, name, extern)
        case Memory():
            return MemoryView(extern)
        case GlobalInst():
            return GlobalView(program.store, extern)
        case Table():
            return TableView(program.store, extern)
        case _:
            return extern


def _function(program: Program, name: str, func: FuncInst) -> Callable[..., PyValue]:
    def call(*args: PyValue) -> PyValue:
        return call_export(program, name, *args)

    call.__name__ = name
    call.__doc__ = f"{name}: {func.type}"
    return call


class TableView(ExportedPart):
    """A table of references: index it, or set an element."""

    def __init__(self, store: Store, table: Table) -> None:
        self._store = store
        self._table = table

    def __len__(self) -> int:
        """Return the number of elements."""
        return self._table.size

    def __iter__(self) -> Iterator[PyValue]:
        """Yield the elements."""
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> PyValue:
        """Return an element; Trap(OUT_OF_BOUNDS_TABLE) outside the table."""
        bits = self._table.get(self._checked(index))
        return from_bits(self._store, self._table.type.element, bits)

    def __setitem__(self, index: int, value: PyValue) -> None:
        """Set an element; Trap outside the table, UsageError for a value that does not fit."""
        bits = to_bits(self._store, self._table.type.element, value)
        self._table.set(self._checked(index), bits)

    def _checked(self, index: int) -> int:
        if index < 0:
            raise Trap(TrapCode.OUT_OF_BOUNDS_TABLE, f"element {index}")
        return index


class GlobalView(ExportedPart):
    """A global variable: ``value`` reads and, if it is mutable, writes."""

    def __init__(self, store: Store, variable: GlobalInst) -> None:
        self._store = store
        self._variable = variable

    @property
    def value(self) -> PyValue:
        """What it holds."""
        t = self._variable.type.value
        return from_bits(self._store, t, read_global(self._store, self._variable))

    @value.setter
    def value(self, value: PyValue) -> None:
        """Set it; UsageError if it is immutable or the value does not fit."""
        if not self._variable.type.mutable:
            raise UsageError("the global is immutable")
        bits = to_bits(self._store, self._variable.type.value, value)
        write_global(self._store, self._variable, bits)


class Instance:
    """An instantiated module: ``exports.add(1, 2)``, ``memory``.

    >>> text = '''(module (memory (export "memory") 1)
    ...   (func (export "five") (result i32) (i32.const 5)))'''
    >>> instance = wl.instantiate(wl.assemble(text))
    >>> instance
    <Instance <text>: memory, five>
    >>> instance.exports.five()
    5
    >>> len(instance.memory)
    65536
    """

    step_limit: ClassVar[int | None] = None
    """Instructions after which a call ends with Exhaustion; notebooks set it."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.exports = Exports(program)

    def __repr__(self) -> str:
        """Return ``<Instance add.wat: add, memory>``, with what it exports."""
        names = list(self._program.instance.exports)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return f"<Instance {self._program.module.name}: {', '.join(names[:_SHOWN]) or '-'}{more}>"

    @property
    def memory(self) -> MemoryView:
        """The exported memory named "memory", else the first; UsageError if there is none."""
        found = self._program.instance.exports.get("memory")
        if isinstance(found, Memory):
            return MemoryView(found)
        if not self._program.instance.mems:
            raise UsageError("the module has no memory")
        return MemoryView(self._program.instance.mems[0])

    @property
    def output(self) -> bytes:
        """What the program wrote to standard output so far."""
        return b"".join(o.data for o in self._program.wasi.output if o.stream == 1)


def instantiate(
    module: Module, imports: Mapping[str, Mapping[str, object]] | None = None
) -> Instance:
    """Return an instance of a module with Python functions for its imports.

    The start function and ``_initialize`` have run; ``_start`` has not. Raises Unlinkable, Trap,
    UsageError for what is no module.

    >>> text = '''(module (import "env" "twice" (func $twice (param i32) (result i32)))
    ...   (func (export "f") (param i32) (result i32) (call $twice (local.get 0))))'''
    >>> instance = wl.instantiate(wl.assemble(text), {"env": {"twice": lambda n: 2 * n}})
    >>> instance.exports.f(21)
    42
    """
    need_module(module)
    limits = Limits(steps=Instance.step_limit)
    program = load_program(module, Wasi(), ProgramOptions(imports=imports or {}, limits=limits))
    for call in list(program.calls):
        if call.name != "_start":
            invoke(program.store, call.func, call.args)
    program.calls.clear()
    return Instance(program)
