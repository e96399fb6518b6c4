"""A program: a module with everything it needs to run, and the calls that make it run."""

from __future__ import annotations

from collections import deque

from wasmlab.counted import counted
from wasmlab.engine.host_calls import HostCalls
from wasmlab.engine.tier import choose
from wasmlab.errors import UsageError
from wasmlab.exec.instantiate import instantiate
from wasmlab.exec.invocation import begin, invoke, results_at
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.linker import Stubs, exported, link
from wasmlab.host.wasi.link import HostFunctions
from wasmlab.records import dataclass, field
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.store import FuncInst, ModuleInst, Store
from wasmlab.runtime.values import PyValue, from_bits, to_bits
from wasmlab.syntax.types import FuncType, func_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.module import Module
    from wasmlab.syntax.types import ValType


START, INITIALIZE = "start function", "_initialize"
"""Names of calls: the one in the module's start section, and the export that prepares a library."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the program still has to make, with arguments as bit patterns."""

    func: FuncInst
    name: str
    args: tuple[int, ...] = ()
    library: str = ""
    """The name of the preloaded module that it prepares; empty for the program's own calls."""


@dataclass(slots=True)
class Program:
    """A module instance, its store and WASI; ``calls`` are made one after the other."""

    module: Module
    store: Store
    instance: ModuleInst
    wasi: Wasi
    stubs: Stubs | None
    host_calls: HostCalls
    calls: deque[Call] = field(default_factory=deque[Call])
    current: Call | None = None
    at: int = 0
    """Slot of the current call's arguments, later its results."""
    is_command: bool = False
    """It has ``_start``: when that returns, the program is over."""


@dataclass(frozen=True, slots=True)
class ProgramOptions:
    """What a program is given; nothing of the host is granted by default."""

    imports: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict[str, "Mapping[str, object]"]
    )
    """By module and name: Python functions, numbers, exports of other instances."""
    preload: Mapping[str, Module] = field(default_factory=dict[str, "Module"])
    """Modules that are instantiated first, under the name that imports use."""
    invoke: str | None = None
    invoke_args: Sequence[PyValue] = ()
    stub_imports: str | None = None
    """trap, zero, ask or absent; None refuses modules with unknown imports."""
    limits: Limits = field(default_factory=Limits)
    engine: str = "auto"
    """auto, reference or native; results are the same."""
    starts_libraries: bool = True
    """Start functions and ``_initialize`` of preloaded modules run; not if a recording says what
    they did."""
    provides_wasi: bool = True
    """Imports of WASI get its functions; not if a recording says what these did."""


def load_program(
    module: Module, wasi: Wasi, options: ProgramOptions, store: Store | None = None
) -> Program:
    """Instantiate a module and what it is given; return it at tick 0, its calls still to be made.

    Each preloaded module's start function and ``_initialize`` come before all of the next module's.
    Those up to the first ``_initialize`` have run: they are start functions. The others are the
    first calls to be made.
    store: the one that it joins, if there is one; limits and tier are that one's.

    Raises Unlinkable, Trap from segments, UsageError for what is asked to be invoked.
    """
    joins, store = store is not None, store or Store(options.limits)
    wasi.share(store.budget)
    if not joins:
        choose(store, options.engine)
    stubs = Stubs(options.stub_imports) if options.stub_imports else None
    given = dict[tuple[str, str], object]()
    provided = (given, HostFunctions(wasi)) if options.provides_wasi else (given,)
    for name, members in options.imports.items():
        need_members(name, members)
        given.update({(name, member): value for member, value in members.items()})
    calls = deque[Call]()
    for name, library in options.preload.items():
        externs = link(store, library.syntax, provided, stubs)
        instance = instantiate(store, library.syntax, externs, name=name)
        if options.starts_libraries:
            calls.extend(_first_calls(name, library, instance))
            while calls and calls[0].name == START:
                invoke(store, calls.popleft().func, ())
        given.update(exported(name, instance.exports))
    externs = link(store, module.syntax, provided, stubs)
    instance = instantiate(store, module.syntax, externs, name=module.name)
    if not joins:
        store.tick = 0
    host_calls = store.host_calls if isinstance(store.host_calls, HostCalls) else HostCalls(store)
    store.host_calls = host_calls
    program = Program(module, store, instance, wasi, stubs, host_calls, calls)
    _schedule(program, options)
    return program


def need_members(name: str, members: object) -> None:
    """Raise UsageError unless the imports from a module are given by name: users write them."""
    if not hasattr(members, "items"):
        kind = type(members).__name__
        raise UsageError(f"imports from {name!r}: a dictionary by name expected, found {kind}")


