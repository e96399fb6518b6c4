"""Forged recordings: nothing that a file says reaches the program without having been checked."""

from __future__ import annotations

import struct
from contextlib import suppress
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wasmlab as wl
from tests.engine.forged import (
    Path,
    at,
    leaves,
    opened,
    put,
    rewritten,
    slot,
    value_of,
    values,
    with_value,
)
from tests.engine.recordings import saved, take_snapshot, with_snapshots
from tests.engine.test_recording_file import OBJECTS
from wasmlab.debug.views.model import State
from wasmlab.engine.recording.file import encoding
from wasmlab.engine.recording.file.answers import error_in
from wasmlab.engine.recording.file.encoding import decode
from wasmlab.engine.recording.file.parts import PartWriter, pack
from wasmlab.engine.recording.file.reader import MOST_IN_PART, recording_in
from wasmlab.engine.recording.file.snapshots import MOST_TICKS
from wasmlab.errors import BadRecording, ProcExit, UsageError, WasmlabError
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.heap import FREE
from wasmlab.runtime.host import HostFunc
from wasmlab.syntax.types import I32, FuncType

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path as FilePath

ENGINES = ("reference", "native")
ARENAS, STACK, FRAMES, WAIT, AT = 3, 4, 5, 6, 9
"""Fields of a snapshot."""
TOP, USED, DUE, GAP, GAP_END, PIECES = ((ARENAS, 3, i) for i in range(6))
HEAP_PAGES = (ARENAS, 0, -1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> FilePath:
    return tmp_path_factory.mktemp("forged")


@cache
def of_text(text: str, folder: FilePath, *ticks: int) -> bytes:
    """Return a recording of a run to its end, with snapshots at some ticks."""
    session = wl.Session(wl.assemble(text))
    session.run()
    for tick in ticks:
        session.goto(tick)
        take_snapshot(session)
    return saved(session, folder).read_bytes()


@cache
def busy(folder: FilePath) -> bytes:
    return saved(with_snapshots(200), folder).read_bytes()


def refused(content: bytes, match: str = "recording") -> None:
    with pytest.raises(BadRecording, match=match) as caught:
        opened(content)
    assert " at byte " in caught.value.place


# --- any value ----------------------------------------------------------------------------------

STRANGE = (None, True, -1, 0, 3, 1 << 31, 1 << 62, (1 << 128) - 1, b"", b"\xff" * 8, "", "x", ())


@settings(max_examples=80, deadline=None)
@given(which=st.integers(0, 60), where=st.integers(0, 5000), strange=st.sampled_from(STRANGE))
def test_any_forged_value_is_refused_or_harmless(
    which: int, where: int, strange: object, folder: FilePath
) -> None:
    parts = values(busy(folder))
    seen = iter(range(len(parts)))

    def change(_kind: bytes, value: object) -> object:
        if next(seen) != which % len(parts):
            return value
        places = leaves(value)
        return put(value, places[where % len(places)], strange)

    with suppress(WasmlabError):
        session = opened(rewritten(busy(folder), change), "native")
        session.step(2000)
        session.to_end()


# --- frames, stack, references ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "new"), [(0, 1 << 40), (0, 0), (1, 1 << 20), (2, 7), (3, 1 << 33)]
)
def test_forged_frame_is_refused(word: int, new: int, folder: FilePath) -> None:
    def change(kind: bytes, value: object) -> object:
        if kind != b"SNAP":
            return value
        frames = bytearray(at(value, (FRAMES,)))  # type: ignore[call-overload] # pyright: ignore[reportArgumentType] - bytes
        frames[8 * word : 8 * word + 8] = slot(new)
        return put(value, (FRAMES,), bytes(frames))

    refused(rewritten(busy(folder), change), "frame")


def test_forged_32_bit_local_is_refused(folder: FilePath) -> None:
    stack = at(value_of(busy(folder), b"SNAP", 1), (STACK,))
    assert isinstance(stack, bytes)
    refused(with_value(busy(folder), b"SNAP", 1, (STACK,), b"\xff" * len(stack)), "no i32")


