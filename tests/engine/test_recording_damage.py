"""Damaged recordings: refused, or opened up to the last whole part; never wrong, never a crash."""

from __future__ import annotations

import random
import zlib
from contextlib import suppress
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wasmlab as wl
from tests.engine.recordings import boundaries, state, take_snapshot, with_snapshots
from wasmlab.debug.recorded_session import open_recording
from wasmlab.engine.recording.file import parts
from wasmlab.engine.recording.file.encoding import decode, encode
from wasmlab.engine.recording.file.parts import (
    HEADER_SIZE,
    PartReader,
    PartWriter,
    pack,
    unpack,
)
from wasmlab.errors import BadRecording, WasmlabError

if TYPE_CHECKING:
    from collections.abc import Callable


_BITS = 9
"""What ``state`` has before the way in which the session came there."""
_LIMIT = 1 << 30


@cache
def original() -> wl.Session:
    return with_snapshots(200)


@cache
def whole() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "whole.wlab"
        original().save(path)
        return path.read_bytes()


def opened(content: bytes, engine: str = "auto") -> wl.Session | None:
    """Return a session over a file's content, None if it is refused."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.wlab"
        path.write_bytes(content)
        try:
            return open_recording(path, engine)
        except BadRecording:
            return None


def must_be_true(session: wl.Session) -> None:
    """Compare what is left of a recording with the original."""
    first, last = session.recorded
    for tick in {first, (first + last) // 2, max(last - 1, 0)}:
        session.goto(tick)
        original().goto(tick)
        assert state(session)[:_BITS] == state(original())[:_BITS]


def test_whole_file_has_nothing_to_say() -> None:
    session = opened(whole())
    assert session is not None
    assert session.note == ""
    assert len(list(boundaries(whole()))) > 12


@pytest.mark.parametrize("at", range(HEADER_SIZE))
def test_damaged_header_is_refused(at: int) -> None:
    content = bytearray(whole())
    content[at] ^= 1 << at % 8
    assert opened(bytes(content)) is None


def test_cut_between_parts_opens_what_is_there() -> None:
    told = 0
    for at in boundaries(whole()):
        session = opened(whole()[:at])
        if session is None:
            assert at <= list(boundaries(whole()))[3]
            continue
        must_be_true(session)
        told += "not closed" in session.note
    assert told > 5


def test_cut_anywhere_opens_up_to_the_last_whole_part() -> None:
    rng, ends = random.Random(3), list(boundaries(whole()))  # noqa: S311 - the same cuts every time
    last = 0
    for at in sorted(rng.sample(range(len(whole())), 40)):
        session = opened(whole()[:at])
        if session is None:
            assert at < ends[4]
            continue
        must_be_true(session)
        assert at in ends or "cut or damaged at byte" in session.note
        assert session.recorded[1] >= last
        last = session.recorded[1]


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 1 << 20), bit=st.integers(0, 7))
def test_flipped_bit_is_noticed(at: int, bit: int) -> None:
    content = bytearray(whole())
    content[at % len(content)] ^= 1 << bit
    session = opened(bytes(content))
    if session is not None:
        assert "damaged" in session.note
        must_be_true(session)


def test_parts_that_are_missing_repeated_or_moved_are_noticed() -> None:
    ends = list(boundaries(whole()))
    pieces = [whole()[a:b] for a, b in pairwise(ends)]
    head = whole()[: ends[0]]
    for at in range(2, len(pieces) - 1):
        for changed in (
            pieces[:at] + pieces[at + 1 :],
            pieces[:at] + [pieces[at]] * 2 + pieces[at + 1 :],
            [*pieces[:at], pieces[at + 1], pieces[at], *pieces[at + 2 :]],
        ):
            session = opened(head + b"".join(changed))
            if session is not None:
                assert "damaged" in session.note
    assert opened(whole() + b"more") is not None


@pytest.mark.parametrize(("number", "word"), [(parts.FORMAT, "format"), (1, "semantics")])
def test_other_versions_are_refused_by_name(
    number: int, word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, out = tmp_path / "x.wlab", BytesIO()
    monkeypatch.setattr(parts, word.upper(), number + 41)
    PartWriter(out).put(b"PROG", b"")
    monkeypatch.undo()
    path.write_bytes(out.getvalue())
    with pytest.raises(BadRecording, match=rf"{word}( version)? {number + 41}"):
        open_recording(path)


# --- forged: the checksums are right, what they protect is not ----------------------------------


def rewritten(change: Callable[[bytes, object], object], file: bytes = b"") -> bytes:
    """Return a file with the value of every part changed, and new checksums."""
    out, file = BytesIO(), file or whole()
    writer = PartWriter(out)
    for kind, content in PartReader(BytesIO(file), len(file)):
        is_packed = kind in {b"MODU", b"CALL", b"SNAP"}
        value = decode(unpack(content, _LIMIT) if is_packed else content)
        data = encode(change(kind, value))
        writer.put(kind, pack(data) if is_packed else data)
    return out.getvalue()


def leaves(value: object, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Return where numbers, texts and bytes are in a value."""
    if not isinstance(value, tuple) or not value:
        return [path]
    return [p for i, item in enumerate(value) for p in leaves(item, (*path, i))]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - any values