def _first_calls(name: str, library: Module, instance: ModuleInst) -> Iterator[Call]:
    """Yield the calls that prepare a preloaded module; ``_initialize`` as WASI has it, [] -> []."""
    if library.syntax.start is not None:
        yield Call(instance.funcs[library.syntax.start], START, library=name)
    found = instance.exports.get(INITIALIZE)
    if isinstance(found, FuncInst) and found.type.comp == FuncType((), ()):
        yield Call(found, f"{name}.{INITIALIZE}", library=name)


def _schedule(program: Program, options: ProgramOptions) -> None:
    module, exports = program.module.syntax, program.instance.exports
    if module.start is not None:
        program.calls.append(Call(program.instance.funcs[module.start], START))
    if options.invoke is not None:
        if INITIALIZE in exports:
            add_call(program, INITIALIZE, ())
        add_call(program, options.invoke, options.invoke_args)
    elif "_start" in exports:
        program.is_command = True
        add_call(program, "_start", ())
    elif INITIALIZE in exports:
        add_call(program, INITIALIZE, ())


def exported_func(program: Program, name: str) -> FuncInst:
    """Return the exported function of a name; UsageError lists what there is."""
    found = program.instance.exports.get(name)
    if isinstance(found, FuncInst):
        return found
    names = [n for n, e in program.instance.exports.items() if isinstance(e, FuncInst)]
    raise UsageError(
        f"no exported function {name!r}", hint=instead(name, names, "exported function")
    )


_LISTED = 8


def instead(name: str, names: list[str], kind: str) -> str:
    """Return what could have been meant by a name that nothing has, as a hint.

    names: those that there are, of the kind; where none is like it, the first ones are listed.
    """
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{kind}s: {', '.join(names[:_LISTED])}{more}" if names else f"there is no {kind}"


def add_call(program: Program, name: str, args: Sequence[PyValue]) -> None:
    """Let the program call an exported function when its other calls are done.

    Raises UsageError for an unknown name, or for arguments that do not fit.
    """
    func = exported_func(program, name)
    params = func_type(func.type).params
    if len(args) != len(params):
        raise UsageError(
            f"{name} takes {_arguments(len(params))}, found {len(args)}",
            hint=f"its type is {func.type}{_misplaced(args)}",
        )
    bits = tuple(to_bits(program.store, t, a) for t, a in zip(params, args, strict=True))
    program.calls.append(Call(func, name, bits))


def _misplaced(args: Sequence[PyValue]) -> str:
    """Return what is to be said of words that look like options of wasmlab among arguments."""
    import re

    option = re.compile("--?(?!nan|inf)[a-z]", re.IGNORECASE)
    words = [arg for arg in args if isinstance(arg, str) and option.match(arg)]
    return f"; options such as {words[0]} go before the arguments" if words else ""


def _arguments(count: int) -> str:
    return counted(count, "argument")


def begin_next(program: Program) -> bool:
    """Enter the next call; return False if there is none."""
    if not program.calls:
        program.current = None
        return False
    program.current = program.calls.popleft()
    program.at = begin(program.store, program.current.func, program.current.args)
    return True


def current_results(program: Program) -> list[tuple[ValType, int]]:
    """Return types and bits of what the current call returned, once it is done."""
    if program.current is None:
        return []
    func = program.current.func
    types = func_type(func.type).results
    bits = results_at(program.store, func, program.at)
    return list(zip(types, bits, strict=True))


def call_export(program: Program, name: str, *args: PyValue) -> PyValue:
    """Call an exported function to its end; return its result, a tuple if there are several.

    Raises UsageError.
    """
    store, func = program.store, exported_func(program, name)
    return result_value(store, func, invoke(store, func, argument_bits(store, func, name, args)))


def argument_bits(store: Store, func: FuncInst, name: str, args: Sequence[PyValue]) -> list[int]:
    """Return the arguments of a call as bit patterns; UsageError for those that do not fit.

    name: what messages call the function.
    """
    params = func_type(func.type).params
    if len(args) != len(params):
        raise UsageError(f"{name} takes {_arguments(len(params))}, found {len(args)}")
    return [to_bits(store, t, a) for t, a in zip(params, args, strict=True)]


def result_value(store: Store, func: FuncInst, results: Sequence[int]) -> PyValue:
    """Return what a call returned: a tuple if there are several results, None if there are none."""
    types = func_type(func.type).results
    values = tuple(from_bits(store, t, b) for t, b in zip(types, results, strict=True))
    return values[0] if len(values) == 1 else values or None