REFERENCES = """
(module
  (type $t (func (param i32) (result i32)))
  (table $t 3 funcref) (elem (i32.const 0) $a) (elem $e func $a $b)
  (global $g (mut funcref) (ref.func $a)) (global $n (mut i32) (i32.const 4))
  (func $a (type $t) (local.get 0))
  (func $b)
  (func (export "_start") (local $f (ref null $t))
    (local.set $f (ref.func $a))
    (drop (call_ref $t (i32.const 1) (local.get $f)))
    (table.init $e (i32.const 0) (i32.const 0) (i32.const 2))
    (drop (call_indirect (type $t) (i32.const 1) (i32.const 0)))))
"""
NO_FUNCTION, WRONG_TYPE = (1 << 40) << 3 | 2, 1 << 3 | 2


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ((STACK,), slot(NO_FUNCTION)),
        ((STACK,), slot(WRONG_TYPE)),
        ((STACK,), slot(16)),
        ((STACK,), slot(7)),
        ((ARENAS, 2), slot(NO_FUNCTION) + slot(4)),
        ((ARENAS, 2), slot(2) + slot(1 << 32)),
        ((ARENAS, 0, 0), (bytes(4), b"\x08\0", slot(NO_FUNCTION))),
        ((ARENAS, 0, 0), (bytes(4), b"\x08\0", slot(48))),
        ((ARENAS, 0, 0), (bytes(4), b"\x01\0", b"\2" * 9)),
        ((ARENAS, 0, 0), (b"\xff" * 4, b"\x08\0", slot(2))),
        ((ARENAS, 4, 0, 1, 1), slot(NO_FUNCTION) * 2),
        ((ARENAS, 4, 0, 1, 1), slot(2)),
        ((ARENAS, 4, 0, 0), slot(5)),
        ((ARENAS, 1, 0), 1 << 40),
        ((ARENAS, 1, 0), 2),
        ((WAIT,), (None, 0, None, 1 << 33)),
        ((AT,), 1 << 20),
        ((8,), None),
    ],
)
def test_forged_reference_size_or_place_is_refused(
    path: Path, new: object, folder: FilePath
) -> None:
    content = of_text(REFERENCES, folder, 3)
    assert opened(content).recorded[1] > 3
    refused(with_value(content, b"SNAP", 1, path, new))


# --- the heap -----------------------------------------------------------------------------------

PAIRS = """
(module
  (type $pair (struct (field (mut i32)) (field (mut (ref null $pair)))))
  (type $bytes (array (mut i8)))
  (type $f (func))
  (memory 1) (table 2 funcref) (elem declare func $g)
  (global $list (mut (ref null $pair)) (ref.null $pair))
  (func $g (type $f))
  (func (export "_start") (local $b (ref $bytes)) (local $f (ref null $f))
    (local.set $b (array.new $bytes (i32.const 1) (i32.const 8)))
    (global.set $list (struct.new $pair (i32.const 3) (ref.null $pair)))
    (global.set $list (struct.new $pair (i32.const 4) (global.get $list)))
    (local.set $f (ref.func $g))
    (array.set $bytes (local.get $b) (i32.const 2) (i32.const 5))
    (call_ref $f (local.get $f))
    (drop (struct.new $pair (i32.const 5) (global.get $list)))
    (i32.store (struct.get $pair 0 (global.get $list)) (array.len (local.get $b)))))
"""
HERE = 13
"""Three objects are there: at slots 2, 6 and 10 an array of 8 bytes, a pair, and a pair."""
BYTES_AT, PAIR_AT, LAST_AT, THERE = 2, 6, 10, 14


def heap_words(folder: FilePath) -> list[int]:
    _, lengths, row = at(value_of(of_text(PAIRS, folder, HERE), b"SNAP", 1), HEAP_PAGES)  # type: ignore[misc] # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType] - three rows
    assert struct.unpack("<H", lengths)[0] == len(row)  # pyright: ignore[reportUnknownArgumentType] - as above
    return list(struct.unpack(f"<{THERE}Q", row.ljust(8 * THERE, b"\0")))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - as above


def with_heap(folder: FilePath, **words: int) -> bytes:
    """Return a recording of PAIRS with other words in the heap; ``at6=1`` sets slot 6."""
    found = heap_words(folder)
    for name, word in words.items():
        found[int(name[2:])] = word
    row = struct.pack(f"<{THERE}Q", *found)
    pages = (bytes(4), struct.pack("<H", len(row)), row)
    return with_value(of_text(PAIRS, folder, HERE), b"SNAP", 1, HEAP_PAGES, pages)