def put(value: object, path: tuple[int, ...], new: object) -> object:
    if not path:
        return new
    items: list[object] = list(value)  # type: ignore[call-overload] # pyright: ignore[reportArgumentType] - a path leads into tuples
    items[path[0]] = put(items[path[0]], path[1:], new)
    return tuple(items)


STRANGE = (None, True, -1, 0, 3, 1 << 31, 1 << 62, (1 << 128) - 1, b"", b"\xff" * 8, "", "x", ())


@settings(max_examples=80, deadline=None)
@given(which=st.integers(0, 60), where=st.integers(0, 5000), strange=st.sampled_from(STRANGE))
def test_forged_value_is_refused_or_harmless(which: int, where: int, strange: object) -> None:
    count = len(list(boundaries(whole()))) - 1
    seen = iter(range(count))

    def change(_kind: bytes, value: object) -> object:
        if next(seen) != which % count:
            return value
        places = leaves(value)
        return put(value, places[where % len(places)], strange)

    session = opened(rewritten(change), "native")
    if session is not None:
        with suppress(WasmlabError):
            session.step(2000)
            session.to_end()


def frames_changed(word: int, new: int) -> bytes:
    def change(kind: bytes, value: object) -> object:
        if kind != b"SNAP":
            return value
        frames = bytearray(value[5])  # type: ignore[index] # pyright: ignore[reportIndexIssue] - a snapshot
        frames[8 * word : 8 * word + 8] = new.to_bytes(8, "little")
        return put(value, (5,), bytes(frames))

    return rewritten(change)


@pytest.mark.parametrize(
    ("word", "new"), [(0, 1 << 40), (0, 0), (1, 1 << 20), (2, 7), (3, 1 << 33)]
)
def test_forged_frame_is_refused(word: int, new: int) -> None:
    assert opened(frames_changed(word, new)) is None


def test_forged_32_bit_local_is_refused() -> None:
    def change(kind: bytes, value: object) -> object:
        if kind != b"SNAP":
            return value
        size = len(value[4])  # type: ignore[index] # pyright: ignore[reportIndexIssue, reportUnknownArgumentType] - a snapshot
        return put(value, (4,), b"\xff" * size)

    assert opened(rewritten(change)) is None


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


def slot(value: int) -> bytes:
    return value.to_bytes(8, "little")


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ((4,), slot(NO_FUNCTION)),
        ((4,), slot(WRONG_TYPE)),
        ((4,), slot(16)),
        ((4,), slot(7)),
        ((3, 2), slot(NO_FUNCTION) + slot(4)),
        ((3, 2), slot(2) + slot(1 << 32)),
        ((3, 0, 0), (bytes(4), b"\x08\0", slot(NO_FUNCTION))),
        ((3, 0, 0), (bytes(4), b"\x08\0", slot(48))),
        ((3, 0, 0), (bytes(4), b"\x01\0", b"\2" * 9)),
        ((3, 0, 0), (b"\xff" * 4, b"\x08\0", slot(2))),
        ((3, 4, 0, 1, 1), slot(NO_FUNCTION) * 2),
        ((3, 1, 0), 1 << 40),
    ],
)
def test_forged_reference_is_refused(path: tuple[int, ...], new: object, tmp_path: Path) -> None:
    session = wl.Session(wl.assemble(REFERENCES))
    session.step(3)
    take_snapshot(session)
    session.run()
    session.save(tmp_path / "x.wlab")
    content = (tmp_path / "x.wlab").read_bytes()
    count = iter(range(9))

    def change(kind: bytes, value: object) -> object:
        return put(value, path, new) if kind == b"SNAP" and next(count) == 1 else value

    other = opened(rewritten(lambda _, value: value, content))
    assert other is not None
    assert opened(rewritten(change, content)) is None


def test_bomb_is_not_unpacked() -> None:
    bomb = (1 << 40).to_bytes(8, "little") + zlib.compress(bytes(1 << 20))
    with pytest.raises(BadRecording, match="at most"):
        unpack(bomb, 1 << 20)
    small = (100).to_bytes(8, "little") + zlib.compress(bytes(1 << 20))
    with pytest.raises(BadRecording, match="another size"):
        unpack(small, 1 << 20)
