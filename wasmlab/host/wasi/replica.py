"""A second host like the first: for another program that is given the same inputs."""

from __future__ import annotations

from itertools import pairwise

from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.clock import SystemClock
from wasmlab.host.wasi.random import SeededRandom
from wasmlab.host.wasi.streams import Input
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wasmlab.host.wasi.fs.mount import Dir


def replica(wasi: Wasi, received: bytes, reads: Iterable[int], *, ended: bool) -> Wasi:
    """Return a host with the grants of another, as that was at its beginning.

    received: standard input; it comes in the portions in which it was read, ``reads`` being the
    positions after each. Real directories become overlays of what they are now: nothing is
    written to them. Nothing sleeps.
    """
    random = wasi.random
    seeded = isinstance(random, SeededRandom)
    again = Wasi(
        args=wasi.args,
        env=dict(text.split("=", 1) for text in wasi.env),
        dirs={guest: _in_memory(directory) for guest, directory in wasi.dirs.items()},
        stdin=Input(source=_portions(received, reads, ended=ended)),
        deterministic=seeded,
        seed=random.seed if seeded else 0,
        quotas=wasi.quotas,
        faults=wasi.faults,
        terminals=wasi.terminals,
    )
    if isinstance(again.clock, SystemClock):
        again.clock = SystemClock(wait=_no_wait)
    return again


def _no_wait(_seconds: float) -> None:
    return


def _in_memory(directory: Dir) -> Dir:
    return directory if directory.host is None else replace(directory, mode="overlay")


def _portions(
    received: bytes, reads: Iterable[int], *, ended: bool
) -> Callable[[int], bytes | None]:
    places = sorted({0, len(received), *reads})
    portions: Iterator[bytes] = (received[start:end] for start, end in pairwise(places))
    nothing = b"" if ended else None
    return lambda _size: next(portions, nothing)