@pytest.mark.parametrize("engine", ENGINES)
def test_recording_with_objects_is_replayed_in_either_tier(engine: str, folder: FilePath) -> None:
    words = heap_words(folder)
    assert [words[n + 1] for n in (BYTES_AT, PAIR_AT, LAST_AT)] == [8, 0, 0]
    session = opened(with_heap(folder), engine)
    session.goto(HERE)
    session.step(4)
    session.to_end()
    assert session.memory[4:8] == bytes((8, 0, 0, 0))


@pytest.mark.parametrize(
    ("path", "new"),
    [
        (USED, 0),
        (USED, 14),
        (DUE, 0),
        (DUE, 1 << 40),
        (TOP, 2),
        (TOP, 1 << 30),
        (GAP, BYTES_AT),
        (GAP, PAIR_AT),
        (GAP_END, 1 << 20),
        (PIECES, ((4, slot(PAIR_AT)),)),
        (PIECES, ((4, slot(PAIR_AT)), (4, slot(LAST_AT)))),
        (PIECES, ((1 << 13, slot(LAST_AT)),)),
    ],
)
def test_forged_state_of_the_allocator_is_refused(
    path: Path, new: object, folder: FilePath
) -> None:
    refused(with_value(of_text(PAIRS, folder, HERE), b"SNAP", 1, path, new), "heap|number")


@pytest.mark.parametrize(
    "words",
    [
        {"at2": 99},
        {"at2": 1 << 63},
        {"at3": 1 << 40},
        {"at3": 40},
        {"at3": 0},
        {"at6": FREE, "at7": 4},
        {"at6": FREE, "at7": 0},
        {"at6": FREE, "at7": 3},
        {"at7": 1},
        {"at8": 1 << 32},
        {"at9": 8 * PAIR_AT + 8},
        {"at9": 8 * BYTES_AT},
        {"at9": 8 * THERE},
        {"at9": 1 << 40},
        {"at9": 2},
        {"at13": 0x41414141410},
    ],
)
def test_forged_object_is_refused(words: dict[str, int], folder: FilePath) -> None:
    refused(with_heap(folder, **words), "heap")


@pytest.mark.parametrize("forged", [8 * PAIR_AT, 8 * PAIR_AT + 8, 8 * THERE, 0x41414141410])
def test_reference_into_the_heap_is_no_function(forged: int, folder: FilePath) -> None:
    content = of_text(PAIRS, folder, HERE)
    stack = at(value_of(content, b"SNAP", 1), (STACK,))
    assert isinstance(stack, bytes)
    forged_local = stack[:8] + slot(forged) + stack[16:]
    refused(with_value(content, b"SNAP", 1, (STACK,), forged_local), "frame")
    table = (bytes(4), b"\x08\0", slot(forged))
    refused(with_value(content, b"SNAP", 1, (ARENAS, 0, 1), table), "table")


def test_object_of_a_function_type_is_refused(folder: FilePath) -> None:
    content = of_text(PAIRS, folder, HERE)
    refused(with_value(content, b"SNAP", 1, (ARENAS, 6), ((0, 2),)), "type")


def test_all_kinds_of_objects_pass(folder: FilePath) -> None:
    content = of_text(OBJECTS, folder, *range(5, 200, 30))
    for engine in ENGINES:
        session = opened(content, engine)
        for tick in range(*session.recorded, 11):
            session.goto(tick)


# --- what the host answered ---------------------------------------------------------------------

ASKS = """
(module (import "h" "give" (func $give (result externref)))
  (import "h" "func" (func $func (result funcref)))
  (import "h" "count" (func $count (param i32) (result i32)))
  (memory (export "memory") 1) (table $t 2 funcref)
  (global $g (mut externref) (ref.null extern))
  (func (export "_start")
    (global.set $g (call $give)) (table.set $t (i32.const 0) (call $func))
    (i32.store (call $count (i32.const 5)) (i32.const 1))
    (global.set $g (call $give)) nop))
"""


@pytest.fixture(scope="module")
def asked(folder: FilePath) -> bytes:
    def count(caller: object, n: int) -> int:
        caller.memory.write(n, b"abc")  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - a HostCaller
        return n + 1

    hosts = {"give": object, "func": lambda: None, "count": count}
    session = wl.Session(wl.assemble(ASKS), imports={"h": hosts})
    session.run()
    assert session.state is State.EXITED, session.stop
    return saved(session, folder).read_bytes()


