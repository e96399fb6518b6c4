"""Questions about the whole recorded history, answered by replaying it piece by piece."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module

from wasmlab.debug.views.instruction import instruction_text
from wasmlab.debug.views.target import location
from wasmlab.engine.recording.timeline import written_ranges
from wasmlab.errors import BadExpression, DebugError, UsageError
from wasmlab.hints import TYPE_CHECKING, Any, Generic, TypeVar, cast
from wasmlab.records import asdict, dataclass
from wasmlab.runtime.memory import DIRTY_SHIFT
from wasmlab.syntax.row import Kind

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Iterator

    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.probes import Ask, Placed
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Position
    from wasmlab.engine.work import Work
    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import Code

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """An instruction in history; ``goto(tick)`` stands before it."""

    tick: int
    location: Location
    text: str


class Findings(Generic[T]):
    """What a query found: looked for while one iterates, again each time."""

    def __init__(self, work: Work, look: Callable[[], Iterator[Iterable[T]]]) -> None:
        """``look`` yields some at a time, as they are found."""
        self._work, self._look = work, look

    def __iter__(self) -> Iterator[T]:
        """Yield what is found, in order of ticks; Interrupted, the program being where it was."""
        batches = self._look()
        while True:
            with self._work.query():
                batch = next(batches, None)
            if batch is None:
                return
            yield from batch

    def to_frame(self) -> object:
        """Return a pandas DataFrame, one row for each; DebugError without pandas."""
        try:
            pandas = import_module("pandas")
        except ModuleNotFoundError as error:
            raise DebugError("pandas is not installed", hint="pip install pandas") from error
        return pandas.DataFrame([_row(found) for found in self])


def _row(found: object) -> dict[str, object]:
    row: dict[str, object] = asdict(cast("Any", found))
    row["location"] = str(getattr(found, "location", ""))
    for name in ("args", "results", "popped", "pushed"):
        if name in row:
            row[name] = tuple(value.value for value in getattr(found, name))
    return row


@dataclass(frozen=True, slots=True)
class InstructionQuery:
    """Which instructions are looked for; what is left out matches all."""

    op: str = ""
    """A mnemonic, or a pattern such as ``i32.*``."""
    addresses: range | None = None
    """Bytes of memory that it reads or writes, one of them at least."""
    func: str | int = ""
    where: str = ""
    """A condition on the state before it; false where it has no value."""
    writes_only: bool = False

    @property
    def only_writes(self) -> bool:
        """Whether no instruction that reads memory can match."""
        from wasmlab.isa.index import ROWS

        rows = [row for row in ROWS if fnmatchcase(row.mnemonic, self.op)]
        return self.writes_only or (bool(rows) and all(row.kind is Kind.STORE for row in rows))


def find(
    control: Control,
    op: str = "",
    addr: int | range | None = None,
    func: str | int = "",
    where: str = "",
) -> Findings[Found]:
    """Return the instructions in the recorded history that match all that is given.

    op: a mnemonic or a pattern (``i32.*``); addr: an address or a range, read or written; func:
    as ``break_at`` takes it; where: a condition on the state before the instruction. Raises
    UsageError for an unknown op, NoSuchLocation, BadExpression.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> [found.tick for found in session.find(op="i64.mul")]
    [42, 44, 46, 48]
    """
    return _matching(control, InstructionQuery(op, _addresses(addr), func, where))


def first(control: Control, op: str = "", where: str = "", func: str | int = "") -> Found | None:
    """Return the first instruction in history that matches; None if there is none.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> session.first("i64.mul").tick
    42
    """
    return next(iter(find(control, op, None, func, where)), None)


def last(control: Control, op: str = "", where: str = "", func: str | int = "") -> Found | None:
    """Return the last instruction in history that matches; None if there is none.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> session.last("i64.mul").tick
    48
    """
    return _last_match(control, InstructionQuery(op, None, func, where))


def writes(control: Control, addr: int | range) -> Findings[Found]:
    """Return what wrote to an address or a range, in history.

    >>> hello.run()
    <Stop exit, step 13>
    >>> [found.tick for found in hello.writes(range(0, 8))]
    [2, 5]
    """
    return _matching(control, InstructionQuery(addresses=_addresses(addr), writes_only=True))


def _addresses(addr: int | range | None) -> range | None:
    return range(addr, addr + 1) if isinstance(addr, int) else addr


def _matching(control: Control, query: InstructionQuery) -> Findings[Found]:
    from wasmlab.debug.stops.probes import predicates_where

    ask, look = _asked(control, query)

    def run() -> Iterator[list[Found]]:
        places = _places(control, query)
        yield from search_history(control, predicates_where(control.target, ask), look, places)

    return Findings(control.work, run)


def _last_match(control: Control, query: InstructionQuery) -> Found | None:
    """Replay the latest part of history first, and no more than is needed."""
    from wasmlab.debug.history.reverse import undisturbed
    from wasmlab.debug.history.search import backwards
    from wasmlab.debug.stops.probes import predicates_where

    ask, look = _asked(control, query)
    timeline = control.timeline
    probes, places = predicates_where(control.target, ask), _places(control, query)
    if places is None:
        places = [(timeline.first, timeline.last + 1)]
    whole = sum(end - first for first, end in places)
    with undisturbed(control), control.work.expecting(whole):
        for first, end in reversed(places):
            found = backwards(control, end, probes, look, first=first)
            if found is not None:
                return found[1]
    return None


def _asked(
    control: Control, query: InstructionQuery
) -> tuple[Ask, Callable[[Position], Found | None]]:
    """Return where the replay has to stop for a query, and what it finds there."""
    from wasmlab.debug.stops.known import parse_condition
    from wasmlab.debug.stops.locations import functions, resolve
    from wasmlab.debug.stops.predicates import condition_predicate
    from wasmlab.isa.former import name_hint
    from wasmlab.isa.index import ROWS
    from wasmlab.runtime.probe import ALWAYS, AllOf

    if query.op and not any(fnmatchcase(row.mnemonic, query.op) for row in ROWS):
        hint = name_hint(query.op) or "i32.store, *.div_?"
        raise UsageError(f"no instruction is called {query.op!r}", hint=hint)
    funcs = resolve(control.target, query.func).funcs if query.func != "" else ()
    asked = funcs or functions(control.target)
    tree = parse_condition(query.where, asked) if query.where else None
    ops = {row.mnemonic for row in ROWS if fnmatchcase(row.mnemonic, query.op or "*")}

    @cache
    def condition(code: Code) -> Predicate:
        return ALWAYS if tree is None else condition_predicate(code, tree)

    def ask(code: Code, pc: int) -> Predicate | None:
        if (funcs and code.func not in funcs) or code.instrs[pc].row.mnemonic not in ops:
            return None
        touches = _touching(query.addresses, code, pc, writes_only=query.writes_only)
        if touches is None or tree is None:
            return touches
        return condition(code) if touches is ALWAYS else AllOf((touches, condition(code)))

    def look(at: Position) -> Found | None:
        if _matches(control, query, tree, at):
            place = location(control.target, at.func, at.instr.offset)
            return Found(control.tick, place, instruction_text(control.target, at))
        return None

    return ask, look


def _places(control: Control, query: InstructionQuery) -> list[tuple[int, int]] | None:
    """Return the stretches of history that a query is about, in order; None for all of it.

    Snapshots know which pages were written between them: most of a history has no write that
    matters, and needs no replay.
    """
    recorder, addresses = control.recorder, query.addresses
    if addresses is None or not query.only_writes:
        return None
    firsts = {id(i.mems[0]) for i in control.store.instances if i.mems}
    arenas = [n for n, memory in enumerate(recorder.taker.mems) if id(memory) in firsts]
    pages = range(addresses.start >> DIRTY_SHIFT, (addresses.stop - 1 >> DIRTY_SHIFT) + 1)
    return written_ranges(recorder.timeline, arenas, pages, recorder.timeline.last + 1)[::-1]


def _touching(
    addresses: range | None, code: Code, pc: int, *, writes_only: bool
) -> Predicate | None:
    """Return a predicate for where an instruction touches addresses in the first memory."""
    from wasmlab.debug.stops.accesses import Area
    from wasmlab.debug.stops.predicates import touch_predicate
    from wasmlab.runtime.probe import ALWAYS

    if addresses is None:
        return ALWAYS
    if not code.instance.mems:
        return None
    area = Area(code.instance.mems[0], addresses.start, addresses.stop)
    return touch_predicate(code, pc, area, reads=not writes_only, writes=True)


def search_history(
    control: Control,
    probes: Placed,
    look: Callable[[Position], T | None],
    places: list[tuple[int, int]] | None = None,
) -> Iterator[list[T]]:
    """Yield what ``look`` finds at probes in these stretches of history, or in all of it, in lists.

    The program stays where it is.
    """
    from wasmlab.debug.history.reverse import undisturbed
    from wasmlab.debug.history.search import forwards

    timeline = control.timeline
    places = [(timeline.first, timeline.last + 1)] if places is None else places
    batches = forwards(control, places, probes, look)
    while True:
        with undisturbed(control):
            batch = next(batches, None)
        if batch is None:
            return
        yield [found for _, found in batch]


def _matches(
    control: Control, query: InstructionQuery, tree: ast.expr | None, at: Position
) -> bool:
    from wasmlab.debug.stops.expression import evaluate
    from wasmlab.debug.stops.scope import FrameScope

    if query.addresses is not None and not _touches(control, query, at):
        return False
    if tree is None:
        return True
    try:
        return bool(evaluate(tree, FrameScope(control.target, at)))
    except BadExpression:
        return False


def _touches(control: Control, query: InstructionQuery, at: Position) -> bool:
    """Return whether the next instruction touches the addresses in the first memory."""
    from wasmlab.debug.stops.accesses import (
        Area,
        coming_answer,
        host_areas,
        host_writes,
        memory_reads,
        memory_writes,
    )

    target, addresses = control.target, cast("range", query.addresses)
    wanted = Area(at.code.instance.mems[0], addresses.start, addresses.stop)
    if at.instr.row.is_call:
        answer = coming_answer(control.recorder)
        if answer is None:
            return False
        reads = () if query.writes_only else host_areas(target, at, answer.call.reads)
        writes = host_writes(control.recorder, target, at, answer, wanted)
        return writes or any(map(wanted.overlaps, reads))
    areas = [] if query.writes_only else list(memory_reads(target, at))
    return any(map(wanted.overlaps, (*areas, *memory_writes(target, at))))
