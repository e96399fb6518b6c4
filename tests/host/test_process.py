"""Arguments, environment, clocks, random bytes, polling, standard streams and the process."""

from __future__ import annotations

import errno as system
import struct
from typing import TYPE_CHECKING

import pytest
from guest import RESULT, SCRATCH, Guest

from wasmlab.errors import ProcExit, Trap, TrapCode, UsageError, WouldBlock
from wasmlab.host.wasi.clock import EPOCH, READ_COST, SystemClock
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import FdFlags, OFlags, Rights
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.streams import Input
from wasmlab.host.wasi.wasi import Wasi

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REALTIME, MONOTONIC, PROCESS, THREAD = range(4)
CLOCK, FD_READ, FD_WRITE = range(3)


def strings(guest: Guest, what: str) -> list[bytes]:
    """Return the arguments or the environment as a C program sees them."""
    assert guest.call(f"{what}_sizes_get") == Errno.SUCCESS
    count, size = guest.result(0), guest.result(1)
    assert guest.raw(f"{what}_get", 0x2000, 0x3000) == Errno.SUCCESS
    found: list[bytes] = []
    for (address,) in struct.iter_unpack("<I", guest.memory.data[0x2000 : 0x2000 + 4 * count]):
        end = guest.memory.data.index(0, address)
        found.append(bytes(guest.memory.data[address:end]))
    assert sum(len(text) + 1 for text in found) == size
    return found


def test_arguments_are_those_given() -> None:
    args = ["prog", "", "a b", "grün"]
    assert strings(Guest(Wasi(args=args)), "args") == [arg.encode() for arg in args]


def test_environment_is_what_was_granted() -> None:
    guest = Guest(Wasi(env={"A": "1", "B": "x=y", "C": ""}))
    assert strings(guest, "environ") == [b"A=1", b"B=x=y", b"C="]


@pytest.mark.parametrize("what", ["args", "environ"])
def test_nothing_is_granted_by_default(what: str) -> None:
    guest = Guest(Wasi())
    assert strings(guest, what) == []
    assert guest.memory.writes == []
    assert guest.call("fd_prestat_get", 3) == Errno.EBADF


@pytest.mark.parametrize(
    "what", [{"args": ["a\0b"]}, {"env": {"A": "\0"}}, {"dirs": {"\0": Dir()}}]
)
def test_nul_in_a_grant_is_a_usage_error(what: dict[str, list[str]]) -> None:
    with pytest.raises(UsageError):
        Wasi(**what)  # pyright: ignore[reportArgumentType] - one keyword at a time


@pytest.mark.parametrize("clock", [REALTIME, MONOTONIC, PROCESS, THREAD])
def test_every_clock_has_a_time_and_a_resolution(clock: int) -> None:
    for guest in (Guest(Wasi()), Guest(Wasi(deterministic=False))):
        assert guest.call("clock_res_get", clock) == Errno.SUCCESS
        assert guest.result(size=8) >= 1
        assert guest.call("clock_time_get", clock, 0) == Errno.SUCCESS
        first = guest.result(size=8)
        assert guest.call("clock_time_get", clock, 1_000_000) == Errno.SUCCESS
        assert guest.result(size=8) >= first


def test_unknown_clock_is_einval() -> None:
    guest = Guest(Wasi())
    assert guest.call("clock_res_get", 4) == Errno.EINVAL
    assert guest.call("clock_time_get", 9, 0) == Errno.EINVAL


def test_virtual_clock_counts_instructions_and_readings() -> None:
    guest = Guest(Wasi())
    guest.tick = 500
    guest.call("clock_time_get", REALTIME, 0)
    assert guest.result(size=8) == EPOCH + READ_COST + 500
    guest.call("clock_time_get", MONOTONIC, 0)
    assert guest.result(size=8) == 2 * READ_COST + 500


