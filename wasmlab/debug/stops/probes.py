"""Sets of probes: the instructions before which the machine stops, by function and pc."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager

from wasmlab.debug.stops.locations import functions
from wasmlab.debug.views.target import Target, bound_code
from wasmlab.errors import Trap
from wasmlab.exec.code import Code, probes_of, set_probes
from wasmlab.runtime.probe import ALWAYS, AnyOf, Filter

Ask = Callable[["Code", int], "Filter | None"]
"""Returns the filter for a pc of a function, None if there is to be no probe."""
Probes = dict[int, set[int]]
"""Pcs by function address."""


class Filtered(dict[int, "dict[int, Filter | None]"]):
    """The same with filters: the machine stops only where they hold.

    ``ask`` says which probes functions get that are bound later.
    """

    def __init__(self, ask: Ask | None = None) -> None:
        super().__init__()
        self.ask = ask


Placed = Mapping[int, Collection[int]]
"""Probes by function address: a set of pcs, or pc -> filter (``Probes`` or ``Filtered``)."""


def probes_where(target: Target, wanted: Callable[[Code, int], bool]) -> Filtered:
    """Return the pcs for which ``wanted(code, pc)``, of all functions that are or will be bound."""
    return filtered_where(target, lambda code, pc: ALWAYS if wanted(code, pc) else None)


def codes(target: Target) -> Iterator[Code]:
    """Yield the bound bodies of all functions; those that cannot be bound are left out."""
    for func in functions(target):
        try:
            yield bound_code(func)
        except Trap:
            continue


def add_probe(probes: Filtered, addr: int, pc: int, filter_: Filter | None) -> None:
    """Add a probe; one that is there already stops then if either filter holds."""
    pcs = probes.setdefault(addr, {})
    before = pcs.get(pc)
    if pc not in pcs:
        pcs[pc] = filter_
    elif filter_ is None or before is None:
        pcs[pc] = None
    elif filter_ != before:
        pcs[pc] = AnyOf((before, filter_))


def filtered_where(target: Target, ask: Ask) -> Filtered:
    """Return the pcs for which ``ask(code, pc)`` returns a filter, with it.

    Of all functions that are bound, and of others as soon as they are: those of a large program
    would take too long, and most never run.
    """
    found = Filtered(ask)
    for func in functions(target):
        if func.code is not None:
            extend(found, func.code)
    return found


def extend(probes: Placed, code: Code) -> None:
    """Add the probes that a function gets which was bound just now."""
    if isinstance(probes, Filtered) and probes.ask is not None:
        asked = ((pc, probes.ask(code, pc)) for pc in range(len(code.instrs)))
        for pc, filter_ in asked:
            if filter_ is not None:
                add_probe(probes, code.addr, pc, filter_)


@contextmanager
def probing(target: Target, probes: Placed) -> Generator[None]:
    """Have these probes and no others for a while."""
    store, funcs = target.store, target.store.funcs
    usual = {f.addr: probes_of(f.code) for f in funcs if f.code is not None and f.code.probes}
    told, later = store.bound, list[int]()

    def bind(code: Code) -> None:
        later.append(code.addr)
        extend(probes, code)
        set_probes(code, probes.get(code.addr, ()))

    store.bound = bind
    try:
        for addr in usual.keys() - probes.keys():
            set_probes(bound_code(funcs[addr]), ())
        for addr, pcs in list(probes.items()):
            set_probes(bound_code(funcs[addr]), pcs)
        yield
    finally:
        store.bound = told
        for addr in usual.keys() | probes.keys():
            set_probes(bound_code(funcs[addr]), usual.get(addr, ()))
        if told is not None:
            for addr in later:
                told(bound_code(funcs[addr]))
