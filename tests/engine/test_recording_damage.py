"""Damaged recordings: refused, or opened up to the last whole part; never wrong, never a crash."""

from __future__ import annotations

import random
import zlib
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.recordings import boundaries, state, with_snapshots
from wasmlab.debug.recorded_session import open_recording
from wasmlab.engine.recording.file import parts
from wasmlab.engine.recording.file.parts import (
    HEADER_SIZE,
    PartWriter,
    unpack,
)
from wasmlab.errors import BadRecording

if TYPE_CHECKING:
    import wasmlab as wl


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


def test_bomb_is_not_unpacked() -> None:
    bomb = (1 << 40).to_bytes(8, "little") + zlib.compress(bytes(1 << 20))
    with pytest.raises(BadRecording, match="at most"):
        unpack(bomb, 1 << 20)
    small = (100).to_bytes(8, "little") + zlib.compress(bytes(1 << 20))
    with pytest.raises(BadRecording, match="another size"):
        unpack(small, 1 << 20)