def fails(session: wl.Session, match: str, act: Callable[[wl.Session], object]) -> None:
    with pytest.raises(BadRecording, match=match):
        act(session)
    assert session.state is State.PAUSED


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("path", "new", "match"),
    [
        ((0, 4, 0), 0x41414141410, "no externref"),
        ((0, 4, 0), 2, "no externref"),
        ((0, 4, 0), 99 << 3 | 3, "no externref"),
        ((1, 4, 0), 0x41414141410, "no funcref"),
        ((1, 4, 0), 99 << 3 | 2, "no funcref"),
        ((2, 3, 0), 6, "recording has a call of"),
        ((0, 2), "func", "recording has a call of"),
        ((1, 0), 3, "the recording says"),
        ((2, 6, 0, 0), 1 << 20, "write that cannot be"),
        ((2, 7), ("WasmException", 0, (), 16), "exception that is no object"),
    ],
)
def test_forged_answer_is_refused_where_it_is_given(
    path: Path, new: object, match: str, engine: str, asked: bytes
) -> None:
    content = with_value(asked, b"CALL", 0, path, new)
    fails(opened(content, engine), match, lambda session: session.to_end())
    fails(opened(content, engine), match, lambda session: session.run())


@pytest.mark.parametrize(
    ("path", "new"),
    [((2, 4, 0), 1 << 32), ((2, 4), ()), ((2, 3), ()), ((2, 2), "other"), ((2, 8), 1 << 62)],
)
def test_forged_answer_that_fits_no_function_is_refused_at_once(
    path: Path, new: object, asked: bytes
) -> None:
    refused(with_value(asked, b"CALL", 0, path, new))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("forged", [(0x41414141410,), (1 << 3 | 2,), (), (0, 0)])
def test_forged_result_by_hand_is_refused(
    forged: tuple[int, ...], engine: str, folder: FilePath
) -> None:
    session = wl.Session(wl.assemble(ASKS), stub_imports="ask")
    session.set("result", None)
    content = saved(session, folder).read_bytes()
    assert at(value_of(content, b"HAND", 0), (2,)) == ((0, (0,)),)
    changed = with_value(content, b"HAND", 0, (2, 0, 1), forged)
    fails(opened(changed, engine), "result", lambda other: other.step(2))


def test_errno_that_is_none_is_shown(folder: FilePath) -> None:
    content = with_value(busy(folder), b"CALL", 0, (0, 4, 0), 256)
    session = opened(content)
    with suppress(WasmlabError):
        session.to_end()
    session.goto(100)
    assert "256" in session.host_calls[0].text


# --- ticks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("forged", [10_000, MOST_TICKS])
def test_steps_after_the_end_are_not_there(forged: int, folder: FilePath) -> None:
    content = of_text('(module (func (export "_start") nop nop nop))', folder)
    session = opened(with_value(content, b"ENDS", 0, (0,), forged))
    with pytest.raises(BadRecording, match="the program ends at"):
        session.to_end()
    content = of_text('(module (func (export "_start") nop unreachable))', folder)
    session = opened(with_value(content, b"ENDS", 0, (0,), forged))
    with pytest.raises(BadRecording, match="the program ends at"):
        session.goto(forged - 5)


@pytest.mark.parametrize(("part", "path"), [(b"ENDS", (0,)), (b"SNAP", (0,)), (b"CALL", (0, 0))])
def test_ticks_that_no_program_reaches_are_refused(
    part: bytes, path: Path, folder: FilePath
) -> None:
    refused(with_value(busy(folder), part, 0, path, MOST_TICKS + 1))


# --- sizes --------------------------------------------------------------------------------------


def with_part(content: bytes, kind: bytes, packed: bytes) -> bytes:
    """Return a file with another part after its modules and the state of WASI."""
    out = BytesIO()
    writer = PartWriter(out)
    for other, value in values(content):
        data = encoding.encode(value)
        writer.put(other, pack(data) if other in {b"MODU", b"CALL", b"SNAP"} else data)
        if other == b"WASI":
            writer.put(kind, packed)
    return out.getvalue()


@pytest.mark.parametrize("kind", [b"CALL", b"SNAP"])
def test_part_that_unpacks_to_too_much_is_not_unpacked(kind: bytes, folder: FilePath) -> None:
    bomb = (MOST_IN_PART + 1).to_bytes(8, "little") + pack(bytes(1 << 20))[8:]
    refused(with_part(busy(folder), kind, bomb), "at most")


