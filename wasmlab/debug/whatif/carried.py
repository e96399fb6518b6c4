"""Breakpoints and watchpoints of a program, set at their places in one that takes its place."""

from __future__ import annotations

from functools import cached_property

from wasmlab.debug.stops import breakpoints
from wasmlab.debug.stops.call_sites import call_sites, find_import
from wasmlab.debug.stops.catching import FAILS, instructions_of, on_failure
from wasmlab.debug.stops.locations import find_functions, function_around, resolve
from wasmlab.debug.stops.setting import matching, take_terms
from wasmlab.debug.stops.stop_point import (
    AtCode,
    AtInstructions,
    OnAccess,
    OnFailure,
    OnTrap,
    copied,
)
from wasmlab.debug.stops.views import breakpoint_view, catchpoint_view
from wasmlab.debug.stops.watch_area import WatchArea, watched_bytes
from wasmlab.debug.stops.watchpoints import watched
from wasmlab.debug.views.plain_text import breakpoint_text
from wasmlab.debug.views.symbols import global_name, inst_symbol
from wasmlab.debug.views.target import bound_code, module_of
from wasmlab.debug.whatif.pairing import is_alike, places, same_instruction
from wasmlab.errors import DebugError, NoSuchLocation, Trap
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field, replace
from wasmlab.runtime.store import FuncInst

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.call_sites import Sites
    from wasmlab.debug.stops.stop_point import Place, StopPoint
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.store import ModuleInst


def carry_stops(old: Control, new: Control) -> tuple[str, ...]:
    """Set the breakpoints and watchpoints of one program in another, with their numbers.

    They go to the functions of the same names, and there where their instructions went. Return
    those that have no place there, a line each.
    """
    change = _Change(old.target, new.target)
    kept, there = old.breakpoints, new.breakpoints
    lost = list[str]()
    for point in kept.by_number.values():
        try:
            breakpoints.put(there, _carried(change, point))
        except (DebugError, Trap) as error:
            kind, text = breakpoints.kind(point), _text(old, point)
            lost.append(f"{kind} {point.number} has no place any more: {text} ({error})")
    there.last, there.log = max(there.last, kept.last), kept.log
    breakpoints.refresh(new.target, there)
    return tuple(lost)


def _text(old: Control, point: StopPoint) -> str:
    match point.at:
        case OnAccess(what):
            return what.text
        case AtCode() as at:
            return breakpoint_text(breakpoint_view(old.target, point, at))
        case _:
            return catchpoint_view(old.target, point).what


@dataclass
class _Change:
    """Two programs, and what is known of where the functions and lines of the first one went."""

    old: Target
    new: Target
    lines: dict[int, dict[int, int]] = field(default_factory=dict[int, "dict[int, int]"])
    """Where the lines of a text went, from 0, by the id of the module."""

    @cached_property
    def instances(self) -> dict[int, ModuleInst]:
        """The instance in the place of each, by its id: of the same name, or the program's own."""
        there = {instance.name: instance for instance in self.new.store.instances}
        found = {id(i): there[i.name] for i in self.old.store.instances if i.name in there}
        return found | {id(self.old.program.instance): self.new.program.instance}


def _carried(change: _Change, point: StopPoint) -> StopPoint:
    """Return a stopping place in the new program; DebugError if it is not there."""
    at = _place(change, point.at)
    new = copied(point, at, change.old.store.tick)
    take_terms(change.new, new, at)
    return new


def _place(change: _Change, at: Place) -> Place:
    target = change.new
    match at:
        case AtCode():
            func, sites = _sites(change, at)
            return AtCode(func, sites, at.name if len(sites) > 1 or at.pattern else "", at.pattern)
        case OnAccess(what, access):
            return watched(target, _carried_area(change, what), access)
        case AtInstructions(what, _):
            return instructions_of(target, what)
        case OnFailure(func, _, errno):
            return on_failure(target, inst_symbol(func), errno or FAILS)
        case OnTrap():
            return at


