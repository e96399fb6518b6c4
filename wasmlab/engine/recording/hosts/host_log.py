"""The host log: what host functions did, call by call, enough to replay them without the host."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.records import dataclass, field
from wasmlab.runtime.host import kept_bytes

if TYPE_CHECKING:
    from wasmlab.engine.recording.snapshots.snapshot import ArenaImages
    from wasmlab.host.wasi.descriptor import Descriptor
    from wasmlab.host.wasi.persistent import PersistentMap
    from wasmlab.host.wasi.wasi import WasiSnapshot
    from wasmlab.runtime.host import RawHostCall

_OVERHEAD = 700
"""Approximate bytes that an answer takes, without the memory contents in it."""
_FILES = 12_000
"""Approximate bytes that new parts of files and directories take, without the content written."""
_TOUCHED = 110
"""Approximate bytes that each access to memory takes, without its contents."""


@dataclass(slots=True, eq=False)
class HostAnswer:
    """One call of a host function and everything that it changed: enough to replay it."""

    call: RawHostCall
    wasi: WasiSnapshot
    """State of WASI after the call."""
    before: PersistentMap[Descriptor]
    """Descriptors that were open before the call."""
    ticks: int = 0
    """Instructions that the function made the program execute by calling back."""
    arenas: ArenaImages | None = None
    """All arenas after the call, if it changed more than it wrote to the caller's memory."""
    shown: Any = None
    """The decoded call, kept once a front end has asked for it."""
    hosts: tuple[object, ...] = ()
    """States of the rewindable Python objects after the call."""
    barrier: bool = False
    """The call changed real files, which cannot be undone."""
    changes_files: bool = False
    """The call changed files in memory: the answer holds what differs from those before."""

    @property
    def cost(self) -> int:
        """Approximate size in bytes."""
        read = sum(_TOUCHED + len(data) for _, data in self.call.reads)
        nbytes = _OVERHEAD + read
        nbytes += sum(_TOUCHED + kept_bytes(content) for _, content in self.call.writes)
        return nbytes + (_FILES + read if self.changes_files else 0)


@dataclass(slots=True)
class HostLog:
    """The answers of a timeline, and how many of them the program has been given."""

    answers: list[HostAnswer] = field(default_factory=list[HostAnswer])
    """In order; the first ``forgotten`` answers of the timeline are not among them."""
    forgotten: int = 0
    """How many answers were dropped from the beginning."""
    cursor: int = 0
    """How many answers were given up to the present tick, dropped ones included."""
    injected: dict[int, tuple[int, ...]] = field(default_factory=dict[int, "tuple[int, ...]"])
    """Results set by hand for calls that are still to come, by number of the call from 0."""

    @property
    def total(self) -> int:
        """How many answers were recorded, dropped ones included."""
        return self.forgotten + len(self.answers)

    @property
    def given(self) -> list[HostAnswer]:
        """The answers up to the present tick."""
        return self.answers[: max(self.cursor - self.forgotten, 0)]

    @property
    def last(self) -> HostAnswer | None:
        """The answer that was given last; None at the beginning."""
        at = self.cursor - self.forgotten - 1
        return self.answers[at] if at >= 0 else None

    @property
    def next(self) -> HostAnswer | None:
        """The recorded answer to the next call; None if that is not recorded."""
        at = self.cursor - self.forgotten
        return self.answers[at] if 0 <= at < len(self.answers) else None

    def since(self, number: int) -> list[HostAnswer]:
        """Return the answers from a number on, counted from 0 with the dropped ones."""
        return self.answers[max(number - self.forgotten, 0) :]
