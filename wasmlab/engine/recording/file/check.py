"""Checks that the snapshots and answers of a file can be states of its modules.

The native loop trusts frames and slots, because only it and the reference tier write them. Those
from a file are first compared with what the validator knows: every frame is at an instruction of
its function, above the operands of its caller, and every 32-bit value and every reference has its
type. Objects of the GC heap are not checked: recordings that have any are replayed by the
reference tier, which checks what it reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasmlab.engine.recording.snapshots.pages import PageImage, changed_pages
from wasmlab.errors import BadRecording, Trap
from wasmlab.exec.body import code_of
from wasmlab.exec.roots import typed_slots
from wasmlab.runtime.aggregate import ref_matches
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC, RESUME
from wasmlab.runtime.reference import TAG_MASK, RefTag, payload
from wasmlab.syntax.row import Flow
from wasmlab.syntax.types import F32, I32, BotType, RefType, ValType, func_type, slot_count
from wasmlab.valid.matching import matches_heap, matches_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.engine.program import Call
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.snapshots.snapshot import ArenaImages, Snapshot, SnapshotTaker
    from wasmlab.runtime.store import Code, Store

_I31 = 1 << 31
_Frame = tuple[int, int, int, int]


@dataclass(slots=True)
class Checker:
    """Checks snapshots, answers and calls of one program, in the order of the file."""

    taker: SnapshotTaker
    has_objects: bool
    """The recording has objects of the GC heap."""
    _tables: dict[int, PageImage] = field(default_factory=dict[int, PageImage])
    _elems: dict[int, object] = field(default_factory=dict[int, object])
    _places: dict[tuple[int, int, bool], tuple[tuple[int, ValType], ...]] = field(
        default_factory=dict[tuple[int, int, bool], "tuple[tuple[int, ValType], ...]"]
    )

    def snapshot(self, snapshot: Snapshot) -> None:
        """Raise BadRecording if the program cannot be in this state."""
        self._frames(snapshot)
        self.arenas(snapshot.arenas)
        for call in (*snapshot.calls, *((snapshot.current,) if snapshot.current else ())):
            self.call(call)

    def answer(self, answer: HostAnswer) -> None:
        """Raise BadRecording if the results or arenas do not fit the function and the modules."""
        call = answer.call
        types = call.type.results if call.type is not None else ()
        if answer.call.error is None:
            if len(call.results) != len(types):
                raise BadRecording("an answer in the recording has too few or too many results")
            self._all_fit(zip(call.results, types, strict=True))
        if answer.arenas is not None:
            self.arenas(answer.arenas)

    def call(self, call: Call) -> None:
        """Raise BadRecording if arguments do not have the types of the function."""
        types = func_type(call.func.type).params
        self._all_fit(zip(call.args, types, strict=True))

    # --- frames -----------------------------------------------------------------------------

    def _frames(self, snapshot: Snapshot) -> None:
        words = _words(snapshot.frames)
        frames = [
            (words[at + FUNC], words[at + PC], words[at + FP], words[at + RESUME])
            for at in range(0, len(words) - FRAME_WORDS + 1, FRAME_WORDS)
        ]
        stack, limits = _words(snapshot.stack), self.taker.program.store.limits
        if len(words) != FRAME_WORDS * len(frames) or len(frames) > limits.frames:
            raise _bad_frame()
        fp, results = 0, None
        for number, frame in enumerate(frames):
            waits = number < len(frames) - 1
            code = self._code(frame, fp, results, waits=waits)
            above, results = _callee_of(code, frame, fp) if waits else (fp + code.frame_slots, None)
            if above > len(stack) or fp + code.frame_slots > limits.slots:
                raise _bad_frame()
            self._all_fit((stack[fp + at], t) for at, t in self._typed(code, frame[1], waits=waits))
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

    def _typed(self, code: Code, pc: int, *, waits: bool) -> tuple[tuple[int, ValType], ...]:
        key = (code.addr, pc, waits)
        if key not in self._places:
            checked = ((at, t) for at, t in typed_slots(code, pc, waits=waits) if _is_checked(t))
            self._places[key] = tuple(checked)
        return self._places[key]

    # --- values -----------------------------------------------------------------------------

    def arenas(self, arenas: ArenaImages) -> None:
        """Raise BadRecording if values of globals, tables or element segments have other types."""
        store = self.taker.program.store
        slots = _words(arenas.global_slots)
        self._all_fit((slots[g.slot], g.type.value) for g in store.globals)
        first = len(self.taker.mems)
        for table, pages in zip(self.taker.tables, arenas.pages[first:-1], strict=True):
            before = self._tables.get(id(table), PageImage())
            for _, content in changed_pages(pages, before, self.taker.pool):
                cells = _words(content.ljust(-(-len(content) // 8) * 8, b"\0"))
                self._all_fit((ref, table.type.element) for ref in cells)
            self._tables[id(table)] = pages
        for instance, (_, elems) in zip(store.instances, arenas.dropped, strict=True):
            if self._elems.get(id(instance)) is not elems:
                self._elems[id(instance)] = elems
                for elem, refs in zip(instance.module.elems, elems, strict=True):
                    self._all_fit((ref, elem.type) for ref in refs)

    def _all_fit(self, values: Iterable[tuple[int, ValType]]) -> None:
        store = self.taker.program.store
        for bits, t in values:
            if bits and not self._fits(store, bits, t):
                raise BadRecording(f"a value in the recording is no {t}")

    def _fits(self, store: Store, bits: int, t: ValType) -> bool:
        if t is I32 or t is F32:
            return bits >> 32 == 0
        if not isinstance(t, RefType):
            return True
        tag, rest, instance = bits & TAG_MASK, payload(bits), store.instances[0]
        if tag == RefTag.FUNC and rest < len(store.funcs):
            return matches_heap(store.funcs[rest].type, t.heap)
        if (tag == RefTag.HOST and rest < len(store.handles)) or (
            tag == RefTag.I31 and rest < _I31
        ):
            return ref_matches(instance.store, bits, t.heap, nullable=True)
        return tag == RefTag.HEAP and self.has_objects and rest < store.heap.capacity


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
