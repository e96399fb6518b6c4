"""Checks that the snapshots and answers of a file can be states of its modules.

The native loop trusts frames, slots, tables and heap objects, because only it and the reference
tier write them. Those from a file are first compared with what the validator knows: every frame is
at an instruction of its function, above the operands of its caller, and every value has its type.
Results of host calls have theirs when the program is given them (``hosts.answer_check``).
"""

from __future__ import annotations

from wasmlab.engine.recording.file.heap_check import Objects, checked_heap
from wasmlab.engine.recording.snapshots.pages import PageImage, changed_pages, read_image
from wasmlab.errors import BadRecording, Trap
from wasmlab.exec.lazy_code import code_of
from wasmlab.exec.roots import typed_slots
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.fits import fits
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC, RESUME
from wasmlab.syntax.row import Flow
from wasmlab.syntax.types import (
    ANY,
    EXN,
    EXTERN,
    F32,
    I32,
    BotType,
    RefType,
    ValType,
    func_type,
    slot_count,
)
from wasmlab.valid.matching import matches_result, top

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.engine.program import Call
    from wasmlab.engine.recording.snapshots.snapshot import (
        ArenaImages,
        HeapState,
        Snapshot,
        SnapshotTaker,
    )
    from wasmlab.runtime.store import Code
    from wasmlab.runtime.table import Table

_Frame = tuple[int, int, int, int]
MOST_CHECKED = 1 << 25
"""Slots of stacks, tables and heaps that are looked at in a recording: some ten seconds' worth."""


