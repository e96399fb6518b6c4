"""Random bytes: the system's, or a stream that a seed determines."""

from __future__ import annotations

import os

from wasmlab.records import dataclass
from wasmlab.runtime.host import MadeAgain

_BLOCK = 64


@dataclass(slots=True)
class SeededRandom:
    """The stream of a seed; ``position`` is how many bytes were taken from it."""

    seed: int = 0
    position: int = 0

    def take(self, size: int) -> MadeAgain:
        """Return the next size bytes."""
        at = self.position
        self.position += size
        return MadeAgain(size, lambda start, stop: self._between(at + start, at + stop))

    def _between(self, start: int, stop: int) -> bytes:
        first, last = start // _BLOCK, (stop - 1) // _BLOCK
        data = b"".join(self._block(number) for number in range(first, last + 1))
        return data[start - first * _BLOCK : stop - first * _BLOCK]

    def _block(self, number: int) -> bytes:
        from hashlib import blake2b  # most programs need no random numbers

        key = (self.seed % (1 << 512)).to_bytes(64, "little")
        return blake2b(number.to_bytes(16, "little"), key=key, digest_size=_BLOCK).digest()


@dataclass(slots=True)
class SystemRandom:
    """Bytes from the operating system."""

    position: int = 0

    def take(self, size: int) -> bytes:
        """Return size bytes."""
        self.position += size
        return os.urandom(size)