def poll(guest: Guest, *subscriptions: bytes) -> list[tuple[int, int, int, int]]:
    """Poll; return (userdata, error, type, nbytes) of each event."""
    guest.memory.data[SCRATCH : SCRATCH + 48 * len(subscriptions)] = b"".join(subscriptions)
    errno = guest.raw("poll_oneoff", SCRATCH, 0x8000, len(subscriptions), RESULT)
    assert errno == Errno.SUCCESS
    raw = guest.memory.data[0x8000 : 0x8000 + 32 * guest.result()]
    return [
        (userdata, error, kind, nbytes)
        for userdata, error, kind, nbytes, _ in struct.iter_unpack("<QHB5xQQ", raw)
    ]


def on_clock(userdata: int, clock: int, timeout: int, *, absolute: bool = False) -> bytes:
    return struct.pack("<QB7xI4xQQH6x", userdata, CLOCK, clock, timeout, 0, absolute)


def on_fd(userdata: int, kind: int, fd: int) -> bytes:
    return struct.pack("<QB7xI28x", userdata, kind, fd)


def test_sleeping_moves_the_virtual_clock_and_no_other() -> None:
    guest = Guest(Wasi())
    assert poll(guest, on_clock(7, MONOTONIC, 3_000_000_000)) == [(7, 0, CLOCK, 0)]
    guest.call("clock_time_get", MONOTONIC, 0)
    assert guest.result(size=8) == 3_000_000_000 + READ_COST
    guest.call("clock_time_get", PROCESS, 0)
    assert guest.result(size=8) == 2 * READ_COST


def test_earliest_clock_wins_and_those_due_with_it() -> None:
    guest = Guest(Wasi())
    clocks = [on_clock(n, MONOTONIC, t) for n, t in [(1, 50), (2, 10), (3, 10), (4, 11)]]
    assert [event[0] for event in poll(guest, *clocks)] == [2, 3]


def test_absolute_timeout_in_the_past_is_due_at_once() -> None:
    guest = Guest(Wasi())
    assert poll(guest, on_clock(1, REALTIME, 5, absolute=True)) == [(1, 0, CLOCK, 0)]
    assert guest.wasi.clock.state.slept == 0


def test_absolute_timeout_in_the_future_is_waited_for() -> None:
    guest = Guest(Wasi())
    poll(guest, on_clock(1, REALTIME, EPOCH + 5_000, absolute=True))
    assert guest.wasi.now() == EPOCH + 5_000


def test_clock_stops_at_the_end_of_time() -> None:
    guest = Guest(Wasi())
    for _ in range(2):
        poll(guest, on_clock(1, MONOTONIC, 2**64 - 1))
    for clock in (REALTIME, MONOTONIC, PROCESS):
        assert guest.call("clock_time_get", clock, 0) == Errno.SUCCESS
    guest.call("clock_time_get", REALTIME, 0)
    assert guest.result(size=8) == 2**64 - 1


def test_longest_sleep_of_the_system_clock_is_one_it_can_wait_for() -> None:
    waited: list[float] = []
    SystemClock(waited.append).sleep(2**64 - 1)
    assert waited == [10**8]


def test_system_clock_sleeps_for_the_timeout() -> None:
    waited: list[float] = []
    guest = Guest(Wasi(deterministic=False))
    guest.wasi.clock = SystemClock(waited.append)
    poll(guest, on_clock(1, MONOTONIC, 250_000_000))
    assert waited == [0.25]


def test_ready_descriptors_come_before_a_timeout() -> None:
    guest = Guest(Wasi(stdin=b"abc", dirs={"/": Dir(files={"f": b"12345"})}))
    fd = guest.opened("f", rights=Rights.FD_READ | Rights.POLL_FD_READWRITE)
    events = poll(
        guest,
        on_clock(1, MONOTONIC, 1000),
        on_fd(2, FD_READ, 0),
        on_fd(3, FD_WRITE, 1),
        on_fd(4, FD_READ, fd),
    )
    assert events == [(2, 0, FD_READ, 3), (3, 0, FD_WRITE, 0), (4, 0, FD_READ, 5)]
    assert guest.wasi.clock.state.slept == 0


