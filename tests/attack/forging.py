"""Forged recordings: what a file says is changed, and its checksums are right all the same.

The forger knows the format. It changes numbers, texts and bytes wherever they are, words in rows of
words, parts and lists as a whole, and objects of the heap with the free lists that go with them.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar, cast

from tests.engine.forged import PACKED, Path, at, put
from wasmlab.debug.recorded_session import recorded_session
from wasmlab.engine.recording.file.encoding import decode, encode
from wasmlab.engine.recording.file.parts import PartReader, PartWriter, pack, unpack
from wasmlab.engine.recording.file.reader import recording_in
from wasmlab.records import dataclass, field
from wasmlab.runtime.heap import FREE, object_slots

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from wasmlab.runtime.heap import Shape

T = TypeVar("T")
WEIGHTS = {b"SNAP": 24, b"CALL": 20, b"HAND": 30, b"WASI": 3, b"ENDS": 5, b"PROG": 4, b"MODU": 3}
NUMBERS = (
    0, 1, -1, 2, 3, 5, 7, 8, 10, 16, 17, 18, 24, 32, 48, 256, 512, 4096, 65_536, 1 << 20,
    (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, 1 << 60, (1 << 60) + 1, 1 << 62,
    (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64, (1 << 128) - 1, 0x41414141410, 0x41414141412,
)  # fmt: skip
TEXTS = ("", "x", "\x1b[2J", "\ud800", "Trap", "HostError", "ProcExit", "fd_write", "h", "number")
_RARELY = 0.03
_TRIES = 20
_WORD = 8
STRANGE = (None, True, False, b"", b"\xff" * 8, bytes(16), "", "x", "\x1b[2J", "\ud800", ())
_PAGE = 4096
_LIMIT = 1 << 26
_ARENAS, _HEAP, _SEGMENTS_SHAPES = 3, 3, 6
"""Where a snapshot has its image; where an image has the state of the heap; its new shapes."""
_ANSWER_IMAGE = 9
_ANY = -1
"""In a path: any item."""
_IMAGE_WORDS: tuple[Path, ...] = (
    (2,), (2,), (0, _ANY, 2), (0, -2, 2), (0, -3, 2), (4, _ANY, 1, _ANY), (1, _ANY), (3, _ANY),
)  # fmt: skip
_WORDS: dict[bytes, tuple[Path, ...]] = {
    b"SNAP": ((4,), (4,), (4,), (4,), (5,), *((_ARENAS, *path) for path in _IMAGE_WORDS)),
    b"CALL": (
        (_ANY, 4, _ANY), (_ANY, 4, _ANY), (_ANY, 3, _ANY), (_ANY, 7, _ANY), (_ANY, 6, _ANY, 0),
        *((_ANY, _ANSWER_IMAGE, *path) for path in _IMAGE_WORDS),
    ),
    b"HAND": ((0, _ANY, 1, 2, _ANY), (2, _ANY, 1, _ANY), (2, _ANY, 0)),
}  # fmt: skip
"""Where values of the program are: in snapshots (stack, frames, globals, tables and segments), in
answers (results, arguments, errors, addresses), in what was given by hand."""


@dataclass(slots=True)
class HeapImage:
    """The heap as an image of a file leaves it."""

    part: int
    path: Path
    """Where the image is."""
    words: list[int]
    """Slots below the top."""
    starts: list[int]
    """First slots of objects."""


@dataclass(slots=True)
class Original:
    """A file that is forged, taken apart once."""

    kinds: list[bytes]
    values: list[object]
    encoded: list[bytes]
    weights: list[float]
    shapes: Sequence[Shape] = ()
    heaps: list[HeapImage] = field(default_factory=list[HeapImage])


def taken_apart(content: bytes) -> Original:
    """Return a file ready to be forged."""
    kinds, values, encoded = list[bytes](), list[object](), list[bytes]()
    for kind, raw, _ in PartReader(BytesIO(content), len(content)):
        kinds.append(kind)
        values.append(decode(unpack(raw, _LIMIT) if kind in PACKED else raw))
        encoded.append(raw)
    counts = {kind: kinds.count(kind) for kind in kinds}
    weights = [WEIGHTS.get(kind, 1) / counts[kind] for kind in kinds]
    session = recorded_session(recording_in(BytesIO(content), len(content)), "reference")
    original = Original(kinds, values, encoded, weights, session.control.store.heap.shapes)
    original.heaps = _heaps(original)
    return original


def _heaps(original: Original) -> list[HeapImage]:
    """Return the heap after each image in the file that changes it."""
    pages: dict[int, bytes] = {}
    found: list[HeapImage] = []
    for number, (kind, value) in enumerate(zip(original.kinds, original.values, strict=True)):
        paths: list[Path] = [(_ARENAS,)] if kind == b"SNAP" else []
        if kind == b"CALL":
            paths = [(i, _ANSWER_IMAGE) for i in range(len(cast("tuple[object, ...]", value)))]
        for path in paths:
            image = cast("tuple[object, ...] | None", at(value, path))
            if image is None:
                continue
            row = cast("tuple[bytes, bytes, bytes]", at(image, (0, -1)))
            pages.update(_pages(row))
            top = cast("int", at(image, (_HEAP, 0)))
            content = b"".join(
                pages.get(n, b"").ljust(_PAGE, b"\0") for n in range(-(-top * 8 // _PAGE))
            )
            words = list(struct.unpack_from(f"<{top}Q", content.ljust(8 * top, b"\0")))
            if row[0]:
                _, _, _, gap, gap_end, _ = cast("tuple[int, ...]", at(image, (_HEAP,)))
                walk = _Walk(words, original.shapes, gap, gap_end)
                starts = [start for start, _ in walk.objects]
                if starts:
                    found.append(HeapImage(number, path, words, starts))
    return found


def _pages(row: tuple[bytes, bytes, bytes]) -> dict[int, bytes]:
    numbers = struct.unpack(f"<{len(row[0]) // 4}I", row[0])
    lengths = struct.unpack(f"<{len(row[1]) // 2}H", row[1])
    found, start = dict[int, bytes](), 0
    for number, length in zip(numbers, lengths, strict=True):
        found[number] = row[2][start : start + length]
        start += length
    return found


# --- forging ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Forger:
    """Makes forged files of one original, the same for the same chance."""

    original: Original
    chance: random.Random
    kinds: list[bytes] = field(init=False)
    values: list[object] = field(init=False)
    changed: set[int] = field(default_factory=set[int])
    encoded: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = list(self.original.kinds)
        self.values = list(self.original.values)
        self.encoded = list(self.original.encoded)

    def forged(self) -> bytes:
        """Return the content of a forged file."""
        for _ in range(self.chance.choice((1, 1, 1, 1, 1, 2, 2, 3))):
            self.chance.choices(*_WAYS)[0](self)
        if self.chance.random() < 0.03:
            self.parts_moved()
        out = BytesIO()
        writer = PartWriter(out)
        for number, kind in enumerate(self.kinds):
            content = self.encoded[number]
            if number in self.changed:
                data = encode(self.values[number])
                content = pack(data) if kind in PACKED else data
            writer.put(kind, content)
        return out.getvalue()

    def _set(self, number: int, path: Path, new: object) -> None:
        self.values[number] = put(self.values[number], path, new)
        self.changed.add(number)

    def _place(self) -> tuple[int, Path]:
        """Return a place that is there in the original: each branch of a value is as likely."""
        number = self.chance.choices(range(len(self.kinds)), self.original.weights)[0]
        value, path = self.original.values[number], list[int]()
        while isinstance(value, tuple) and value:
            items = cast("tuple[object, ...]", value)
            path.append(self.chance.randrange(len(items)))
            value = items[path[-1]]
        return number, tuple(path)

    def _there(self, number: int, path: Path) -> object:
        try:
            return at(self.values[number], path)
        except (IndexError, TypeError):
            return None  # another change has taken it away

    def leaf(self) -> None:
        """Change a number, text or row of bytes; rarely what else it is."""
        for _ in range(_TRIES):
            number, path = self._place()
            value = self._there(number, path)
            if self.chance.random() < _RARELY:
                self._change(number, path, self.chance.choice((*STRANGE, *NUMBERS)))
                return
            if isinstance(value, bool):
                self._change(number, path, not value)
                return
            if isinstance(value, int):
                self._change(number, path, self._number(value))
                return
            if isinstance(value, str):
                self._change(number, path, self.chance.choice(TEXTS))
                return
            if isinstance(value, bytes) and value:
                self._change(number, path, self._bytes(value))
                return

    def word(self) -> None:
        """Change a word of the stack, the frames, the globals or a table, or a result."""
        part = self.chance.choice([n for n, kind in enumerate(self.kinds) if kind in _WORDS])
        places = _WORDS[self.kinds[part]]
        path = list(self.chance.choice(places))
        value: object = self._there(part, ())
        for depth, i in enumerate(path):
            items = cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()
            if not items:
                return
            path[depth] = self.chance.randrange(len(items)) if i == _ANY else i % len(items)
            value = items[path[depth]] if path[depth] < len(items) else ()
        if isinstance(value, bytes) and len(value) >= _WORD:
            start = self.chance.randrange(len(value) // _WORD) * _WORD
            old = int.from_bytes(value[start : start + _WORD], "little")
            new = (self._value(old) & (1 << 64) - 1).to_bytes(_WORD, "little")
            self._change(part, tuple(path), value[:start] + new + value[start + _WORD :])
        elif isinstance(value, int):
            self._change(part, tuple(path), self._value(value))

    def _value(self, old: int) -> int:
        """Return what could be a value: a number with bits that it cannot have, any reference."""
        chance = self.chance
        images = self.original.heaps
        near = chance.choice((0, 0, 0, 8, 16, -16, 1, 2, 3, 4))
        heap = 8 * chance.choice(chance.choice(images).starts) + near if images else near
        return chance.choice(
            (
                old | 1 << chance.randrange(32, 64),
                chance.randrange(12) << 3 | chance.choice((1, 2, 3)),
                heap,
                heap,
                0,
                self._number(old),
            )
        )

    def _change(self, number: int, path: Path, new: object) -> None:
        try:
            self._set(number, path, new)
        except (IndexError, TypeError):
            return  # another change has taken the place away

    def _number(self, value: int) -> int:
        chance = self.chance
        return chance.choice(
            (
                chance.choice(NUMBERS),
                value + chance.choice((-8, -4, -2, -1, 1, 2, 4, 8)),
                value ^ 1 << chance.randrange(40),
                value * 2,
                value + chance.choice(NUMBERS),
            )
        )

    def _bytes(self, value: bytes) -> bytes:
        chance = self.chance
        way = chance.random()
        if way < 0.9:
            size = chance.choice((8, 8, 8, 4, 2, 1))
            start = chance.randrange(len(value)) // size * size
            old = int.from_bytes(value[start : start + size], "little")
            new = self._number(old) & (1 << 8 * size) - 1
            return value[:start] + new.to_bytes(size, "little") + value[start + size :]
        cut = chance.randrange(len(value) + 1)
        return value[:cut] if way < 0.95 else value[:cut] + value[cut : cut + 8] + value[cut:]

    def splice(self) -> None:
        """Put one value in place of another, with all that is in it."""
        number, path = self._place()
        other, source = self._place()
        depth = self.chance.randrange(1, 4)
        self._change(number, path[:depth], self._there(other, source[:depth]))

    def items(self) -> None:
        """Leave out, repeat or exchange items of a list."""
        number, path = self._place()
        path = path[: self.chance.randrange(len(path) + 1)]
        value = self._there(number, path)
        if isinstance(value, tuple) and value:
            found = list(cast("tuple[object, ...]", value))
            self._disturb(found)
            self._change(number, path, tuple(found))

    def _disturb(self, rows: list[T]) -> None:
        """Leave out, repeat or exchange rows."""
        i, j = self.chance.randrange(len(rows)), self.chance.randrange(len(rows))
        match self.chance.randrange(3):
            case 0:
                del rows[i]
            case 1:
                rows.insert(j, rows[i])
            case _:
                rows[i], rows[j] = rows[j], rows[i]

    def parts_moved(self) -> None:
        """Leave out, repeat or exchange parts."""
        rows = [
            (self.kinds[n], self.values[n], self.encoded[n], n in self.changed)
            for n in range(len(self.kinds))
        ]
        self._disturb(rows)
        self.kinds = [row[0] for row in rows]
        self.values = [row[1] for row in rows]
        self.encoded = [row[2] for row in rows]
        self.changed = {n for n, row in enumerate(rows) if row[3]}

    def object(self) -> None:
        """Change an object of the heap, and what is said of free space so that it agrees."""
        if not self.original.heaps:
            return
        image = self.chance.choice(self.original.heaps)
        state = self._there(image.part, (*image.path, _HEAP))
        if image.part in self.changed or not isinstance(state, tuple):
            return
        top, used, due, gap, gap_end, free = cast("tuple[int, int, int, int, int, object]", state)
        heap = _Walk(image.words[:], self.original.shapes, gap, gap_end)
        if heap.objects:
            used += heap.change(self.chance)
            pieces = heap.pieces(cast("tuple[tuple[int, bytes], ...]", free))
            self._set(image.part, (*image.path, _HEAP), (top, used, due, gap, gap_end, pieces))
            row = self._there(image.part, (*image.path, 0, -1))
            self._set(image.part, (*image.path, 0, -1), heap.rewritten(cast("_Row", row)))


_Row = tuple[bytes, bytes, bytes]


class _Walk:
    """A heap that is changed with its free lists."""

    def __init__(self, words: list[int], shapes: Sequence[Shape], gap: int, gap_end: int) -> None:
        self.words, self.shapes = words, shapes
        self.objects: list[tuple[int, int]] = []
        """First slot and size of each."""
        self.free: dict[int, set[int]] = {}
        at_ = 2
        while at_ < len(words):
            if at_ == gap < gap_end:
                at_ = gap_end
            elif words[at_] == FREE:
                self.free.setdefault(words[at_ + 1], set()).add(at_)
                at_ += words[at_ + 1]
            else:
                size = object_slots(shapes[words[at_]], words[at_ + 1])
                self.objects.append((at_, size))
                at_ += size

    def change(self, chance: random.Random) -> int:
        """Change an object; return by how many slots more are in use."""
        start, size = chance.choice(self.objects)
        words, shape = self.words, self.shapes[self.words[start]]
        match chance.randrange(5):
            case 0:  # gone, whoever refers to it
                words[start : start + 2] = FREE, size
                self.free.setdefault(size, set()).add(start)
                return -size
            case 1:  # of another kind
                kinds = [n for n, s in enumerate(self.shapes) if object_slots(s, 0) == size]
                if kinds:
                    words[start], words[start + 1] = chance.choice(kinds), 0
            case 2:  # of another length
                if shape.element_bytes:
                    words[start + 1] = chance.choice((0, words[start + 1] + 1, 1 << 32, 1 << 63))
                    now = object_slots(shape, words[start + 1])
                    if now < size:
                        words[start + now : start + now + 2] = FREE, size - now
                        self.free.setdefault(size - now, set()).add(start + now)
                    return now - size
            case 3:  # with a reference to somewhere near an object
                other = chance.choice(self.objects)[0] * 8 + chance.choice(
                    (0, 0, 0, 8, 16, 1, 2, 3)
                )
                words[start + chance.randrange(2, max(size, 3))] = other
            case _:  # with any word
                words[start + chance.randrange(max(size, 3))] = abs(chance.choice(NUMBERS)) & (
                    (1 << 64) - 1
                )
        return 0

    def pieces(self, known: tuple[tuple[int, bytes], ...]) -> tuple[tuple[int, bytes], ...]:
        """Return the free lists, in the order of before where they are the same."""
        found: list[tuple[int, bytes]] = []
        before = dict(known)
        for size, offsets in self.free.items():
            row = before.get(size, b"")
            old = struct.unpack(f"<{len(row) // 8}Q", row)
            new = [*(o for o in old if o in offsets), *sorted(offsets.difference(old))]
            found.append((size, struct.pack(f"<{len(new)}Q", *new)))
        return tuple(found)

    def rewritten(self, row: _Row) -> _Row:
        """Return the pages of an image with what the heap has there now, and all others too."""
        del row
        content = struct.pack(f"<{len(self.words)}Q", *self.words)
        pages = [content[n : n + _PAGE].rstrip(b"\0") for n in range(0, len(content), _PAGE)]
        return (
            struct.pack(f"<{len(pages)}I", *range(len(pages))),
            struct.pack(f"<{len(pages)}H", *map(len, pages)),
            b"".join(pages),
        )


_WAYS: tuple[list[Callable[[Forger], None]], list[int]] = (
    [Forger.leaf, Forger.word, Forger.object, Forger.splice, Forger.items],
    [30, 42, 22, 3, 3],
)
"""Ways to forge, and how often each is taken."""
