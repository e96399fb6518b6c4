"""Arguments, environment, clocks, random bytes, polling and the process.

Functions raise ErrnoError, whose number the guest gets; ``proc_exit`` raises ProcExit.
"""

from __future__ import annotations

from wasmlab.errors import ProcExit, WouldBlock
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi import layout
from wasmlab.host.wasi.clock import LONGEST_WAIT
from wasmlab.host.wasi.errno import Errno, ErrnoError, from_os_error
from wasmlab.host.wasi.flags import ClockId, EventType, FileType, Rights, Signal
from wasmlab.host.wasi.layout import Event, Subscription
from wasmlab.host.wasi.streams import STDIN, Input, is_waitable
from wasmlab.host.wasi.values import Buffer, check_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.runtime.host import HostMemory

RANDOM_CHUNK = 1 << 20
"""Bytes drawn at a time, so that a large request needs no large buffer of the host's."""


def args_get(wasi: Wasi, memory: HostMemory, argv: int, argv_buf: int) -> None:
    """Write the arguments."""
    _write_strings(memory, wasi.args, argv, argv_buf)


def args_sizes_get(wasi: Wasi, memory: HostMemory) -> tuple[int, int]:
    """Return how many arguments there are and their bytes."""
    del memory
    return _sizes(wasi.args)


def environ_get(wasi: Wasi, memory: HostMemory, environ: int, environ_buf: int) -> None:
    """Write the environment."""
    _write_strings(memory, wasi.env, environ, environ_buf)


def environ_sizes_get(wasi: Wasi, memory: HostMemory) -> tuple[int, int]:
    """Return how many variables there are and their bytes."""
    del memory
    return _sizes(wasi.env)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") + b"\0"


def _sizes(strings: Sequence[str]) -> tuple[int, int]:
    return len(strings), sum(len(_encode(text)) for text in strings)


def _write_strings(memory: HostMemory, strings: Sequence[str], table: int, buffer: int) -> None:
    data = b"".join(map(_encode, strings))
    check_range(memory, table, 4 * len(strings))
    check_range(memory, buffer, len(data))
    if not strings:
        return
    addresses: list[bytes] = []
    at = buffer
    for text in strings:
        addresses.append(at.to_bytes(4, "little"))
        at += len(_encode(text))
    memory.write(table, b"".join(addresses))
    memory.write(buffer, data)


def clock_res_get(wasi: Wasi, memory: HostMemory, clock: ClockId) -> int:
    """Return the resolution of a clock."""
    del memory
    return wasi.clock.resolution(clock)


def clock_time_get(wasi: Wasi, memory: HostMemory, clock: ClockId, precision: int) -> int:
    """Return the time; a better precision than asked for is always right."""
    del memory, precision
    return wasi.clock.read(clock, wasi.tick)


def random_get(wasi: Wasi, memory: HostMemory, buf: Buffer) -> None:
    """Fill a buffer."""
    for at in range(0, buf.size, RANDOM_CHUNK):
        memory.write(buf.addr + at, wasi.random.take(min(RANDOM_CHUNK, buf.size - at)))


def sched_yield(wasi: Wasi, memory: HostMemory) -> None:
    """Do nothing: there is no other thread."""
    del wasi, memory


def proc_exit(wasi: Wasi, memory: HostMemory, rval: int) -> None:
    """End the program."""
    del wasi, memory
    raise ProcExit(rval)


def proc_raise(wasi: Wasi, memory: HostMemory, sig: Signal) -> None:
    """Refuse: no signal has a meaning here, except none at all."""
    del wasi, memory
    if sig is not Signal.NONE:
        raise ErrnoError(Errno.ENOTSUP)


def poll_oneoff(
    wasi: Wasi,
    memory: HostMemory,
    subscriptions: list[Subscription],
    out: int,
    nsubscriptions: int,
) -> int:
    """Wait for the first event, and write all that are due by then.

    With the system's clock it waits for input until the first timeout. A virtual clock can't know
    how long input takes: then WouldBlock is raised, or input is waited for without a limit, unless
    it was said that there is none yet.
    """
    del nsubscriptions
    clock = wasi.clock.state
    clocks = [each for each in subscriptions if each.type is EventType.CLOCK]
    delays = [_delay(wasi, each) for each in clocks]
    limit = max(0, min(delays)) if delays else None
    events = _ready_events(wasi, subscriptions)
    silent, wasi.stdin.silent = wasi.stdin.silent, False
    try:
        if not events and _wait(wasi, subscriptions, limit, silent=silent):
            events = _ready_events(wasi, subscriptions)
    except WouldBlock:
        wasi.clock.state = clock
        raise
    elapsed = 0 if events or limit is None else limit
    for each, delay in zip(clocks, delays, strict=True):
        if delay <= elapsed:
            events.append(Event(each.userdata, Errno.SUCCESS, EventType.CLOCK))
    memory.write(out, b"".join(map(layout.lower_event, events)))
    return len(events)


def _wait(
    wasi: Wasi, subscriptions: list[Subscription], limit: int | None, *, silent: bool
) -> bool:
    """Wait for input or let limit nanoseconds pass; return whether there is input.

    silent: it was said that there is none yet. WouldBlock if neither can be.
    """
    if limit is not None and (limit == 0 or all(s.type is EventType.CLOCK for s in subscriptions)):
        wasi.clock.sleep(limit)
        return False
    stdin, real = wasi.stdin, wasi.clock.real
    if is_waitable(stdin.source) and not (silent and limit is not None):
        seconds = min(LONGEST_WAIT, limit / 1e9) if real and limit is not None else None
        if _comes(stdin, seconds):
            return True
        if seconds is not None:
            return False
    elif limit is not None and (silent or (real and stdin.source is not None)):
        wasi.clock.sleep(limit)
        return False
    raise stdin.blocked(limit)


def _comes(stdin: Input, seconds: float | None) -> bool:
    """Return whether a read would not wait after so long: there is input, its end or an error."""
    try:
        return stdin.poll(seconds)
    except OSError:
        return True


def _ready_events(wasi: Wasi, subscriptions: list[Subscription]) -> list[Event]:
    return [event for each in subscriptions if (event := _ready(wasi, each)) is not None]


def _delay(wasi: Wasi, subscription: Subscription) -> int:
    if not subscription.flags:
        return subscription.timeout
    if subscription.clock is ClockId.REALTIME:
        return subscription.timeout - wasi.now()
    return subscription.timeout - wasi.clock.read(subscription.clock, wasi.tick)


def _ready(wasi: Wasi, subscription: Subscription) -> Event | None:
    """Return the event of a descriptor that is ready, or cannot be; None for clocks and waiting."""
    if subscription.type is EventType.CLOCK:
        return None
    needed = Rights.FD_READ if subscription.type is EventType.FD_READ else Rights.FD_WRITE
    try:
        descriptor = wasi.descriptor(subscription.fd, Rights.POLL_FD_READWRITE | needed)
    except ErrnoError as error:
        return Event(subscription.userdata, error.errno, subscription.type)
    nbytes = 0
    if subscription.type is EventType.FD_READ:
        if descriptor.stream == STDIN:
            try:
                if not wasi.stdin.poll(0):
                    return None
            except OSError as error:
                errno = from_os_error(error).errno
                return Event(subscription.userdata, errno, subscription.type)
            nbytes = wasi.stdin.available
        elif descriptor.kind is FileType.REGULAR_FILE and descriptor.volume is not None:
            size = descriptor.volume.stat(descriptor.handle).size
            nbytes = max(0, size - descriptor.position)
    return Event(subscription.userdata, Errno.SUCCESS, subscription.type, nbytes)