def _sites(change: _Change, set_: AtCode) -> tuple[FuncInst, Sites]:
    target = change.new
    if set_.func.host is not None:
        host = find_import(target, inst_symbol(set_.func))
        sites = {} if host is None else call_sites(target, host)
        if host is None or not sites:
            raise NoSuchLocation("nothing calls it")
        return host, sites
    if set_.pattern:
        found = matching(target, set_.name)
        return found.func, found.sites
    if set_.name:
        found = resolve(target, set_.name).found
        return found[0].func, {place.func.addr: {place.pc} for place in found}
    sites: Sites = {}
    func = set_.func
    for addr, pcs in set_.sites.items():
        old = change.old.store.funcs[addr]
        for pc in pcs:
            func = _counterpart(change, old, pc)
            place = None if func is None else same_instruction(old, func, pc)
            if func is None or place is None:
                raise NoSuchLocation("the function is gone" if func is None else "it is gone")
            sites.setdefault(func.addr, set()).add(place)
    return func, sites


def _counterpart(change: _Change, func: FuncInst, pc: int) -> FuncInst | None:
    """Return the function that was made of one, which has an instruction to look for.

    It is that of the same name, or exported by the same name; else where the line of the
    instruction, or another of the function, went; else, without any name, that of the same index.
    """
    there = None if func.instance is None else change.instances.get(id(func.instance))
    if there is None or func.instance is None:
        return None
    if there.module is func.instance.module:
        return there.funcs[func.index]
    ways = (_named, _exported, _on_line, _indexed)
    found = (way(change, func, there, pc) for way in ways)
    return next((f for f in found if f is not None and f.func is not None), None)


def _named(change: _Change, func: FuncInst, there: ModuleInst, _pc: int) -> FuncInst | None:
    if not _has_name(func):
        return None
    found = find_functions(change.new, inst_symbol(func))
    return next((f for f in found if f.instance is there), None)


def _has_name(func: FuncInst) -> bool:
    return func.instance is not None and func.index in func.instance.module.names.funcs


def _exported(_change: _Change, func: FuncInst, there: ModuleInst, _pc: int) -> FuncInst | None:
    exports = func.instance.exports if func.instance is not None else {}
    names = (name for name, known in exports.items() if known is func)
    found = (there.exports.get(name) for name in names)
    return next((f for f in found if isinstance(f, FuncInst)), None)


def _on_line(change: _Change, func: FuncInst, there: ModuleInst, pc: int) -> FuncInst | None:
    """Return the function that has the line now, both programs being texts."""
    old, new = module_of(change.old, func), change.new.modules.get(id(there.module))
    if old is None or new is None or old.source is None or new.source is None:
        return None
    moved = change.lines.get(id(old))
    if moved is None:
        moved = places(old.source.splitlines(), new.source.splitlines())
        change.lines[id(old)] = moved
    instrs = bound_code(func).instrs
    for instr in (instrs[pc], *instrs):
        line = old.code_lines.line_of(instr.offset)
        at = None if line is None or line - 1 not in moved else moved[line - 1]
        offset = None if at is None else new.code_lines.code_on(at + 1)
        if offset is not None:
            return function_around(there, offset)
    return None


def _indexed(_change: _Change, func: FuncInst, there: ModuleInst, _pc: int) -> FuncInst | None:
    """Return the function of the same index, if both go by nothing else and are alike."""
    found = there.funcs[func.index] if func.index < len(there.funcs) else None
    if found is None or found.func is None or _has_name(func) or _has_name(found):
        return None
    return found if is_alike(func, found) else None


def _carried_area(change: _Change, what: WatchArea) -> WatchArea:
    """Return what is watched in the new program; DebugError if it is not there."""
    old, new = change.old.store, change.new
    if what.frame is not None:
        raise DebugError("it is of one call of the program before")
    if what.area is not None:
        number, memory = what.memory
        instance = _instance(change, old.instances[number])
        return watched_bytes(new, what.text, instance, memory, what.area.start, what.area.end)
    for known in old.instances:
        for index, variable in enumerate(known.globals):
            if variable is what.variable:
                name = global_name(known.module, index)
                there = _instance(change, known)
                place = _global(there, name)
                text = what.text if place == index else f"global {name}"
                return replace(what, text=text, variable=there.globals[place])
    raise DebugError("it is gone")


def _instance(change: _Change, known: ModuleInst) -> ModuleInst:
    if id(known) not in change.instances:
        raise DebugError(f"no module is called {known.name}")
    return change.instances[id(known)]


def _global(there: ModuleInst, name: str) -> int:
    """Return the index of the global of a name, or of the same index if that is its name."""
    for index in range(len(there.globals)):
        if global_name(there.module, index) == name:
            return index
    raise DebugError(f"there is no global {name}")
