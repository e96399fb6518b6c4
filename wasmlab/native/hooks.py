"""What is patched into the cells of one function: probes, predicates, counting, tracing."""

from __future__ import annotations

from array import array
from itertools import islice

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.handler_names import LONGEST
from wasmlab.native.layout import (
    FRAME_SHIFT,
    HOOK_SHIFT,
    PREDICATE,
    WORD,
    WORDS_IN_CELL,
    Action,
    HookWord,
    PredicateKind,
    PredicateWord,
    Reason,
    StateWord,
)
from wasmlab.records import NamedTuple
from wasmlab.runtime.observer import OFFSET_BITS, RECORD_WORDS
from wasmlab.runtime.probe import AllOf, AnyOf, CallsHost, Compare, InFrame, Number, Space, Touch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from wasmlab.native.relocate import Cells
    from wasmlab.runtime.observer import Observer
    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import Code

_HOOK = len(HookWord)
_ROW = 12
"""Words of a predicate's row, see ``PredicateWord``; the last is a constant on the left."""
_COMPARING = (PredicateKind.COMPARE, PredicateKind.COMPARE_SLOT)
_M64 = (1 << 64) - 1
_COUNTING, _TRACING = "count", ("trace_empty", "trace", "trace_access")


class Arenas(NamedTuple):
    """Addresses of a store's arenas."""

    stack: int
    frames: int
    globals: int


