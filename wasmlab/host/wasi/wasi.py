"""A WASI instance: what a guest was granted, and what it has open; ``link`` has its functions."""

from __future__ import annotations

import os

from wasmlab.errors import CommitError, UsageError
from wasmlab.hints import TYPE_CHECKING, Self
from wasmlab.host.wasi.clock import ClockState, SystemClock, VirtualClock
from wasmlab.host.wasi.descriptor import Descriptor, preopened, standard_stream
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.flags import NO_RIGHTS, FileType, Rights
from wasmlab.host.wasi.persistent import PersistentMap
from wasmlab.host.wasi.quotas import Quotas
from wasmlab.host.wasi.random import SeededRandom, SystemRandom
from wasmlab.host.wasi.streams import (
    STDERR,
    STDIN,
    STDOUT,
    Input,
    OutputPiece,
    OutputState,
    as_input,
)
from wasmlab.records import NamedTuple, replace
from wasmlab.runtime.memory_budget import MOST_MEMORY, MemoryBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wasmlab.host.wasi.faults import Fault
    from wasmlab.host.wasi.fs.changes import FileChange
    from wasmlab.host.wasi.fs.commit.disk import Disk
    from wasmlab.host.wasi.fs.commit.write import Overlay
    from wasmlab.host.wasi.fs.grants import Grant
    from wasmlab.host.wasi.fs.memory import TreeVolume
    from wasmlab.host.wasi.fs.mount import Dir, Mode
    from wasmlab.host.wasi.fs.tree import Tree
    from wasmlab.host.wasi.fs.volume import Volume

Sink = "Callable[[bytes], object]"


class WasiSnapshot(NamedTuple):
    """The whole state of a WASI instance at one moment; immutable, equal if the state is."""

    descriptors: PersistentMap[Descriptor]
    trees: tuple[Tree | None, ...]
    """For each volume; None for real directories, which no snapshot can hold."""
    clock: ClockState
    random: int
    stdin: int
    output: OutputState
    written: int
    calls: PersistentMap[int]
    held: int = 0
    """Bytes that count in the program's memory budget."""