@dataclass(slots=True)
class Checker:
    """Checks snapshots, answers and calls of one program, in the order of the file.

    Methods raise BadRecording.
    """

    taker: SnapshotTaker
    spent: int = 0
    """Slots that were looked at."""
    _objects: Objects = field(default_factory=Objects)
    """The objects of the heap that was walked last."""
    _heap: tuple[PageImage, HeapState] | None = None
    """That heap."""
    _tables: dict[int, tuple[PageImage, int]] = field(
        default_factory=dict[int, tuple[PageImage, int]]
    )
    """Image and size of each table as it was checked last."""
    _places: dict[tuple[int, int, bool], tuple[tuple[int, ValType], ...]] = field(
        default_factory=dict[tuple[int, int, bool], "tuple[tuple[int, ValType], ...]"]
    )

    def snapshot(self, snapshot: Snapshot) -> None:
        """Check that the program can be in this state."""
        self.arenas(snapshot.arenas)
        results = (
            None if snapshot.current is None else func_type(snapshot.current.func.type).results
        )
        self._frames(_words(snapshot.frames), _words(snapshot.stack), results)
        for call in (*snapshot.calls, *((snapshot.current,) if snapshot.current else ())):
            self.call(call)

    def call(self, call: Call) -> None:
        """Check that arguments, which a user gave, have the types of the function."""
        types = func_type(call.func.type).params
        store = self.taker.program.store
        for bits, t in zip(call.args, types, strict=True):
            if not fits(store, t, bits, lambda _: None):
                raise BadRecording(f"an argument in the recording is no {t}")

    def cost(self, snapshot: Snapshot) -> int:
        """Return about how many slots have to be looked at to check a snapshot."""
        return len(snapshot.stack) // 8 + snapshot.arenas.heap.top

    def _spend(self, slots: int) -> None:
        self.spent += slots
        if self.spent > MOST_CHECKED:
            raise BadRecording("it would take too long to check the recording")

    # --- frames -----------------------------------------------------------------------------

    def _frames(
        self, words: Sequence[int], stack: Sequence[int], results: tuple[ValType, ...] | None
    ) -> None:
        frames = [
            (words[at + FUNC], words[at + PC], words[at + FP], words[at + RESUME])
            for at in range(0, len(words) - FRAME_WORDS + 1, FRAME_WORDS)
        ]
        limits = self.taker.program.store.limits
        if len(words) != FRAME_WORDS * len(frames) or len(frames) > limits.frames:
            raise _bad_frame()
        if (frames and results is None) or len(stack) > limits.slots:
            raise _bad_frame()
        self._spend(len(stack))
        fp = 0
        for number, frame in enumerate(frames):
            waits = number < len(frames) - 1
            code = self._code(frame, fp, results, waits=waits)
            above, results = _callee_of(code, frame, fp) if waits else (fp + code.frame_slots, None)
            if above > len(stack) or fp + code.frame_slots > limits.slots:
                raise _bad_frame()
            self._slots(code, frame[1], stack, fp, waits=waits)
            fp = above

    def _code(
        self, frame: _Frame, fp: int, results: tuple[ValType, ...] | None, *, waits: bool
    ) -> Code:
        """Return the bound function of a frame that begins at fp and returns such results."""
        addr, pc, found, _ = frame
        funcs = self.taker.program.store.funcs
        func = funcs[addr] if addr < len(funcs) else None
        if func is None or func.host is not None or found != fp:
            raise _bad_frame()
        try:
            code = code_of(func)
        except Trap as error:
            raise _bad_frame() from error
        returned = func_type(func.type).results
        if pc >= len(code.instrs) or not (results is None or matches_result(returned, results)):
            raise _bad_frame()
        if waits and code.indices[pc] not in code.typed.sigs:
            raise _bad_frame()
        return code

    def _slots(self, code: Code, pc: int, stack: Sequence[int], fp: int, *, waits: bool) -> None:
        """Check the values of a frame; a local that is not set yet may be null."""
        store, first = self.taker.program.store, code.local_slots
        for at, t in self._typed(code, pc, waits=waits):
            bits = stack[fp + at]
            unset = bits == 0 and at < first
            if not unset and not fits(store, t, bits, self._objects.shape_at):
                raise BadRecording(f"a value of a frame in the recording is no {t}")

    def _typed(self, code: Code, pc: int, *, waits: bool) -> tuple[tuple[int, ValType], ...]:
        key = (code.addr, pc, waits)
        if key not in self._places:
            checked = ((at, t) for at, t in typed_slots(code, pc, waits=waits) if _is_checked(t))
            self._places[key] = tuple(checked)
        return self._places[key]

    # --- arenas -----------------------------------------------------------------------------

    def arenas(self, arenas: ArenaImages) -> None:
        """Check values of the heap, globals, tables and element segments."""
        store = self.taker.program.store
        moved = self._walk_heap(arenas)
        slots = _words(arenas.global_slots)
        self._all_fit("global", ((slots[g.slot], g.type.value) for g in store.globals))
        first = len(self.taker.mems)
        sizes = arenas.sizes[first:]
        for table, size, pages in zip(
            self.taker.tables, sizes, arenas.pages[first:-1], strict=True
        ):
            self._table(table, pages, size, moved=moved)
        for instance, (_, elems) in zip(store.instances, arenas.dropped, strict=True):
            for elem, refs in zip(instance.module.elems, elems, strict=True):
                if len(refs) not in (0, len(elem.init)):
                    raise BadRecording("an element segment in the recording has another length")
                self._spend(len(refs))
                self._all_fit("segment", ((ref, elem.type) for ref in refs))

    def _walk_heap(self, arenas: ArenaImages) -> bool:
        """Walk the heap, unless it is the one that was walked last; return whether it was."""
        heap = (arenas.pages[-1], arenas.heap)
        if heap == self._heap:
            return False
        self._spend(arenas.heap.top)
        content = read_image(heap[0], self.taker.pool, 0, 8 * arenas.heap.top)
        self._objects = checked_heap(self.taker.program.store, _words(content), arenas.heap)
        self._heap = heap
        return True

    def _table(self, table: Table, pages: PageImage, size: int, *, moved: bool) -> None:
        """Check the elements of a table: those that are new, and all if objects may have gone."""
        before, known = self._tables.get(id(table), (PageImage(), 0))
        if moved and _may_hold_objects(table.type.element):
            before, known = PageImage(), 0
        if pages is before and size == known:
            return
        t, pool = table.type.element, self.taker.pool
        for page, content in changed_pages(pages, before, pool):
            cells = _words(content)
            self._spend(len(cells))
            inside = cells[: max(min(size, known) - page * len(cells), 0)]
            self._all_fit("table", ((ref, t) for ref in inside))
        if size > known:
            grown = _words(read_image(pages, pool, 8 * known, 8 * size))
            self._spend(len(grown))
            self._all_fit("table", ((ref, t) for ref in grown))
        self._tables[id(table)] = (pages, size)

    def _all_fit(self, what: str, values: Iterable[tuple[int, ValType]]) -> None:
        store, shape_at = self.taker.program.store, self._objects.shape_at
        for bits, t in values:
            if not fits(store, t, bits, shape_at):
                raise BadRecording(f"a value of a {what} in the recording is no {t}")


def _may_hold_objects(t: RefType) -> bool:
    return top(t.heap) in (ANY, EXTERN, EXN)


def _is_checked(t: ValType) -> bool:
    return t is I32 or t is F32 or isinstance(t, RefType | BotType)


def _callee_of(code: Code, frame: _Frame, fp: int) -> tuple[int, tuple[ValType, ...]]:
    """Return where the frame begins that a waiting frame has called, and what it must return."""
    _, pc, _, resume = frame
    params, results = code.signature(pc)
    if code.instrs[pc].row.flow is not Flow.CALL or resume != code.nexts[pc]:
        raise _bad_frame()
    extra = not code.instrs[pc].row.is_direct_call
    args = params[:-1] if extra else params
    return fp + code.local_slots + code.heights[pc] - slot_count(args) - extra, results


def _bad_frame() -> BadRecording:
    return BadRecording("a frame in the recording does not fit its modules")


def _words(content: bytes) -> Sequence[int]:
    if len(content) % 8:
        raise BadRecording("a row of slots in the recording is cut")
    return memoryview(content).cast("Q")
