"""What is patched into the cells of one function: probes, filters, counting, tracing."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from wasmlab.native.handlers.superinstructions import LONGEST
from wasmlab.native.layout import (
    CHECK,
    FRAME_SHIFT,
    HOOK_SHIFT,
    WORD,
    WORDS_IN_CELL,
    Decision,
    FilterWord,
    HookWord,
    Question,
    Reason,
    StateWord,
)
from wasmlab.runtime.observer import OFFSET_BITS, RECORD_WORDS
from wasmlab.runtime.probe import AllOf, AnyOf, CallsHost, Compare, InFrame, Number, Space, Touch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from wasmlab.exec.code import Code
    from wasmlab.native.relocate import Cells
    from wasmlab.runtime.observer import Observer
    from wasmlab.runtime.probe import Filter

_HOOK = len(HookWord)
_RECORD = 12
"""Words of a filter's record: as ``FilterWord`` says, the last for a left number's constant."""
_COMPARING = (Question.COMPARE, Question.COMPARE_SLOT)
_M64 = (1 << 64) - 1
_COUNTING, _TRACING = "count", ("trace_empty", "trace", "trace_access")


class Arenas(NamedTuple):
    """Addresses of a store's arenas."""

    stack: int
    frames: int
    globals: int


class Hooks:
    """The hooks of a function; there are none until the first is needed.

    ``made`` is told then what the function's record says of them.
    """

    def __init__(
        self,
        code: Code,
        cells: Cells,
        handlers: Mapping[str, int],
        arenas: Arenas,
        made: Callable[[int], None],
    ) -> None:
        self._code, self._cells, self._handlers, self._arenas = code, cells, handlers, arenas
        self._made = made
        self._words: array[int] | None = None
        self._kinds = bytearray()
        """For each pc the index of what traces it."""
        self._filters: dict[int, array[int]] = {}
        self._encoded: dict[int, tuple[Filter, array[int] | Decision]] = {}
        """By pc the last filter; probes are often taken away for a while."""
        self._probes: set[int] = set()
        """Those without a filter."""
        self._observer: Observer | None = None

    # ---- probes ----
    def watch(self, pcs: Collection[int]) -> None:
        """Follow probes that were set, changed or taken away."""
        around = set[int]()
        for pc in pcs:
            self._probes.discard(pc)
            self._filters.pop(pc, None)
            if pc in self._code.probes:
                self._set(pc, self._code.filters.get(pc))
            around.update(range(max(pc - LONGEST + 1, 0), pc + 1))
        self._patch(around)

    def _set(self, pc: int, filter_: Filter | None) -> None:
        found = Decision.HIT if filter_ is None else self._records_of(pc, filter_)
        if found is Decision.HIT:
            self._probes.add(pc)
        elif found is not Decision.MISS:
            self._filters[pc] = found

    def _records_of(self, pc: int, filter_: Filter) -> array[int] | Decision:
        known = self._encoded.get(pc)
        if known is None or known[0] is not filter_:
            known = self._encoded[pc] = filter_, encoded(filter_, self._arenas)
        return known[1]

    # ---- observing ----
    def observe(self, observer: Observer | None) -> None:
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
        self._patch(range(count) if self._probes or self._filters else ())

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
        if self._words is None and (self._filters or self._observer is not None):
            self._make()
        for pc in pcs:
            self._cells.words[pc * WORDS_IN_CELL] = self._handler(pc)

    def _make(self) -> array[int]:
        self._words = words = array("Q", bytes(WORD * _HOOK * len(self._cells.alone)))
        self._made(words.buffer_info()[0] - (self._cells.base << HOOK_SHIFT) & _M64)
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
            self._probes.isdisjoint(reached) and self._filters.keys().isdisjoint(reached)
        )
        handler = (self._cells.alone if alone else self._cells.joined)[pc]
        if self._words is not None:
            at = pc * _HOOK
            self._words[at + HookWord.ORIGINAL] = handler
            if self._observer is not None:
                kind = _TRACING[self._kinds[pc]] if self._observer.traces else _COUNTING
                handler = self._handlers[kind]
            self._words[at + HookWord.OBSERVER] = handler
            if pc in self._filters:
                self._words[at + HookWord.FILTER] = self._filters[pc].buffer_info()[0]
                handler = self._handlers[_checking(self._filters[pc])]
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


# ---- filters ----


def _checking(records: array[int]) -> str:
    """Return the handler for a filter."""
    if len(records) > _RECORD:
        return CHECK
    return CHECK + Question(records[FilterWord.QUESTION]).name


def encoded(filter_: Filter, arenas: Arenas) -> array[int] | Decision:
    """Return a filter's records, the first one first, or what it always comes to.

    Calls of the host leave the loop, so that they need not be asked for in it.
    """
    records: list[list[int]] = []
    entry = _wired(filter_, Decision.HIT, Decision.MISS, records, arenas)
    if entry <= Decision.HIT:
        return Decision(entry)
    words = array("Q", bytes(WORD * _RECORD * len(records)))
    base = words.buffer_info()[0]
    for number, record in enumerate(reversed(records)):
        at, place = number * _RECORD, base + number * _RECORD * WORD
        words[at : at + _RECORD] = array("Q", record)
        for word in (FilterWord.THEN, FilterWord.OTHERWISE):
            if record[word] > Decision.HIT:
                other = len(records) + Decision.HIT - record[word]
                words[at + word] = base + other * _RECORD * WORD
        for word, constant in (
            (FilterWord.LEFT, _RECORD - 1),
            (FilterWord.RIGHT, FilterWord.CONSTANT),
        ):
            if record[FilterWord.QUESTION] in _COMPARING and record[word + 1] == _M64:
                words[at + word + 1] = place + constant * WORD
    return words


def _wired(
    filter_: Filter, then: int, otherwise: int, records: list[list[int]], arenas: Arenas
) -> int:
    """Append the records of a filter, the last one first; return its first or where it leads.

    Record number n is called n + 2, because 0 and 1 are where a filter ends.
    """
    match filter_:
        case AllOf(parts):
            for part in reversed(parts):
                then = _wired(part, then, otherwise, records, arenas)
            return then
        case AnyOf(parts):
            for part in reversed(parts):
                otherwise = _wired(part, then, otherwise, records, arenas)
            return otherwise
        case CallsHost():
            return otherwise
        case Compare() | Touch() | InFrame():
            if then == otherwise:
                return then
            records.append(_record(filter_, then, otherwise, arenas))
            return len(records) + Decision.HIT


def _record(
    filter_: Compare | Touch | InFrame, then: int, otherwise: int, arenas: Arenas
) -> list[int]:
    match filter_:
        case Compare(left, relations, right):
            (one, first), (other, second) = _number(left, arenas), _number(right, arenas)
            is_plain = left.space is Space.FRAME and right.space is Space.CONSTANT
            question = Question.COMPARE_SLOT if is_plain else Question.COMPARE
            words = [question, then, otherwise, *one, *other, relations, second, first]
        case Touch(address, offset, nbytes, count, start, end):
            counts, slot = (0, address) if count is None else (_M64, count)
            words = [Question.TOUCH, then, otherwise, WORD * address, offset, nbytes]
            words += [WORD * slot, counts, start, end]
        case InFrame(number, fp):
            words = [Question.IN_FRAME, then, otherwise]
            words += [arenas.frames + (number << FRAME_SHIFT), arenas.stack + WORD * fp]
    return words + [0] * (_RECORD - len(words))


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