def test_polling_a_closed_descriptor_is_an_event_with_an_error() -> None:
    guest = Guest(Wasi())
    assert poll(guest, on_fd(5, FD_WRITE, 77)) == [(5, Errno.EBADF, FD_WRITE, 0)]
    assert poll(guest, on_fd(5, FD_READ, 1)) == [(5, Errno.EBADF, FD_READ, 0)]


def test_poll_for_input_that_may_come_times_out_or_blocks() -> None:
    guest = Guest(Wasi(stdin=Input()))
    assert poll(guest, on_clock(1, MONOTONIC, 0), on_fd(2, FD_READ, 0)) == [(1, 0, CLOCK, 0)]
    with pytest.raises(WouldBlock):
        poll(guest, on_fd(2, FD_READ, 0))
    guest.wasi.stdin.feed(b"line\n")
    assert poll(guest, on_fd(2, FD_READ, 0)) == [(2, 0, FD_READ, 5)]


TIMED = (on_fd(1, FD_READ, 0), on_clock(2, MONOTONIC, 100_000_000))


def test_poll_of_a_virtual_clock_waits_for_input_before_any_effect() -> None:
    guest = Guest(Wasi(stdin=Input()))
    before = guest.wasi.snapshot()
    with pytest.raises(WouldBlock, match="for 100 ms at most"):
        poll(guest, *TIMED)
    with pytest.raises(WouldBlock):
        poll(guest, TIMED[0], on_clock(2, MONOTONIC, 5_000_000_000, absolute=True))
    assert guest.wasi.snapshot() == before
    assert guest.memory.writes == []
    guest.wasi.stdin.feed(b"k\n")
    assert poll(guest, *TIMED) == [(1, 0, FD_READ, 2)]


def test_poll_lets_its_time_pass_once_if_there_is_no_input_yet() -> None:
    guest = Guest(Wasi(stdin=Input()))
    guest.wasi.stdin.silent = True
    assert poll(guest, *TIMED) == [(2, 0, CLOCK, 0)]
    assert guest.wasi.clock.state.slept == 100_000_000
    with pytest.raises(WouldBlock):
        poll(guest, *TIMED)


class Keyboard:
    """A source that has what was typed after some waits; notes how long it was waited for."""

    def __init__(self, *typed: bytes | None) -> None:
        self.typed = list(typed)
        self.waits: list[float | None] = []

    def wait(self, seconds: float | None, /) -> bool:
        self.waits.append(seconds)
        if seconds == 0:
            return self.typed[0] is not None
        while seconds is None and self.typed[0] is None:
            self.typed.pop(0)
        return self.typed[0] is not None or self.typed.pop(0) is not None

    def __call__(self, _size: int) -> bytes | None:
        return self.typed.pop(0)


def test_poll_with_the_systems_clock_times_out_until_input_comes() -> None:
    keyboard = Keyboard(None, None, b"k\n")
    guest = Guest(Wasi(stdin=keyboard, deterministic=False))
    assert poll(guest, *TIMED) == [(2, 0, CLOCK, 0)]
    assert poll(guest, *TIMED) == [(2, 0, CLOCK, 0)]
    assert poll(guest, *TIMED) == [(1, 0, FD_READ, 2)]
    assert keyboard.waits == [0, 0.1, 0, 0.1, 0]
    assert guest.read(0) == b"k\n"


def test_poll_without_a_limit_waits_until_input_comes() -> None:
    keyboard = Keyboard(None, b"k\n")
    guest = Guest(Wasi(stdin=keyboard, deterministic=False))
    assert poll(guest, TIMED[0]) == [(1, 0, FD_READ, 2)]
    assert keyboard.waits[:2] == [0, None]