class Hooks:
    """The hooks of a function's cells, allocated when the first is needed.

    ``set_base`` is called once, when they are, with the value for ``FuncWord.HOOKS``. Probes that
    change are noted, with a call of ``note_stale``, and patched by ``catch_up``; so with observers.
    """

    def __init__(
        self,
        code: Code,
        cells: Cells,
        handlers: Mapping[str, int],
        arenas: Arenas,
        set_base: Callable[[int], None],
        note_stale: Callable[[], None],
    ) -> None:
        self._code, self._cells, self._handlers, self._arenas = code, cells, handlers, arenas
        self._set_base, self._note_stale = set_base, note_stale
        self._pending: set[int] = set()
        """Pcs whose probes have changed since the cells were patched."""
        self._emptied = False
        """No probe was left then, for a moment at least."""
        self._words: array[int] | None = None
        self._kinds = bytearray()
        """For each pc the index in ``_TRACING`` of the handler that traces it."""
        self._predicates: dict[int, array[int]] = {}
        self._known: dict[int, tuple[Predicate, array[int] | Action]] = {}
        """The last predicate at a pc, and its rows: probes are often taken away for a while."""
        self._last: tuple[Predicate, array[int] | Action] | None = None
        """What was encoded last: all instructions of a function may have one predicate."""
        self._probes: set[int] = set()
        """Pcs of probes without a predicate."""
        self._observer: Observer | None = None
        self._next_observer: Observer | None = None

    # ---- probes ----
    def watch(self, pcs: Collection[int]) -> None:
        """Note that probes were set, changed or taken away."""
        if self._code.probes:
            self._pending.update(pcs)
        elif pcs:
            self._pending.clear()
            self._emptied = True
        if pcs:
            self._note_stale()

    def watch_observer(self, observer: Observer | None) -> None:
        """Note that what is executed is to be noted for another observer."""
        self._next_observer = observer
        self._note_stale()

    def catch_up(self, most: int) -> bool:
        """Patch the cells where probes have changed, ``most`` of them; return whether all are."""
        if self._emptied:
            self._emptied = False
            self._put_none()
        if self._next_observer is not self._observer:
            self._observe(self._next_observer)
        around = set[int]()
        for pc in list(islice(self._pending, most)):
            self._pending.discard(pc)
            self._probes.discard(pc)
            self._predicates.pop(pc, None)
            if pc in self._code.probes:
                self._set(pc, self._code.predicates.get(pc))
            around.update(range(max(pc - LONGEST + 1, 0), pc + 1))
        self._patch(around)
        return not self._pending

    def _put_none(self) -> None:
        """Patch all cells: no probe was left, however many there were."""
        if self._probes or self._predicates:
            self._probes.clear()
            self._predicates.clear()
            if self._observer is None:
                self._cells.words[::WORDS_IN_CELL] = self._cells.joined
            else:
                self._patch(range(len(self._cells.alone)))

    def _set(self, pc: int, predicate: Predicate | None) -> None:
        found = Action.STOP if predicate is None else self._rows_of(pc, predicate)
        if found is Action.STOP:
            self._probes.add(pc)
        elif found is not Action.GO_ON:
            self._predicates[pc] = found

    def _rows_of(self, pc: int, predicate: Predicate) -> array[int] | Action:
        known = self._known.get(pc)
        if known is None or known[0] is not predicate:
            known = self._last
            if known is None or known[0] is not predicate:
                known = self._last = predicate, encode_predicate(predicate, self._arenas)
            self._known[pc] = known
        return known[1]

    # ---- observing ----
    def _observe(self, observer: Observer | None) -> None:
        """Begin to note what is executed, or end it; what was counted is added to the observer."""
        self.collect()
        self._observer = observer
        cells, count = self._cells, len(self._cells.alone)
        if observer is None:
            cells.words[::WORDS_IN_CELL] = cells.joined
        else:
            words = self._words or self._make()
            handlers = array("Q", [self._handlers[_COUNTING]]) * count
            if observer.traces:
                self._describe(words)
                handlers = array("Q", [self._handlers[_TRACING[kind]] for kind in self._kinds])
            words[HookWord.ORIGINAL :: _HOOK] = cells.alone
            words[HookWord.OBSERVER :: _HOOK] = handlers
            cells.words[::WORDS_IN_CELL] = handlers
        self._patch(range(count) if self._probes or self._predicates else ())

    def collect(self) -> None:
        """Add the counts to the observer's, and begin at 0 again."""
        if self._observer is None or self._words is None:
            return
        for pc, times in enumerate(self._words[HookWord.COUNT :: _HOOK]):
            if times:
                self._observer.add(self._code.addr, pc, times)
                self._words[pc * _HOOK + HookWord.COUNT] = 0

    def uncount(self, pc: int) -> None:
        """Take back one count, of an instruction that was not executed after all."""
        if self._words is not None:
            self._words[pc * _HOOK + HookWord.COUNT] -= 1

    # ---- cells ----
    def _patch(self, pcs: Iterable[int]) -> None:
        """Write the handlers of cells anew."""
        if self._words is None and (self._predicates or self._observer is not None):
            self._make()
        for pc in pcs:
            self._cells.words[pc * WORDS_IN_CELL] = self._handler(pc)

    def _make(self) -> array[int]:
        self._words = words = array("Q", bytes(WORD * _HOOK * len(self._cells.alone)))
        self._set_base(words.buffer_info()[0] - (self._cells.base << HOOK_SHIFT) & _M64)
        return words

    def _describe(self, words: array[int]) -> None:
        """Say of each cell what a trace has of it."""
        code = self._code
        self._kinds = bytearray()
        for pc, (instr, height) in enumerate(zip(code.instrs, code.heights, strict=True)):
            at, access = pc * _HOOK, code.accessed(pc)
            words[at + HookWord.IDENTITY] = code.addr << OFFSET_BITS | instr.offset
            words[at + HookWord.TOP] = WORD * max(code.local_slots + height - 1, 0)
            self._kinds.append(2 if access else min(height, 1))
            if access is not None:
                slot, offset = access
                words[at + HookWord.ADDRESS], words[at + HookWord.OFFSET] = WORD * slot, offset

    def _handler(self, pc: int) -> int:
        """Return what comes first in a cell, having written what follows into its hook."""
        reached = range(pc + 1, pc + LONGEST)
        alone = self._observer is not None or not (
            self._probes.isdisjoint(reached) and self._predicates.keys().isdisjoint(reached)
        )
        handler = (self._cells.alone if alone else self._cells.joined)[pc]
        if self._words is not None:
            at = pc * _HOOK
            self._words[at + HookWord.ORIGINAL] = handler
            if self._observer is not None:
                kind = _TRACING[self._kinds[pc]] if self._observer.traces else _COUNTING
                handler = self._handlers[kind]
            self._words[at + HookWord.OBSERVER] = handler
            if pc in self._predicates:
                self._words[at + HookWord.PREDICATE] = self._predicates[pc].buffer_info()[0]
                handler = self._handlers[_predicate_handler(self._predicates[pc])]
        return self._handlers["probe"] if pc in self._probes else handler


# ---- runs ----


def begin_trace(observer: Observer | None, state: array[int]) -> None:
    """Say in the state block where records go; nowhere without an observer that keeps a trace."""
    if observer is not None:
        start = observer.records.buffer_info()[0]
        state[StateWord.TRACE] = start + WORD * observer.used
        state[StateWord.TRACE_END] = start + WORD * len(observer.records)


