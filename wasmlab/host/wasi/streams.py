"""Standard input, output and error of a guest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from wasmlab.errors import WouldBlock
from wasmlab.host.wasi.persistent import PersistentList

if TYPE_CHECKING:
    from collections.abc import Callable

STDIN, STDOUT, STDERR = 0, 1, 2
STREAM_NAMES = ("<stdin>", "<stdout>", "<stderr>")


@dataclass(slots=True)
class Input:
    """Standard input: a stream that only grows, and how far the guest has read it.

    What was received is kept, so that a run can be taken back and read it again.
    """

    received: bytearray = field(default_factory=bytearray)
    ended: bool = False
    """Nothing will come any more."""
    source: Callable[[int], bytes | None] | None = None
    """Asked for up to n bytes when all were read: b"" is the end, None is nothing yet."""
    position: int = 0

    def feed(self, data: bytes) -> None:
        """Append input as it comes."""
        self.received += data

    def end(self) -> None:
        """Say that nothing will come any more."""
        self.ended = True

    @property
    def available(self) -> int:
        """Bytes that can be read at once."""
        return len(self.received) - self.position

    @property
    def ready(self) -> bool:
        """Whether a read would not wait; a source counts as ready."""
        return self.available > 0 or self.ended or self.source is not None

    def take(self, size: int) -> bytes:
        """Return up to size bytes, b"" at the end; WouldBlock if there are none yet."""
        if not self.available and not self.ended and size:
            self._fetch(size)
        data = bytes(self.received[self.position : self.position + size])
        self.position += len(data)
        return data

    def _fetch(self, size: int) -> None:
        data = None if self.source is None else self.source(size)
        if data is None:
            raise WouldBlock("the program waits for input")
        if data:
            self.received += data
        else:
            self.ended = True


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