def test_poll_of_a_virtual_clock_waits_for_a_source_without_a_limit() -> None:
    keyboard = Keyboard(None, b"k\n")
    guest = Guest(Wasi(stdin=keyboard))
    assert poll(guest, *TIMED) == [(1, 0, FD_READ, 2)]
    assert keyboard.waits[:2] == [0, None]
    assert guest.wasi.clock.state.slept == 0


def test_poll_that_need_not_wait_looks_at_input_only() -> None:
    keyboard = Keyboard(None)
    guest = Guest(Wasi(stdin=keyboard, deterministic=False))
    assert poll(guest, *TIMED, on_fd(3, FD_WRITE, 1)) == [(3, 0, FD_WRITE, 0)]
    assert keyboard.waits == [0]


def test_poll_of_ended_input_is_ready_with_no_bytes() -> None:
    guest = Guest(Wasi(stdin=Keyboard(b""), deterministic=False))
    assert poll(guest, *TIMED) == [(1, 0, FD_READ, 0)]
    assert guest.read(0) == b""


def test_poll_of_input_that_cannot_be_read_is_an_event_with_the_errno() -> None:
    guest = Guest(Wasi(stdin=refusing(OSError(system.EBADF, "no")), deterministic=False))
    assert poll(guest, *TIMED) == [(1, Errno.EBADF, FD_READ, 0)]


def test_nonblocking_read_of_a_live_source_is_eagain_until_input_comes() -> None:
    keyboard = Keyboard(None)
    guest = Guest(Wasi(stdin=keyboard, deterministic=False))
    guest.raw("fd_fdstat_set_flags", 0, int(FdFlags.NONBLOCK))
    assert guest.raw("fd_read", 0, *guest.iovs(10), RESULT) == Errno.EAGAIN
    keyboard.typed[:] = [b"k\n"]
    assert guest.read(0) == b"k\n"


@pytest.mark.parametrize(
    "subscription",
    [struct.pack("<QB39x", 0, 3), on_clock(0, 4, 0), on_clock(0, 99, 0)],
    ids=["type", "clock", "clock 99"],
)
def test_unknown_subscription_is_einval(subscription: bytes) -> None:
    guest = Guest(Wasi())
    guest.memory.data[SCRATCH : SCRATCH + 48] = subscription
    assert guest.raw("poll_oneoff", SCRATCH, 0x8000, 1, RESULT) == Errno.EINVAL


def test_poll_for_nothing_is_einval() -> None:
    assert Guest(Wasi()).raw("poll_oneoff", SCRATCH, 0x8000, 0, RESULT) == Errno.EINVAL


def random(guest: Guest, size: int) -> bytes:
    assert guest.raw("random_get", SCRATCH, size) == Errno.SUCCESS
    return bytes(guest.memory.data[SCRATCH : SCRATCH + size])


def test_random_bytes_come_from_the_seed() -> None:
    one, two, other = Guest(Wasi(seed=1)), Guest(Wasi(seed=1)), Guest(Wasi(seed=2))
    first = random(one, 100)
    assert first == random(two, 30) + random(two, 70)
    assert first != random(other, 100)
    assert first[:32] != random(one, 32)


def test_random_bytes_of_the_system_differ() -> None:
    guest = Guest(Wasi(deterministic=False))
    assert random(guest, 1024) != random(guest, 1024)


def test_random_of_no_bytes_writes_nothing() -> None:
    guest = Guest(Wasi())
    assert guest.raw("random_get", guest.memory.size, 0) == Errno.SUCCESS
    assert guest.memory.writes == []


def test_yield_succeeds() -> None:
    assert Guest(Wasi()).raw("sched_yield") == Errno.SUCCESS


@pytest.mark.parametrize("code", [0, 1, 255, 0xFFFFFFFF])
def test_exit_carries_the_code(code: int) -> None:
    with pytest.raises(ProcExit) as caught:
        Guest(Wasi()).raw("proc_exit", code)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("sig", "errno"), [(0, Errno.SUCCESS), (6, Errno.ENOTSUP), (31, Errno.EINVAL)]
)
def test_raise_is_not_supported(sig: int, errno: Errno) -> None:
    assert Guest(Wasi()).raw("proc_raise", sig) == errno