def test_part_of_too_many_values_is_not_decoded() -> None:
    with pytest.raises(BadRecording, match="too many values"):
        decode(b"\x06\xff\xff\x7f" + b"\0" * (1 << 21), 1 << 20)


def test_image_of_too_many_pages_is_not_made(
    folder: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wasmlab.engine.recording.file.images.MOST_PAGES", 0)
    refused(busy(folder), "pages")


def test_limits_are_not_the_files_to_set(folder: FilePath) -> None:
    def change(kind: bytes, value: object) -> object:
        limits = (("memory", 1 << 38), ("heap", 1 << 36))
        return put(value, (1,), limits) if kind == b"PROG" else value

    content = rewritten(busy(folder), change)
    with pytest.raises(BadRecording, match="may take memory"):
        recording_in(BytesIO(content), len(content))


def test_snapshots_beyond_the_budget_are_left_out(
    folder: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = busy(folder)
    whole = opened(content).control.timeline
    answers = sum(answer.cost for answer in whole.host_log.answers)
    monkeypatch.setattr("wasmlab.engine.recording.file.reader.MOST_KEPT", answers + 30_000)
    session = opened(content)
    assert 1 < len(session.control.timeline.snapshots) < len(whole.snapshots)
    assert session.recorded == opened(content).recorded
    monkeypatch.setattr("wasmlab.engine.recording.file.reader.MOST_KEPT", answers // 2)
    session = opened(content)
    assert "opened up to step" in session.note
    session.to_end()


# --- what wasmlab wrote can be read -------------------------------------------------------------


def sleeps(timeout: int) -> str:
    """Return a program that sleeps twice for so many nanoseconds."""
    sleep = "(drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))"
    return f"""(module (import "wasi_snapshot_preview1" "poll_oneoff"
        (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start") (i64.store (i32.const 24) (i64.const {timeout})) {sleep} {sleep}))"""


def test_two_endless_sleeps_can_be_read_again(folder: FilePath) -> None:
    session = opened(of_text(sleeps(-1), folder))
    session.to_end()
    assert [call.error for call in session.host_calls] == [False, False]


def test_any_exit_status_can_be_read_again(folder: FilePath) -> None:
    def leave() -> None:
        raise ProcExit(-1)

    text = '(module (import "h" "f" (func $f)) (func (export "_start") (call $f)))'
    session = wl.Session(wl.assemble(text), imports={"h": {"f": leave}})
    session.run()
    other = opened(saved(session, folder).read_bytes())
    other.to_end()
    assert other.state is State.EXITED


def test_large_answers_come_in_parts_of_their_own(
    folder: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wasmlab.engine.recording.file.writer._BATCH_BYTES", 5000)
    content = saved(with_snapshots(200), folder).read_bytes()
    answers = [len(v) for kind, v in values(content) if kind == b"CALL"]  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - tuples
    assert sum(answers) == 120
    assert max(answers) < 10
    opened(content).to_end()


@pytest.mark.parametrize("limits", [Limits(memory=1 << 40), Limits(steps=1 << 61)])
def test_limits_that_cannot_be_read_are_not_written(limits: Limits, folder: FilePath) -> None:
    text = '(module (func (export "_start")))'
    session = wl.Session(wl.assemble(text), limits=limits)
    with pytest.raises(UsageError, match="cannot have the limit"):
        saved(session, folder)


@pytest.mark.parametrize(("results", "state"), [((-1,), State.EXITED), ((), State.TRAPPED)])
def test_any_results_of_a_host_function_can_be_read_again(
    results: tuple[int, ...], state: State, folder: FilePath
) -> None:
    def function(_caller: object) -> tuple[int, ...]:
        return results

    count = HostFunc("h", "f", FuncType((), (I32,)), function)
    text = """(module (import "h" "f" (func $f (result i32)))
      (func (export "_start") (drop (call $f))))"""
    session = wl.Session(wl.assemble(text), imports={"h": {"f": count}})
    message = session.run().message
    other = opened(saved(session, folder).read_bytes())
    other.to_end()
    assert (other.state, other.stop.message) == (state, message)


def test_names_and_messages_that_are_only_shown_are_cut(asked: bytes) -> None:
    long = "n" * 1_000_000
    session = opened(with_value(asked, b"MODU", 0, (0,), long))
    assert len(session.module.name) < 1_100
    error = error_in(("HostError", long, long, long))
    assert max(map(len, (error.message, error.place, error.hint))) < 20_000
