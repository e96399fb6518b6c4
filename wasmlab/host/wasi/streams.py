"""Standard input, output and error of a guest."""

from __future__ import annotations

import os
from errno import ENOMEM

from wasmlab.errors import WouldBlock
from wasmlab.hints import TYPE_CHECKING, Protocol, TypeGuard
from wasmlab.host.wasi.persistent import PersistentList
from wasmlab.records import NamedTuple, dataclass, field
from wasmlab.runtime.memory_budget import MOST_MEMORY, MemoryBudget

if TYPE_CHECKING:
    from collections.abc import Callable

STDIN, STDOUT, STDERR = 0, 1, 2
STREAM_NAMES = ("<stdin>", "<stdout>", "<stderr>")


READ_AHEAD = 1 << 16
"""Most bytes that a poll takes from a source, to know that there are some."""


class Waitable(Protocol):
    """What a source of input has if one can wait for it without reading."""

    def wait(self, seconds: float | None, /) -> bool:
        """Wait until a read would not, so long at most (None: for ever); return if it would not."""
        ...


def is_waitable(source: object) -> TypeGuard[Waitable]:
    """Return whether one can wait for a source of input without reading."""
    return callable(getattr(source, "wait", None))


@dataclass(slots=True)
class Input:
    """Standard input: a stream that only grows, and how far the guest has read it.

    What was received is kept, so that a run can be taken back and read it again, unless nothing is
    going to be; what was read counts in the budget then.
    """

    received: bytearray = field(default_factory=bytearray)
    ended: bool = False
    """Nothing will come any more."""
    source: Callable[[int], bytes | None] | None = None
    """Asked for up to n bytes when all were read: b"" is the end, None is nothing yet."""
    position: int = 0
    limit: int | None = None
    """Nanoseconds after which the call that waits for input would go on without; None: never."""
    silent: bool = False
    """It was said that there is no input yet: the next poll lets its time pass."""
    keeps: bool = True
    """What was read is kept."""
    dropped: int = 0
    """Bytes that were read and are not kept."""
    budget: MemoryBudget = field(default_factory=lambda: MemoryBudget(MOST_MEMORY))

    def feed(self, data: bytes) -> None:
        """Append input as it comes."""
        self.received += data
        self.silent = False

    def end(self) -> None:
        """Say that nothing will come any more."""
        self.ended = True

    @property
    def available(self) -> int:
        """Bytes that can be read at once."""
        return self.dropped + len(self.received) - self.position

    def poll(self, seconds: float | None) -> bool:
        """Return whether a read would not wait, at the latest after so many seconds (None: never).

        Only a source that is ``Waitable`` is waited for; another one is asked at once. Raises
        OSError if the source does.
        """
        if self.available or self.ended:
            return True
        if self.silent or self.source is None:
            return False
        if is_waitable(self.source) and not self.source.wait(seconds):
            return False
        return self._fetch(READ_AHEAD)

    def take(self, size: int) -> bytes:
        """Return up to size bytes, b"" at the end; WouldBlock if there are none yet.

        OSError if the source raises it, or if the budget has no room for what comes (ENOMEM).
        """
        if not self.available and not self.ended and size and not self._fetch(size):
            raise self.blocked(None)
        start = self.position - self.dropped
        data = bytes(self.received[start : start + size])
        self.position += len(data)
        if not self.keeps:
            del self.received[: start + len(data)]
            self.dropped = self.position
        elif self.source is not None:
            self.budget.host += len(data)
        return data

    def _fetch(self, size: int) -> bool:
        """Ask the source; return whether something came, be it the end."""
        if self.source is None:
            return False
        most = min(size, self.budget.left)
        if not most:
            raise OSError(ENOMEM, os.strerror(ENOMEM))
        data = self.source(most)
        if data is None:
            return False
        self.received += data
        self.ended = not data
        return True

    def blocked(self, limit: int | None) -> WouldBlock:
        """Return what a call raises that waits for input, for limit nanoseconds at most."""
        self.limit, self.silent = limit, False
        most = "" if limit is None else f", for {limit / 1e6:g} ms at most"
        return WouldBlock(f"the program waits for input{most}")


def as_input(stdin: bytes | Input | Callable[[int], bytes | None] | None) -> Input:
    """Return stdin as an Input; None is empty."""
    if isinstance(stdin, Input):
        return stdin
    if stdin is None or isinstance(stdin, bytes):
        return Input(bytearray(stdin or b""), ended=True)
    return Input(source=stdin)


class OutputPiece(NamedTuple):
    """What one call wrote: stream 1 is stdout, 2 stderr."""

    stream: int
    data: bytes
    tick: int


class OutputState(NamedTuple):
    """All that was printed, in order, and its size in bytes."""

    events: PersistentList[OutputPiece] = PersistentList()
    size: int = 0

    def add(self, printed: OutputPiece) -> OutputState:
        """Return the state after one more write."""
        return OutputState(self.events.append(printed), self.size + len(printed.data))