def test_output_is_kept_in_order_and_passed_on() -> None:
    sent: list[bytes] = []
    guest = Guest(Wasi(stdout=sent.append))
    guest.write(1, b"out ")
    guest.tick = 9
    guest.write(2, b"err")
    guest.write(1, b"more")
    found = [(event.stream, event.data, event.tick) for event in guest.wasi.output]
    assert found == [(1, b"out ", 0), (2, b"err", 9), (1, b"more", 9)]
    assert sent == [b"out ", b"more"]
    assert guest.wasi.printed(1) == b"out more"


def test_empty_write_prints_nothing() -> None:
    guest = Guest(Wasi())
    assert guest.write(1) == Errno.SUCCESS
    assert guest.write(1, b"") == Errno.SUCCESS
    assert guest.wasi.output == []


def test_output_is_not_kept_if_not_wanted() -> None:
    guest = Guest(Wasi(keep_output=False))
    assert guest.write(1, b"x") == Errno.SUCCESS
    assert guest.wasi.output == []


def refusing(error: OSError) -> Callable[[object], bytes]:
    """Return a function of a stream that the host can't serve."""

    def fail(_: object) -> bytes:
        raise error

    return fail


@pytest.mark.parametrize("error", [system.ENOSPC, system.EIO, system.EBADF, system.EFBIG])
def test_output_that_the_host_refuses_is_the_guests_errno(error: int) -> None:
    guest = Guest(Wasi(stdout=refusing(OSError(error, "no"))))
    assert guest.write(1, b"lost") == Errno[system.errorcode[error]]
    assert guest.write(2, b"kept") == Errno.SUCCESS
    assert [printed.data for printed in guest.wasi.output] == [b"kept"]


def test_error_that_wasi_has_no_number_for_is_eio() -> None:
    guest = Guest(Wasi(stdout=refusing(OSError(9999, "no"))))
    assert guest.write(1, b"lost") == Errno.EIO


def test_output_that_is_taken_in_part_falls_short() -> None:
    guest = Guest(Wasi(stdout=refusing(BlockingIOError(system.EAGAIN, "later", 3))))
    assert guest.write(1, b"hello") == Errno.SUCCESS
    assert guest.result() == 3
    assert guest.wasi.printed(1) == b"hel"


def test_closed_pipe_ends_the_run() -> None:
    guest = Guest(Wasi(stdout=refusing(BrokenPipeError(system.EPIPE, "gone"))))
    with pytest.raises(BrokenPipeError):
        guest.write(1, b"lost")


@pytest.mark.parametrize("error", [system.EBADF, system.EISDIR, system.EIO])
def test_input_that_cannot_be_read_is_the_guests_errno(error: int) -> None:
    guest = Guest(Wasi(stdin=refusing(OSError(error, "no"))))
    assert guest.raw("fd_read", 0, *guest.iovs(10), RESULT) == Errno[system.errorcode[error]]


def test_streams_go_one_way() -> None:
    guest = Guest(Wasi(stdin=b"abc"))
    assert guest.write(0, b"x") == Errno.EBADF
    assert guest.raw("fd_read", 1, *guest.iovs(1), RESULT) == Errno.EBADF


def test_stdin_bytes_then_end() -> None:
    guest = Guest(Wasi(stdin=b"abcdef"))
    assert [guest.read(0, 4), guest.read(0, 4), guest.read(0, 4)] == [b"abcd", b"ef", b""]


def test_stdin_function_is_asked_until_it_ends() -> None:
    lines: list[bytes] = [b"one\n", b"two\n", b""]
    guest = Guest(Wasi(stdin=lambda _: lines.pop(0)))
    assert [guest.read(0), guest.read(0), guest.read(0), guest.read(0)] == [
        b"one\n",
        b"two\n",
        b"",
        b"",
    ]