def end_trace(observer: Observer, state: array[int], hooks: Hooks, pc: int) -> None:
    """Take over what a run has noted, without the instruction that has left the loop."""
    observer.used = (state[StateWord.TRACE] - observer.records.buffer_info()[0]) // WORD
    if state[StateWord.REASON] == Reason.LEAVE:
        hooks.uncount(pc)
        observer.used -= RECORD_WORDS if observer.traces else 0
    elif state[StateWord.REASON] == Reason.FULL:
        observer.flush()


# ---- predicates ----


def _predicate_handler(rows: array[int]) -> str:
    """Return the handler for a predicate."""
    if len(rows) > _ROW:
        return PREDICATE
    return PREDICATE + PredicateKind(rows[PredicateWord.KIND]).name


def encode_predicate(predicate: Predicate, arenas: Arenas) -> array[int] | Action:
    """Return a predicate's rows, the first one first, or the action that it always leads to.

    Calls of the host leave the loop anyway, so that ``CallsHost`` needs no row.
    """
    rows: list[list[int]] = []
    entry = _append_rows(predicate, Action.STOP, Action.GO_ON, rows, arenas)
    if entry <= Action.STOP:
        return Action(entry)
    words = array("Q", bytes(WORD * _ROW * len(rows)))
    base = words.buffer_info()[0]
    for number, row in enumerate(reversed(rows)):
        at, place = number * _ROW, base + number * _ROW * WORD
        words[at : at + _ROW] = array("Q", row)
        for word in (PredicateWord.THEN, PredicateWord.OTHERWISE):
            if row[word] > Action.STOP:
                other = len(rows) + Action.STOP - row[word]
                words[at + word] = base + other * _ROW * WORD
        for word, constant in (
            (PredicateWord.LEFT, _ROW - 1),
            (PredicateWord.RIGHT, PredicateWord.CONSTANT),
        ):
            if row[PredicateWord.KIND] in _COMPARING and row[word + 1] == _M64:
                words[at + word + 1] = place + constant * WORD
    return words


def _append_rows(
    predicate: Predicate, then: int, otherwise: int, rows: list[list[int]], arenas: Arenas
) -> int:
    """Append the rows of a predicate, the last one first; return its first or where it leads.

    Row n, from 0, is called n + 2: 0 and 1 are the actions in which a predicate ends.
    """
    match predicate:
        case AllOf(parts):
            for part in reversed(parts):
                then = _append_rows(part, then, otherwise, rows, arenas)
            return then
        case AnyOf(parts):
            for part in reversed(parts):
                otherwise = _append_rows(part, then, otherwise, rows, arenas)
            return otherwise
        case CallsHost():
            return otherwise
        case Compare() | Touch() | InFrame():
            if then == otherwise:
                return then
            rows.append(_row(predicate, then, otherwise, arenas))
            return len(rows) + Action.STOP


def _row(
    predicate: Compare | Touch | InFrame, then: int, otherwise: int, arenas: Arenas
) -> list[int]:
    match predicate:
        case Compare(left, relations, right):
            (one, first), (other, second) = _number(left, arenas), _number(right, arenas)
            is_plain = left.space is Space.FRAME and right.space is Space.CONSTANT
            kind = PredicateKind.COMPARE_SLOT if is_plain else PredicateKind.COMPARE
            words = [kind, then, otherwise, *one, *other, relations, second, first]
        case Touch(address, offset, nbytes, count, start, end):
            counts, slot = (0, address) if count is None else (_M64, count)
            words = [PredicateKind.TOUCH, then, otherwise, WORD * address, offset, nbytes]
            words += [WORD * slot, counts, start, end]
        case InFrame(number, fp):
            words = [PredicateKind.IN_FRAME, then, otherwise]
            words += [arenas.frames + (number << FRAME_SHIFT), arenas.stack + WORD * fp]
    return words + [0] * (_ROW - len(words))


def _number(number: Number, arenas: Arenas) -> tuple[tuple[int, int, int], int]:
    """Return a number's three words, and its constant; all bits set stand for where that is."""
    shift = 64 - number.bits
    match number.space:
        case Space.FRAME:
            return (_M64, WORD * number.at, shift), 0
        case Space.GLOBALS:
            return (0, arenas.globals + WORD * number.at, shift), 0
        case Space.CONSTANT:
            return (0, _M64, 0), number.at & _M64
