"""Memories, tables, globals and functions as Python has them: made by it, or exported.

Each belongs to a store, or to none yet: what was made without one joins the store of the instance
that it is given to, and gets one of its own when it is used before that.
"""

from __future__ import annotations

import operator
from contextlib import contextmanager
from threading import RLock

from wasmlab.counted import counted
from wasmlab.engine.grants import Grants, program_options
from wasmlab.engine.host_calls import HostCalls
from wasmlab.engine.program import argument_bits, result_value
from wasmlab.engine.tier import choose
from wasmlab.engine.value_types import functype_of, value_type
from wasmlab.errors import Exhaustion, Trap, TrapCode, UsageError
from wasmlab.exec.invocation import invoke
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.host.linker import python_func
from wasmlab.records import replace
from wasmlab.runtime import memory as runtime
from wasmlab.runtime import store as arenas
from wasmlab.runtime import table as cells
from wasmlab.runtime.values import ExportedPart, Live, PyValue, from_bits, number_bits, to_bits
from wasmlab.syntax.types import (
    GlobalType,
    Limits,
    MemType,
    RefType,
    TableType,
    func_deftype,
    func_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import ClassVar, SupportsIndex

    from wasmlab.runtime.store import Extern
    from wasmlab.syntax.types import FuncType

_MOST_PAGES = 1 << 16


OF_STORES = frozenset(("engine", "limits", "max_memory", "max_address_space"))
"""Grants that a store has."""


class Store(Live):
    """What instances and their parts share; objects of two stores do not go together.

    ``instantiate`` makes one where nothing that it is given has one. The keywords are those of
    ``instantiate`` that are a store's: ``engine`` (auto, reference or native), ``max_memory`` and
    ``max_address_space`` in bytes, or ``limits``. Raises TypeError for others.

    >>> store = wl.Store()
    >>> counter = wl.Global("i32", 0, mutable=True, store=store)
    >>> counter.store is store
    True
    """

    step_limit: ClassVar[int | None] = None
    """Instructions after which a call ends with Exhaustion; notebooks set it."""

    def __init__(self, **grants: Any) -> None:  # noqa: ANN401 - the fields of Grants have their types
        for name in grants.keys() - OF_STORES:
            raise TypeError(f"Store: got an unexpected keyword argument {name!r}")
        granted = Grants(**grants)
        limits = program_options(granted).limits
        if limits.steps is None:
            limits = replace(limits, steps=self.step_limit)
        self.arenas = arenas.Store(limits)
        choose(self.arenas, granted.engine)
        self.arenas.host_calls = HostCalls(self.arenas)
        self.arenas.embedder = self
        self._funcs = dict[int, Func]()
        self._lock = RLock()

    @contextmanager
    def entered(self) -> Generator[None]:
        """Keep other threads out while this one runs code here; UsageError if one is there."""
        if not self._lock.acquire(blocking=False):
            hint = "give each thread a store of its own"
            raise UsageError("another thread runs code of this store", hint=hint)
        try:
            yield
        finally:
            self._lock.release()

    def __repr__(self) -> str:
        """Return ``<Store of 2 instances>``."""
        return f"<Store of {counted(len(self.arenas.instances), 'instance')}>"

    def func(self, extern: arenas.FuncInst) -> Func:
        """Return a function of the store as Python has it, the same object each time."""
        if extern.addr not in self._funcs:
            self._funcs[extern.addr] = Func.exported(self, extern)
        return self._funcs[extern.addr]

    def part(self, extern: Extern) -> Part:
        """Return an external value of the store as Python has it."""
        match extern:
            case arenas.FuncInst():
                return self.func(extern)
            case runtime.Memory():
                return Memory.exported(self, extern)
            case cells.Table():
                return Table.exported(self, extern)
            case arenas.GlobalInst():
                return Global.exported(self, extern)
            case arenas.TagInst():
                return ExceptionTag.exported(self, extern)


class Part(ExportedPart):
    """A part of a store, or of none yet."""

    kind: ClassVar[str]
    """What messages call it."""
    joined: Store | None = None
    """The store that it belongs to; None before it is given or used."""
    _extern: Any = None

    @classmethod
    def exported(cls, store: Store, extern: Extern) -> Any:  # noqa: ANN401 - Self is not known at run time
        """Return what Python has of an external value of a store."""
        part = cls.__new__(cls)
        vars(part).update(joined=store, _extern=extern)
        return part

    @property
    def store(self) -> Store:
        """The store that it belongs to; where there was none yet, one of its own."""
        joined = self.joined
        if joined is None:
            joined = Store()
            self.join(joined)
        return joined

    def join(self, store: Store) -> None:
        """Belong to a store from now on. Raises UsageError if it is part of another one."""
        if self.joined is None:
            self._extern, self.joined = self._made(store), store
        elif self.joined is not store:
            raise UsageError(
                f"the {self.kind} is part of another store",
                hint="make all with one store: wasmlab.Store()",
            )

    def part_of(self, store: arenas.Store) -> Extern:
        """Return its external value in a store, which it joins if it has none yet.

        Raises UsageError if it is part of another one, or that store is a session's.
        """
        if not isinstance(store.embedder, Store):
            raise UsageError(f"the {self.kind} is part of another instance, not of a session")
        self.join(store.embedder)
        return self._extern

    @property
    def extern(self) -> Any:  # noqa: ANN401 - each kind of part knows its own
        """The external value in its store."""
        if self.joined is None:
            self.join(Store())
        return self._extern

    def _made(self, store: Store) -> Extern:
        """Return the external value, made in a store; UsageError where Python makes none."""
        del store
        raise UsageError(f"a {self.kind} is made by a module")


class MemorySlice:
    """A memory to read from: index it with an address or a slice of addresses."""

    def __init__(self, memory: runtime.Memory) -> None:
        self._found = memory

    @property
    def _memory(self) -> runtime.Memory:
        return self._found

    def __len__(self) -> int:
        """Return the size in bytes."""
        return self._memory.size

    def __getitem__(self, key: int | slice) -> bytes:
        """Return the bytes of an address or a slice; Trap outside the memory."""
        if isinstance(key, slice):
            start, stop, step = key.indices(self._memory.size)
            return (
                self._memory.read(start, max(stop - start, 0))[::step]
                if step > 0
                else (bytes(self._memory.data[: self._memory.size])[key])
            )
        return self._memory.read(_address(self._memory, key, 1), 1)


def _address(memory: runtime.Memory, addr: SupportsIndex, n: int) -> int:
    """Return an address that n bytes may be at; Trap for one below 0, UsageError for no number."""
    try:
        at = operator.index(addr)
    except TypeError:
        raise UsageError(f"an address is a whole number, not a {type(addr).__name__}") from None
    if at < 0 or n < 0:
        raise Trap(
            TrapCode.OUT_OF_BOUNDS_MEMORY, f"{counted(n, 'byte')} at {at}, of {memory.size:#x}"
        )
    return at


def _size(kind: str, bound: object) -> int:
    """Return a size; UsageError for what is no number from 0 on."""
    if isinstance(bound, bool) or not isinstance(bound, int) or bound < 0:
        raise UsageError(f"{kind} size: a number from 0 on expected, found {bound!r}")
    return bound


def _limits(kind: str, minimum: int, maximum: int | None) -> Limits:
    """Return limits; UsageError, in the words of validation, for wrong ones."""
    low, high = _size(kind, minimum), None if maximum is None else _size(kind, maximum)
    if high is not None and low > high:
        raise UsageError("size minimum must not be greater than maximum")
    return Limits(low, high)


class Memory(MemorySlice, Part):
    """A linear memory of ``minimum`` pages of 64 KiB, which may grow to ``maximum``; little endian.

    Raises UsageError for sizes that are none.

    >>> memory = wl.Memory(1, 4)
    >>> memory[8:13] = b"Hello"
    >>> memory[8:13], len(memory)
    (b'Hello', 65536)
    >>> memory.grow(2), memory
    (1, <Memory 3 4>)
    """

    kind = "memory"

    def __init__(
        self, minimum: int, maximum: int | None = None, *, store: Store | None = None
    ) -> None:
        limits = _limits("memory", minimum, maximum)
        if max(minimum, maximum or 0) > _MOST_PAGES:
            raise UsageError("memory size must be at most 65536 pages (4GiB)")
        self._type = MemType(limits)
        if store is not None:
            self.join(store)

    def _made(self, store: Store) -> runtime.Memory:
        made = runtime.Memory(self._type, store.arenas.budget)
        store.arenas.mems.append(made)
        return made

    @property
    def _memory(self) -> runtime.Memory:
        return self.extern

    @property
    def pages(self) -> int:
        """Its size in pages."""
        return self._memory.pages

    def __repr__(self) -> str:
        """Return ``<Memory 3 4>``: pages, and how many it may have if that is declared."""
        most = self._memory.type.limits.maximum
        return f"<Memory {self.pages}{'' if most is None else f' {most}'}>"

    def __setitem__(self, key: int | slice, data: bytes | int) -> None:
        """Write at an address a byte, at a slice just as many bytes; Trap before any is written."""
        if not isinstance(key, slice):
            if isinstance(data, int) and not 0 <= data < 1 << 8:
                raise UsageError(f"a byte is 0 to 255, not {data}")
            key, data = slice(key, None), bytes((data,)) if isinstance(data, int) else data
            end: SupportsIndex | None = None if len(data) == 1 else -1
        else:
            end = key.stop
        if not isinstance(data, bytes | bytearray | memoryview) or key.step not in {None, 1}:
            raise UsageError("bytes are written to addresses one after the other")
        start = 0 if key.start is None else key.start
        at = _address(self._memory, start, len(data))
        if end is not None and end != at + len(data):
            wanted = 1 if end == -1 else max(_address(self._memory, end, 0) - at, 0)
            raise UsageError(f"{counted(wanted, 'byte')} expected, found {len(data)}")
        self.write(at, bytes(data))

    def grow(self, delta: int) -> int:
        """Grow by so many pages, and return how many there were; Exhaustion if it may not."""
        _size("memory", delta)
        old = self._memory.grow(delta)
        if old < 0:
            raise Exhaustion(
                TrapCode.MEMORY_EXHAUSTED, f"{counted(self.pages, 'page')}, and {delta} more"
            )
        return old

    def read(self, addr: int, n: int) -> bytes:
        """Return n bytes at addr; Trap outside the memory."""
        return self._memory.read(_address(self._memory, addr, n), n)

    def write(self, addr: int, data: bytes) -> None:
        """Write data at addr; Trap(OUT_OF_BOUNDS_MEMORY), Exhaustion before anything is written."""
        at = _address(self._memory, addr, len(data))
        self._memory.budget.need(len(data))
        self._memory.write(at, data)

    def write_str(self, addr: int, text: str) -> int:
        """Write text as UTF-8 and return how many bytes it took; Trap likewise."""
        data = text.encode()
        self.write(addr, data)
        return len(data)

    def read_str(self, addr: int, n: int) -> str:
        """Return n bytes as UTF-8 text, bad bytes replaced; Trap likewise."""
        return self.read(addr, n).decode(errors="replace")

    def read_cstr(self, addr: int, limit: int = 1 << 16) -> str:
        """Return the text up to the next zero byte; Trap if there is none within limit bytes."""
        addr = _address(self._memory, addr, 0)
        end = self._memory.data.find(b"\0", addr, min(addr + limit, self._memory.size))
        if end < 0:
            raise Trap(TrapCode.OUT_OF_BOUNDS_MEMORY, f"no zero byte after 0x{addr:x}")
        return self.read_str(addr, end - addr)

    def read_int(self, addr: int, n: int = 4, *, signed: bool = False) -> int:
        """Return the integer in n bytes at addr; Trap likewise."""
        return int.from_bytes(self.read(addr, n), "little", signed=signed)

    def write_int(self, addr: int, value: int, n: int = 4) -> None:
        """Write an integer, wrapped, into n bytes at addr; Trap likewise."""
        self.write(addr, (value % (1 << 8 * n)).to_bytes(n, "little"))


class Table(Part):
    """A table of references: ``minimum`` elements, which are ``init``, and up to ``maximum``.

    Raises UsageError for another type, sizes that are none, or an element that does not fit.

    >>> table = wl.Table("funcref", 2)
    >>> table[1] = wl.Func(lambda: 7, "-> i32")
    >>> table[1](), table[0], len(table)
    (7, None, 2)
    >>> table[2]
    Traceback (most recent call last):
    wasmlab.errors.Trap: out of bounds table access: 1 element at 2, the table has 2
    """

    kind = "table"

    def __init__(
        self,
        element: str = "funcref",
        minimum: int = 0,
        maximum: int | None = None,
        *,
        init: PyValue = None,
        store: Store | None = None,
    ) -> None:
        t = value_type(element)
        if not isinstance(t, RefType):
            raise UsageError(f"a table holds references, not {t}")
        self._type, self._init = TableType(t, _limits("table", minimum, maximum)), init
        joined = store or _joined(init)
        if joined is not None:
            self.join(joined)

    def _made(self, store: Store) -> cells.Table:
        ref = to_bits(store.arenas, self._type.element, self._init)
        made = cells.Table(self._type, ref, store.arenas.budget)
        store.arenas.tables.append(made)
        return made

    @property
    def _table(self) -> cells.Table:
        return self.extern

    def __repr__(self) -> str:
        """Return ``<Table 2 funcref>``."""
        return f"<Table {len(self)} {self._table.type.element}>"

    def __len__(self) -> int:
        """Return the number of elements."""
        return self._table.size

    def __iter__(self) -> Iterator[PyValue]:
        """Yield the elements."""
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> PyValue:
        """Return an element; Trap(OUT_OF_BOUNDS_TABLE) outside the table."""
        bits = self._table.get(self._checked(index))
        return from_bits(self.store.arenas, self._table.type.element, bits)

    def __setitem__(self, index: int, value: PyValue) -> None:
        """Set an element; Trap outside the table, UsageError for a value that does not fit."""
        bits = self._bits(value)
        self._table.set(self._checked(index), bits)

    def grow(self, delta: int, init: PyValue = None) -> int:
        """Grow by so many elements, and return how many there were; Exhaustion if it may not."""
        _size("table", delta)
        old = self._table.grow(delta, self._bits(init))
        if old < 0:
            raise Exhaustion(
                TrapCode.MEMORY_EXHAUSTED, f"{counted(len(self), 'element')}, and {delta} more"
            )
        return old

    def _bits(self, value: PyValue) -> int:
        _join_that_of(value, self)
        return to_bits(self.store.arenas, self._table.type.element, value)

    def _checked(self, index: SupportsIndex) -> int:
        """Return the number of an element; Trap below 0, UsageError for what is no number."""
        try:
            number = operator.index(index)
        except TypeError:
            kind = type(index).__name__
            raise UsageError(f"an element goes by its number, not by a {kind}") from None
        if number < 0:
            raise Trap(TrapCode.OUT_OF_BOUNDS_TABLE, f"element {number}")
        return number


class Global(Part):
    """A global variable of a value type: ``value`` reads it and, if it is mutable, writes it.

    >>> counter = wl.Global("i32", 5, mutable=True)
    >>> counter.value += 1
    >>> counter
    <Global (mut i32) 6>
    >>> wl.Global("i64", 1).value = 2
    Traceback (most recent call last):
    wasmlab.errors.UsageError: the global is immutable
    """

    kind = "global"

    def __init__(
        self,
        type: str,  # noqa: A002 - the specification's word
        value: PyValue,
        *,
        mutable: bool = False,
        store: Store | None = None,
    ) -> None:
        t = value_type(type)
        if not isinstance(t, RefType):
            number_bits(t, value)  # raises for what does not fit
        self._type, self._value = GlobalType(t, mutable), value
        joined = store or _joined(value)
        if joined is not None:
            self.join(joined)

    def _made(self, store: Store) -> arenas.GlobalInst:
        bits = to_bits(store.arenas, self._type.value, self._value)
        return arenas.alloc_global(store.arenas, self._type, bits)

    @property
    def _variable(self) -> arenas.GlobalInst:
        return self.extern

    @property
    def value(self) -> PyValue:
        """What it holds."""
        store, variable = self.store.arenas, self._variable
        return from_bits(store, variable.type.value, arenas.read_global(store, variable))

    @value.setter
    def value(self, value: PyValue) -> None:
        """Set it; UsageError if it is immutable or the value does not fit."""
        variable = self._variable
        if not variable.type.mutable:
            raise UsageError("the global is immutable")
        _join_that_of(value, self)
        store = self.store.arenas
        arenas.write_global(store, variable, to_bits(store, variable.type.value, value))

    def __repr__(self) -> str:
        """Return ``<Global (mut i32) 6>``."""
        return f"<Global {self._variable.type} {self.value!r}>"


class Func(Part):
    """A function: exported, or made of a Python function with a type, ``i32 i32 -> i32``.

    Without a type its annotations are read: ``int`` is i32, ``float`` f64, else their texts name
    value types. A first parameter named ``caller`` gets what the function may reach of its caller.
    Raises UsageError for what is no function, or no type.

    >>> add = wl.Func(lambda a, b: a + b, "i32 i32 -> i32")
    >>> add(2, 3)
    5
    >>> add
    <Func <lambda> [i32 i32] -> [i32]>
    >>> add("two", 3)
    Traceback (most recent call last):
    wasmlab.errors.UsageError: i32 expected, found 'two'
    """

    kind = "function"

    def __init__(
        self,
        function: Callable[..., object],
        type: str | None = None,  # noqa: A002 - the specification's word
        *,
        store: Store | None = None,
    ) -> None:
        if not callable(function):
            raise UsageError(f"a function is needed, not a {_kind_of(function)}")
        self._functype = functype_of(function, type)
        self._function = function
        self.__name__ = getattr(function, "__name__", "function")
        if store is not None:
            self.join(store)

    def _made(self, store: Store) -> arenas.FuncInst:
        host = python_func(store.arenas, ("python", self.__name__), self._functype, self._function)
        return arenas.alloc_host_func(store.arenas, host, func_deftype(self._functype))

    @classmethod
    def exported(cls, store: Store, extern: Extern) -> Func:
        """Return a function of a store as Python has it."""
        func: Func = super().exported(store, extern)
        func.__name__ = ""
        return func

    @property
    def type(self) -> FuncType:
        """Its parameters and results."""
        return self._functype if self.joined is None else func_type(self.extern.type)

    def __call__(self, *args: PyValue) -> PyValue:
        """Call it; return its result, a tuple if there are several.

        Raises UsageError for arguments that do not fit and while another thread runs code of the
        store, Trap and the other errors of what it does.
        """
        store, func = self.store.arenas, self.extern
        bits = argument_bits(store, func, self.__name__ or "the function", args)
        with self.store.entered():
            results = invoke(store, func, bits)
        return result_value(store, func, results)

    def __repr__(self) -> str:
        """Return ``<Func add [i32 i32] -> [i32]>``."""
        return f"<Func {f'{self.__name__} ' if self.__name__ else ''}{self.type}>"


class ExceptionTag(Part):
    """An exception tag that an instance exports."""

    kind = "tag"


def _joined(value: object) -> Store | None:
    """Return the store of a value that is part of one."""
    return value.joined if isinstance(value, Part) else None


def _join_that_of(value: object, part: Part) -> None:
    """Let a part that has no store yet join that of a value that it is to hold."""
    if part.joined is None and (store := _joined(value)) is not None:
        part.join(store)


def _kind_of(value: object) -> str:
    return type(value).__name__