def test_stdin_without_data_yet_blocks_before_any_effect() -> None:
    guest = Guest(Wasi(stdin=Input()))
    before = guest.wasi.snapshot()
    with pytest.raises(WouldBlock):
        guest.raw("fd_read", 0, *guest.iovs(10), RESULT)
    assert guest.wasi.snapshot() == before
    assert guest.memory.writes == []
    guest.wasi.stdin.feed(b"hello\nworld")
    assert guest.read(0, 6) == b"hello\n"
    guest.wasi.stdin.end()
    assert guest.read(0) == b"world"
    assert guest.read(0) == b""


def test_stdin_without_data_and_nonblock_is_eagain() -> None:
    guest = Guest(Wasi(stdin=Input()))
    guest.call("fd_fdstat_set_flags", 0, 4)
    assert guest.raw("fd_read", 0, *guest.iovs(10), RESULT) == Errno.EAGAIN


def test_reading_no_bytes_does_not_wait() -> None:
    guest = Guest(Wasi(stdin=Input()))
    assert guest.read(0, 0) == b""


OUT_OF_BOUNDS: list[tuple[str, Sequence[int]]] = [
    ("args_sizes_get", (-3, 0)),
    ("args_sizes_get", (0, -3)),
    ("args_get", (-3, 0)),
    ("args_get", (0, -3)),
    ("environ_get", (0, -3)),
    ("clock_time_get", (0, 0, -7)),
    ("random_get", (-4, 5)),
    ("fd_write", (1, -7, 1, 0)),
    ("fd_write", (1, SCRATCH, 1, -3)),
    ("fd_write", (1, 0xFFFFFFF8, 0x20000000, 0)),
    ("fd_read", (0, SCRATCH, 1, -1)),
    ("path_open", (3, 0, -2, 5, 0, 0, 0, 0, 0)),
    ("path_open", (3, 0, SCRATCH, 1, 0, 0, 0, 0, -3)),
    ("fd_filestat_get", (3, -63)),
    ("fd_prestat_dir_name", (3, -1, 2)),
    ("fd_readdir", (3, -10, 20, 0, 0)),
    ("poll_oneoff", (-47, 0x8000, 1, 0)),
    ("poll_oneoff", (SCRATCH, -31, 1, 0)),
]


@pytest.mark.parametrize(("name", "args"), OUT_OF_BOUNDS)
def test_address_outside_of_memory_traps_before_any_effect(name: str, args: Sequence[int]) -> None:
    guest = Guest(
        Wasi(args=["prog"], env={"A": "b"}, stdin=b"x", dirs={"/": Dir(files={"a": b""})})
    )
    guest.put("a")
    before = guest.wasi.snapshot()
    size = guest.memory.size
    with pytest.raises(Trap) as caught:
        guest.raw(name, *(arg if arg >= 0 else size + arg for arg in args))
    assert caught.value.code is TrapCode.OUT_OF_BOUNDS_MEMORY
    assert guest.wasi.snapshot() == before
    assert guest.memory.writes == []


def test_vector_outside_of_memory_traps() -> None:
    guest = Guest(Wasi())
    guest.memory.data[SCRATCH : SCRATCH + 8] = struct.pack("<II", guest.memory.size - 1, 2)
    with pytest.raises(Trap):
        guest.raw("fd_write", 1, SCRATCH, 1, RESULT)
    assert guest.wasi.output == []


def test_missing_host_directory_is_a_usage_error(tmp_path: object) -> None:
    for real in (True, False):
        with pytest.raises(UsageError, match="cannot open the directory"):
            Wasi(dirs={"/": f"{tmp_path}/none"}, real_dirs=real)


def test_create_flag_is_named_as_in_witx() -> None:
    assert OFlags.CREAT == 1