class Wasi:
    """The host side of WASI preview 1 for one program.

    args: all arguments, the program's name first. env: variables. dirs: guest path to host path or
    ``Dir``; host paths become overlays, or the real directories with real_dirs. stdin: bytes, a
    function (n) -> up to n bytes, or an ``Input``. stdout, stderr: called with what is printed, as
    it is printed. What these functions raise as OSError is the guest's error number;
    BlockingIOError with ``characters_written`` makes its call fall short. deterministic: virtual
    clock, and random bytes from seed. terminals: which of the standard streams look like a
    terminal. keep_output: without it nothing is kept, only passed on. Without arguments nothing is
    granted.
    """

    def __init__(  # noqa: PLR0913 - each is one capability, all by name
        self,
        *,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        dirs: Mapping[str, str | os.PathLike[str] | Dir] | None = None,
        stdin: bytes | Input | Callable[[int], bytes | None] | None = None,
        stdout: Callable[[bytes], object] | None = None,
        stderr: Callable[[bytes], object] | None = None,
        deterministic: bool = True,
        seed: int = 0,
        quotas: Quotas | None = None,
        real_dirs: bool = False,
        faults: Iterable[Fault] = (),
        terminals: Iterable[int] = (STDIN, STDOUT, STDERR),
        keep_output: bool = True,
    ) -> None:
        self.args = tuple(_text(arg, "argument") for arg in args)
        self.env = tuple(
            _text(f"{key}={value}", "environment variable") for key, value in (env or {}).items()
        )
        self.stdin = as_input(stdin)
        self.sinks = {STDOUT: stdout, STDERR: stderr}
        self.quotas = quotas or Quotas()
        self.faults = tuple(faults)
        self.terminals = frozenset(terminals)
        self.dirs: dict[str, Dir] = {}
        """What was granted, by guest path."""
        self.on_printed: Callable[[OutputPiece], object] | None = None
        """Told of what went out; a recording's."""
        self.keep_output = keep_output
        self.clock = VirtualClock() if deterministic else SystemClock()
        self.random = SeededRandom(seed) if deterministic else SystemRandom()
        self.volumes: list[Volume] = []
        self.notes: list[str] = []
        """Lines that a front end should show: where this system cannot do what was asked."""
        self.tick = 0
        self.written = 0
        self.output_state = OutputState()
        self.calls: PersistentMap[int] = PersistentMap()
        self.descriptors: PersistentMap[Descriptor] = PersistentMap()
        self._before = self.descriptors
        self.budget = MemoryBudget(MOST_MEMORY)
        self._granted: list[Grant] = []
        self._grant_streams(self.terminals)
        self._grant_directories(dirs or {}, real_dirs)
        self.share(self.budget)

    def share(self, budget: MemoryBudget) -> None:
        """Count what is held for the guest in the budget of a program from now on."""
        self.budget = self.stdin.budget = budget
        trees = self._in_memory()
        budget.host = self.output_state.size + sum(tree.held for tree in trees)
        for tree in trees:
            tree.budget = budget

    def _grant_streams(self, terminals: frozenset[int]) -> None:
        for stream in (STDIN, STDOUT, STDERR):
            descriptor = standard_stream(stream, terminal=stream in terminals)
            self.descriptors = self.descriptors.put(stream, descriptor)

    def _grant_directories(
        self,
        dirs: Mapping[str, str | os.PathLike[str] | Dir],
        real_dirs: bool,  # noqa: FBT001 - internal
    ) -> None:
        if not dirs:
            return
        from wasmlab.host.wasi.fs.grants import grants  # with all file systems
        from wasmlab.host.wasi.fs.mount import Dir

        given = {
            guest: what if isinstance(what, Dir) else Dir(what) for guest, what in dirs.items()
        }
        wanted = {guest: self._mode(guest, given[guest], real_dirs) for guest in given}
        self._granted = grants(wanted, self.now, self.quotas)
        for grant in self._granted:
            # Opened: whatever a path leads to later, this is what was granted.
            self.dirs[grant.guest] = replace(given[grant.guest], opened=grant.directory.opened)
            if all(volume is not grant.volume for volume in self.volumes):
                self.volumes.append(grant.volume)
            self.add(preopened(grant.volume, _text(grant.guest, "guest path"), grant.handle))

    def _mode(self, guest: str, directory: Dir, real_dirs: bool) -> tuple[Dir, Mode]:  # noqa: FBT001 - internal
        """Return how a directory is granted on this system."""
        from wasmlab.host.wasi.fs.real import has_dir_fd

        if not guest:
            raise UsageError("a directory needs a name for the guest", hint="write HOST::GUEST")
        preferred = "real" if real_dirs else "overlay"
        mode = directory.mode or ("memory" if directory.host is None else preferred)
        if mode == "real" and directory.host is not None and not has_dir_fd():
            self.notes.append(
                f"{guest}: this system cannot confine a program to a real directory; "
                f"it gets a read-only copy of {directory.host}"
            )
            return replace(directory, readonly=True), "overlay"
        return directory, mode

    # Time travel

    def snapshot(self) -> WasiSnapshot:
        """Return the present state; cheap, and valid for ever."""
        return WasiSnapshot(
            self.descriptors,
            self._tree_states() if self.volumes else (),
            self.clock.state,
            self.random.position,
            self.stdin.position,
            self.output_state,
            self.written,
            self.calls,
            self.budget.host,
        )

    def restore(self, snapshot: WasiSnapshot) -> None:
        """Go back (or forward) to a snapshot of this instance.

        Real directories keep what was written to them; everything else is as it was.
        """
        self.descriptors = self._before = snapshot.descriptors
        kept = (tree for tree in snapshot.trees if tree is not None)
        for volume, tree in zip(self._in_memory(), kept, strict=True):
            volume.tree = tree
        self.clock.state = snapshot.clock
        self.random.position = snapshot.random
        self.stdin.position, self.stdin.silent = snapshot.stdin, False
        self.output_state = snapshot.output
        self.written = snapshot.written
        self.calls = snapshot.calls
        self.budget.host = snapshot.held

    @property
    def real_changes(self) -> int:
        """How often real files or directories were changed, which ``restore`` does not undo."""
        if not self.volumes:
            return 0
        from wasmlab.host.wasi.fs.real import RealVolume

        return sum([v.changes for v in self.volumes if isinstance(v, RealVolume)])

    # What front ends ask

    @property
    def output(self) -> list[OutputPiece]:
        """All that was printed up to now, in order."""
        return list(self.output_state.events.values())

    def printed(self, stream: int) -> bytes:
        """Return all that was printed to stream 1 (stdout) or 2 (stderr)."""
        return b"".join(event.data for event in self.output if event.stream == stream)

    def fd_name(self, fd: int) -> str:
        """Return ``<stdout>`` or ``</data/a.txt>``, escaped; "" if fd was not open."""
        found = self.descriptors.get(fd) or self._before.get(fd)
        return found.label if found else ""

    def diff(self) -> dict[str, list[FileChange]]:
        """Return what differs from the host, or was made in memory, by guest directory."""
        if not self.volumes:
            return {}
        from wasmlab.host.wasi.fs.changes import changes

        return {guest: changes(volume) for guest, volume, _ in self._trees()}

    def commit(self, disk: Disk | None = None) -> dict[str, list[FileChange]]:
        """Write what overlays changed to their host directories; return it by guest directory.

        Raises CommitError where that cannot be, which says what was written: nothing, as a rule.
        disk: what is written through, the system's if it is None.
        """
        from wasmlab.host.wasi.fs.changes import changes
        from wasmlab.host.wasi.fs.commit.write import commit

        try:
            trees = self._trees()
            written = {guest: changes(v) for guest, v, host in trees if _writes(v, host)}
            commit(self._overlays(disk))
        except (OSError, ErrnoError) as error:
            raise CommitError(f"cannot write the changes: {error}; nothing was written") from None
        return written

    def load_replaced(self) -> None:
        """Read now what a commit will remove or replace, so that snapshots from before it hold."""
        from wasmlab.host.wasi.fs.changes import load_replaced

        for _, volume, host in self._trees():
            if _writes(volume, host):
                load_replaced(volume)

    def prepare_commit(self) -> list[str]:
        """Clear up after commits to these directories that were interrupted; return notes on that.

        CommitError if one has to be finished or undone first, or if this system cannot commit.
        """
        from wasmlab.host.wasi.fs.commit.write import settle_all

        try:
            return settle_all(self._overlays(None))
        except OSError as error:
            raise CommitError(f"cannot clear up after a commit: {error}") from None

    def _overlays(self, disk: Disk | None) -> list[Overlay]:
        from wasmlab.host.wasi.fs.commit.disk import DISK
        from wasmlab.host.wasi.fs.commit.write import overlay

        trees, used = self._trees(), disk or DISK
        return [overlay(host, volume, used) for _, volume, host in trees if _writes(volume, host)]

    def _tree_states(self) -> tuple[Tree | None, ...]:
        from wasmlab.host.wasi.fs.memory import TreeVolume

        return tuple([v.tree if isinstance(v, TreeVolume) else None for v in self.volumes])

    def _in_memory(self) -> list[TreeVolume]:
        """Return the volumes that are trees in memory."""
        if not self.volumes:
            return []
        from wasmlab.host.wasi.fs.memory import TreeVolume

        return [volume for volume in self.volumes if isinstance(volume, TreeVolume)]

    def _trees(self) -> list[tuple[str, TreeVolume, str]]:
        """Return (guest path, volume, host path or "") of the volumes in memory, each once."""
        from wasmlab.host.wasi.fs.memory import ROOT, TreeVolume

        found: dict[int, tuple[str, TreeVolume, str]] = {}
        for guest, directory, volume, handle in self._granted:
            if isinstance(volume, TreeVolume) and handle == ROOT:
                host = "" if directory.host is None else os.fspath(directory.host)
                found.setdefault(volume.dev, (guest, volume, host))
        return list(found.values())

    def close(self) -> None:
        """Close all descriptors of the host; the instance is not used any more."""
        self.descriptors = PersistentMap()
        self._before = self.descriptors
        self.dirs = {guest: replace(found, opened=None) for guest, found in self.dirs.items()}
        self.volumes.clear()
        self._granted.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What the functions need

    def now(self) -> int:
        """Return the wall clock in nanoseconds since 1970."""
        return self.clock.now(self.tick)

    def begin_call(self, tick: int) -> None:
        """Note that a call begins."""
        self.tick = tick
        self._before = self.descriptors

    def descriptor(self, fd: int, rights: Rights = NO_RIGHTS) -> Descriptor:
        """Return an open descriptor that has these rights.

        EBADF if it is not open, or not for reading or writing; ENOTCAPABLE for other rights.
        Raises ErrnoError.
        """
        found = self.descriptors.get(fd)
        if found is None:
            raise ErrnoError(Errno.EBADF)
        missing = rights & ~found.rights
        if missing & (Rights.FD_READ | Rights.FD_WRITE):
            raise ErrnoError(Errno.EBADF)
        if missing:
            raise ErrnoError(Errno.ENOTCAPABLE)
        return found

    def add(self, descriptor: Descriptor) -> int:
        """Return the lowest free number, now that of descriptor."""
        self.quotas.check("descriptors", len(self.descriptors) + 1)
        fd = 0
        while fd in self.descriptors:
            fd += 1
        self.descriptors = self.descriptors.put(fd, descriptor)
        return fd

    def change(self, fd: int, **changes: object) -> None:
        """Replace attributes of an open descriptor."""
        descriptor = self.descriptor(fd)
        self.descriptors = self.descriptors.put(fd, replace(descriptor, **changes))  # pyright: ignore[reportArgumentType] - names are the callers'

    def remove(self, fd: int) -> None:
        """Close a descriptor."""
        descriptor = self.descriptor(fd)
        self.descriptors = self.descriptors.remove(fd)
        if descriptor.volume is not None and not descriptor.preopen:
            descriptor.volume.close(descriptor.handle)

    def print(self, stream: int, data: bytes) -> int:
        """Take what the guest printed; return how many bytes of it went out.

        Raises what the stream's function raises, OSError included; nothing counts as printed then.
        """
        if not data:
            return 0
        if self.keep_output:
            size = self.output_state.size + len(data)
            self.quotas.check("output", size)
        printed = OutputPiece(stream, data[: self._pass_on(stream, data)], self.tick)
        if self.on_printed is not None:
            self.on_printed(printed)
        if self.keep_output:
            self.output_state = self.output_state.add(printed)
            self.budget.host += len(printed.data)
        return len(printed.data)

    def _pass_on(self, stream: int, data: bytes) -> int:
        """Give data to the stream's function; return how many bytes it took."""
        sink = self.sinks[stream]
        try:
            if sink is not None:
                sink(data)
        except BlockingIOError as error:
            if not _taken(error):
                raise
            return _taken(error)
        return len(data)

    def count_written(self, size: int) -> None:
        """Count bytes on their way to a file against the quota."""
        self.quotas.check("written", self.written + size)
        self.written += size


def _taken(error: BlockingIOError) -> int:
    """Return how many bytes were written before a write would have blocked."""
    return getattr(error, "characters_written", 0)


def _writes(volume: TreeVolume, host: str) -> bool:
    """Return whether a commit writes a volume."""
    return bool(host) and not volume.readonly


def _text(text: str, what: str) -> str:
    if "\0" in text:
        raise UsageError(f"a NUL character in {what} {text!r}", hint="leave it out")
    return text


__all__ = ["FileType", "Input", "Quotas", "Wasi", "WasiSnapshot"]
