"""Sets of probes: the instructions before which the machine stops, by function and pc."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager

from wasmlab.debug.stops.locations import functions
from wasmlab.debug.views.target import Target, bound_code
from wasmlab.engine.work import FUNCTIONS, looking
from wasmlab.errors import Trap
from wasmlab.exec.code import probes_of, set_probes
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.probe import ALWAYS, AnyOf, Predicate

if TYPE_CHECKING:
    from wasmlab.runtime.store import Code

Ask = Callable[["Code", int], "Predicate | None"]
"""Returns the predicate for a pc of a function, None if there is to be no probe."""
Probes = dict[int, set[int]]
"""Pcs by function address."""


class ConditionalProbes(dict[int, "dict[int, Predicate | None]"]):
    """Probes with predicates, by function address and pc: they stop only where those hold.

    ``ask`` says which probes functions get that are bound later.
    """

    def __init__(self, ask: Ask | None = None) -> None:
        super().__init__()
        self.ask = ask


Placed = Mapping[int, Collection[int]]
"""Either: by function address a set of pcs, or predicates by pc."""


def probes_where(target: Target, wanted: Callable[[Code, int], bool]) -> ConditionalProbes:
    """Return the pcs for which ``wanted(code, pc)``, of all functions that are or will be bound."""
    return predicates_where(target, lambda code, pc: ALWAYS if wanted(code, pc) else None)


def codes(target: Target) -> Iterator[Code]:
    """Yield the bound bodies of all functions; those that cannot be bound are left out."""
    for func in functions(target):
        try:
            yield bound_code(func)
        except Trap:
            continue


def add_probe(probes: ConditionalProbes, addr: int, pc: int, predicate: Predicate | None) -> None:
    """Add a probe; one that is there already stops then if either predicate holds."""
    pcs = probes.setdefault(addr, {})
    before = pcs.get(pc)
    if pc not in pcs:
        pcs[pc] = predicate
    elif predicate is None or before is None:
        pcs[pc] = None
    elif predicate != before:
        pcs[pc] = AnyOf((before, predicate))


def joined(
    usual: Mapping[int, Predicate | None], more: Mapping[int, Predicate | None]
) -> dict[int, Predicate | None]:
    """Return the probes of a function with more of them, by pc."""
    both = ConditionalProbes()
    both[0] = dict(usual)
    for pc, predicate in more.items():
        add_probe(both, 0, pc, predicate)
    return both[0]


def predicates_where(target: Target, ask: Ask) -> ConditionalProbes:
    """Return the pcs for which ``ask(code, pc)`` returns a predicate, with it.

    Of all functions that are bound, and of others as soon as they are: those of a large program
    would take too long, and most never run. Raises Interrupted.
    """
    found, work = ConditionalProbes(ask), target.work
    bound = [func.code for func in functions(target) if func.code is not None]
    with work.expecting(len(bound), FUNCTIONS):
        for code in bound:
            _ask_all(found, code, looking(work, range(len(code.instrs))))
            work.done += 1
    return found


def extend(probes: Placed, code: Code) -> None:
    """Add the probes that a function gets which was bound just now."""
    _ask_all(probes, code, range(len(code.instrs)))


def _ask_all(probes: Placed, code: Code, pcs: Iterable[int]) -> None:
    if isinstance(probes, ConditionalProbes) and probes.ask is not None:
        for pc in pcs:
            predicate = probes.ask(code, pc)
            if predicate is not None:
                add_probe(probes, code.addr, pc, predicate)


@contextmanager
def probing(target: Target, probes: Placed) -> Generator[None]:
    """Have these probes and no others for a while; Interrupted if that is asked before."""
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
            target.work.look()
            set_probes(bound_code(funcs[addr]), pcs)
        yield
    finally:
        store.bound = told
        for addr in usual.keys() | probes.keys():
            set_probes(bound_code(funcs[addr]), usual.get(addr, ()))
        if told is not None:
            for addr in later:
                told(bound_code(funcs[addr]))
