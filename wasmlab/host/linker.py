"""Where imports come from: Python functions, other instances, stand-ins for unknown ones."""

from __future__ import annotations

from itertools import chain

from wasmlab.errors import (
    HostError,
    TimelineEnd,
    Trap,
    TrapCode,
    UsageError,
    WasmException,
    WouldBlock,
    unknown_import,
)
from wasmlab.escape import shortened
from wasmlab.hints import TYPE_CHECKING, Any, cast
from wasmlab.records import dataclass, field
from wasmlab.runtime.heap import is_object, shape_at
from wasmlab.runtime.host import HostFunc
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.reference import RefTag, ref_tag
from wasmlab.runtime.store import (
    Extern,
    FuncInst,
    GlobalInst,
    TagInst,
    alloc_global,
    alloc_host_func,
    is_of,
)
from wasmlab.runtime.table import Table
from wasmlab.runtime.values import ExportedPart, PyValue, from_bits, to_bits
from wasmlab.syntax.types import (
    DefType,
    FuncType,
    GlobalType,
    MemType,
    TableType,
    TagType,
    func_deftype,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wasmlab.runtime.host import Caller
    from wasmlab.runtime.store import Store
    from wasmlab.syntax.module import Import, Module
    from wasmlab.syntax.types import ValType

_SHOWN = 80
"""Characters of a Python value that a message shows."""
Externs = dict[tuple[str, str], Extern]


@dataclass(slots=True)
class Stubs:
    """Stand-ins for unknown imports: ``mode`` is trap, zero, ask or absent.

    With ask, a call raises WouldBlock until ``answers`` holds what it returns. With absent it
    raises TimelineEnd: what the host answered is recorded, and there is no more of it.
    """

    mode: str
    answers: list[PyValue] = field(default_factory=list[PyValue])
    asked: Import | None = None
    """The import whose result is waited for."""


def link(
    store: Store,
    module: Module,
    provided: Sequence[Mapping[tuple[str, str], object]],
    stubs: Stubs | None,
) -> Externs:
    """Return what there is for the module's imports, as external values of the store.

    The first that is provided under its name is taken.
    Python functions and numbers become what the import's type says. Raises UsageError for what is
    of another kind, or part of another store; Unlinkable for what is missing if its name is like
    one that is there, else that stays missing, and instantiation names it, unless there are stubs.
    """
    externs: Externs = {}
    for wanted in module.imports:
        key = (wanted.module, wanted.name)
        source = next((given for given in provided if key in given), None)
        if source is not None:
            externs[key] = _extern(store, wanted, source[key])
        elif stubs is not None:
            externs[key] = _stub(store, wanted, stubs)
        elif like := similar(key, chain(*provided)):
            hint = f"did you mean {like}?"
            raise unknown_import(wanted.kind.value, wanted.module, wanted.name, hint=hint)
    return externs


def similar(key: tuple[str, str], provided: Iterable[tuple[str, str]]) -> str:
    """Return what is like an unknown import: a name in its module, or a module; else empty."""
    from difflib import get_close_matches

    names: dict[str, list[str]] = {}
    for module, name in provided:
        names.setdefault(module, []).append(name)
    module, name = key
    if module in names:
        return " or ".join(get_close_matches(name, names[module], n=2, cutoff=0.7))
    close = get_close_matches(module, names, n=1, cutoff=0.7)
    return f'"{close[0]}" "{name}"' if close and name in names[close[0]] else ""


def _extern(store: Store, wanted: Import, value: object) -> Extern:
    name = f"{wanted.module}.{wanted.name}"
    if isinstance(value, ExportedPart) and (store.embedder is not None or not callable(value)):
        try:
            return value.part_of(store)
        except UsageError as error:
            raise _of_another(name) from error
    if isinstance(value, FuncInst | Table | Memory | GlobalInst | TagInst):
        if not is_of(store, value):
            raise _of_another(name)
        return value
    if isinstance(wanted.type, DefType):
        host = value if isinstance(value, HostFunc) else _host_func(store, wanted, value)
        return alloc_host_func(store, host, _declared_type(wanted.type, host))
    if isinstance(wanted.type, GlobalType) and isinstance(value, int | float):
        return alloc_global(store, wanted.type, to_bits(store, wanted.type.value, value))
    raise UsageError(
        f'import "{wanted.module}" "{wanted.name}" is a {wanted.kind.value}, '
        f"not a Python {type(value).__name__}"
    )


def _of_another(name: str) -> UsageError:
    return UsageError(
        f"the import {name} is part of another instance",
        hint="preload its module, or give a Python function",
    )


def _declared_type(wanted: DefType, host: HostFunc) -> DefType:
    """Return the import's own type if the host function has its parameters and results."""
    return wanted if wanted.comp == host.type else func_deftype(host.type)


def _functype(wanted: Import) -> FuncType:
    if isinstance(wanted.type, DefType) and isinstance(wanted.type.comp, FuncType):
        return wanted.type.comp
    raise UsageError(f'import "{wanted.module}" "{wanted.name}" is not of a function type')


def _host_func(store: Store, wanted: Import, value: object) -> HostFunc:
    if not callable(value):
        raise UsageError(
            f'import "{wanted.module}" "{wanted.name}" is a function, '
            f"not a Python {type(value).__name__}"
        )
    own = getattr(value, "type", None)  # of a function of another store
    functype = own if isinstance(own, FuncType) else _functype(wanted)
    return python_func(store, (wanted.module, wanted.name), functype, value)


def python_func(
    store: Store, key: tuple[str, str], functype: FuncType, value: Callable[..., Any]
) -> HostFunc:
    """Return the host function that calls a Python function; key: its module and name.

    It raises HostError for what the function returns, or raises, and is not of the store.
    """
    wants_caller, name = _wants_caller(value), f"{key[0]}.{key[1]}"

    def call(caller: Caller, *args: int) -> Sequence[int]:
        values = [from_bits(store, t, a) for t, a in zip(functype.params, args, strict=True)]
        try:
            result = value(caller, *values) if wants_caller else value(*values)
        except WasmException as exception:
            _need_own(store, name, exception)
            raise
        return _results(store, name, functype.results, result)

    return HostFunc(*key, functype, call)


def _need_own(store: Store, name: str, exception: WasmException) -> None:
    """Raise HostError unless an exception that a Python function raised is an object of the store.

    One that was thrown there is; of one that Python made this is found out.
    """
    if exception.store is store:
        return
    ref = exception.reference
    if exception.store is not None:
        raise HostError(f"{name} raised an exception of another instance") from exception
    known = ref and ref_tag(ref) is RefTag.HEAP and is_object(store.heap, ref)
    if not known or shape_at(store.heap, ref).type != exception.tag:
        raise HostError(f"{name} raised an exception that is no object here") from exception


def _wants_caller(function: Callable[..., Any]) -> bool:
    """Return whether the first parameter is named ``caller``: then it gets one."""
    from inspect import signature

    try:
        names = list(signature(function).parameters)
    except (TypeError, ValueError):
        return False
    return names[:1] == ["caller"]


def _results(store: Store, name: str, types: tuple[ValType, ...], result: object) -> list[int]:
    """Return what a Python function returned as bit patterns; HostError if it does not fit."""
    if not types:
        return []
    values = result if len(types) > 1 else (result,)
    found = cast("Sequence[object]", values if isinstance(values, tuple | list) else ())
    if len(found) != len(types):
        what = shortened(repr(result), _SHOWN)
        raise HostError(f"{name} returned {what}, a tuple of {len(types)} values is expected")
    try:
        return [to_bits(store, t, value) for t, value in zip(types, found, strict=True)]
    except UsageError as error:
        what = shortened(repr(result), _SHOWN)
        raise HostError(f"{name} returned {what}: {error}") from error


def _stub(store: Store, wanted: Import, stubs: Stubs) -> Extern:
    match wanted.type:
        case DefType():
            host = HostFunc(
                wanted.module, wanted.name, _functype(wanted), _stub_call(store, wanted, stubs)
            )
            return alloc_host_func(store, host, wanted.type)
        case GlobalType():
            return alloc_global(store, wanted.type, 0)
        case MemType():
            return Memory(wanted.type, store.budget)
        case TableType():
            return Table(wanted.type, budget=store.budget)
        case TagType():
            tag = TagInst(wanted.type, len(store.tags))
            store.tags.append(tag)
            return tag


def _stub_call(store: Store, wanted: Import, stubs: Stubs) -> Callable[..., Sequence[int]]:
    functype = _functype(wanted)

    def trap(_caller: Caller, *_args: int) -> Sequence[int]:
        raise Trap(TrapCode.HOST, f"nothing provides the import {wanted.module}.{wanted.name}")

    def zero(_caller: Caller, *_args: int) -> Sequence[int]:
        return [0] * len(functype.results)

    def ask(_caller: Caller, *_args: int) -> Sequence[int]:
        if functype.results and not stubs.answers:
            stubs.asked = wanted
            raise WouldBlock(f"{wanted.module}.{wanted.name} waits for its result")
        answer = stubs.answers.pop(0) if functype.results else None
        stubs.asked = None
        try:
            return _results(store, f"{wanted.module}.{wanted.name}", functype.results, answer)
        except HostError as error:
            stubs.asked = wanted
            raise WouldBlock(str(error)) from error

    def absent(_caller: Caller, *_args: int) -> Sequence[int]:
        raise TimelineEnd(
            f"the recording ends before this call of {wanted.module}.{wanted.name}",
            hint="the host is not there to go on",
        )

    return {"trap": trap, "zero": zero, "ask": ask, "absent": absent}[stubs.mode]


def exported(name: str, exports: Mapping[str, Extern]) -> dict[tuple[str, str], object]:
    """Return an instance's exports as what imports from module ``name`` get."""
    return {(name, export): extern for export, extern in exports.items()}
