"""Plain embedding: instantiate a module and call its exports from Python."""

from __future__ import annotations

from wasmlab.engine.grants import Grants, need_mapping, program_options, wasi_of
from wasmlab.engine.parts import OF_STORES, Func, Memory, Part, Store
from wasmlab.engine.program import instead, load_program, need_members
from wasmlab.errors import NoSuchName, UsageError
from wasmlab.exec.invocation import invoke
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.module import need_module
from wasmlab.records import fields, replace
from wasmlab.runtime.values import Live

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import ClassVar

    from wasmlab.engine.program import Program
    from wasmlab.module import Module

_SHOWN = 5
"""Exports that the short text of an instance names."""


class Exports(Live):
    """Exports by name, as attributes or items: functions are callable, globals have ``value``."""

    def __init__(self, program: Program, store: Store) -> None:
        self._program, self._store = program, store

    def __dir__(self) -> list[str]:
        """Return the names."""
        return list(self._program.instance.exports)

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._program.instance.exports)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._program.instance.exports)

    def __contains__(self, name: object) -> bool:
        """Return whether one has the name."""
        return name in self._program.instance.exports

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - only the module knows what it is
        """Return an export; AttributeError lists what there is."""
        try:
            return self[name]
        except NoSuchName:
            there = ", ".join(self._program.instance.exports) or "nothing"
            raise AttributeError(f"no export {name!r}; the module exports {there}") from None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - likewise
        """Return an export; NoSuchName, a KeyError, if nothing has that name."""
        exports = self._program.instance.exports
        if name not in exports:
            hint = instead(str(name), list(exports), "export")
            raise NoSuchName(f"there is no export {name!r}", hint=hint)
        part = self._store.part(exports[name])
        if isinstance(part, Func) and not part.__name__:
            part.__name__ = name
            part.__doc__ = f"{name}: {part.type}"
        return part

    def __repr__(self) -> str:
        """Return ``<Exports: add, memory>``."""
        return f"<Exports: {', '.join(self)}>"


class Instance(Live):
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

    def __init__(self, program: Program, store: Store) -> None:
        self._program = program
        self.store = store
        self.exports = Exports(program, store)

    def __repr__(self) -> str:
        """Return ``<Instance add.wat: add, memory>``, with what it exports."""
        names = list(self._program.instance.exports)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return f"<Instance {self._program.module.name}: {', '.join(names[:_SHOWN]) or '-'}{more}>"

    @property
    def memory(self) -> Memory:
        """The exported memory named "memory", else the first; UsageError if there is none."""
        exports, mems = self.exports, self._program.instance.mems
        if "memory" in exports and isinstance(found := exports["memory"], Memory):
            return found
        if not mems:
            raise UsageError("the module has no memory")
        return Memory.exported(self.store, mems[0])

    @property
    def output(self) -> bytes:
        """What the program wrote to standard output so far."""
        return b"".join(o.data for o in self._program.wasi.output if o.stream == 1)


_NOT_GRANTED = {"invoke", "invoke_args", "record_limit", "imports"}
"""Grants of programs that are run or debugged only."""


def instantiate(
    module: Module,
    imports: Mapping[str, Mapping[str, object] | Instance | Exports] | None = None,
    *,
    store: Store | None = None,
    **grants: Any,  # noqa: ANN401 - the fields of Grants have their types
) -> Instance:
    """Return an instance of a module.

    imports: by module and name, Python functions, numbers, memories, tables, globals, functions,
    and exports of other instances; for a module also an instance. Its store is that of what is
    given, or ``store``. The other keywords are those of ``Session``: ``args``, ``env``, ``dirs``,
    ``stdin``, ``preload``, ``stub_imports``, ``max_memory`` and so on; a directory is the real one,
    as for ``wasmlab run``.

    The start function and ``_initialize`` have run; ``_start`` has not. Raises Unlinkable, Trap,
    UsageError for what is no module, or of two stores; TypeError for unknown keywords.

    >>> text = '''(module (import "env" "twice" (func $twice (param i32) (result i32)))
    ...   (func (export "f") (param i32) (result i32) (call $twice (local.get 0))))'''
    >>> instance = wl.instantiate(wl.assemble(text), {"env": {"twice": lambda n: 2 * n}})
    >>> instance.exports.f(21)
    42
    """
    need_module(module)
    need_mapping("imports", imports)
    if store is not None and not isinstance(store, Store):  # pyright: ignore[reportUnnecessaryIsInstance] - users give it in Python
        raise UsageError(f"store: a wasmlab.Store is needed, not {type(store).__name__}")
    given = {name: _members(name, members) for name, members in (imports or {}).items()}
    joined = _store_of(given, store)
    known = {field.name for field in fields(Grants)} - _NOT_GRANTED
    for name in grants:
        if name not in known:
            raise TypeError(f"instantiate: got an unexpected keyword argument {name!r}")
        if joined is not None and name in OF_STORES:
            raise UsageError(f"{name} is a store's: give it to wasmlab.Store")
    granted = Grants(imports=given, **grants)
    options = program_options(granted)
    if joined is None:
        steps = options.limits.steps
        steps = Instance.step_limit if steps is None else steps
        joined = Store(engine=granted.engine, limits=replace(options.limits, steps=steps))
    with joined.entered():
        program = load_program(module, wasi_of(module, granted, _real), options, joined.arenas)
        for call in list(program.calls):
            if call.name != "_start":
                invoke(program.store, call.func, call.args)
        program.calls.clear()
    return Instance(program, joined)


def _real(**fields_: Any) -> Wasi:  # noqa: ANN401 - those of Wasi
    """Return a WASI instance whose directories are the real ones."""
    return Wasi(real_dirs=True, **fields_)


def _members(name: str, members: Mapping[str, object] | Instance | Exports) -> Mapping[str, object]:
    """Return what there is for the imports of a module, by name; UsageError for no mapping."""
    if isinstance(members, Instance | Exports):
        exports = members.exports if isinstance(members, Instance) else members
        return {export: exports[export] for export in exports}
    need_members(name, members)
    return members


def _store_of(imports: Mapping[str, Mapping[str, object]], store: Store | None) -> Store | None:
    """Return the store of what is given; None if nothing has one, UsageError if there are two."""
    first = "the one that is given"
    for module, members in imports.items():
        for name, value in members.items():
            if not isinstance(value, Part) or value.joined is None:
                continue
            this = f'import "{module}" "{name}"'
            if store is not None and value.joined is not store:
                raise UsageError(
                    f"{this}, a {value.kind}, is of another store than {first}",
                    hint="make all with one store: wasmlab.Store()",
                )
            if store is None:
                store, first = value.joined, this
    return store
