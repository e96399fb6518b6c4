"""The host's answers: recorded when a host function is called, replayed without calling it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wasmlab.engine.recording.snapshots.snapshot import Arenas
    from wasmlab.errors import WasmlabError
    from wasmlab.host.wasi.descriptor import Descriptor
    from wasmlab.host.wasi.persistent import PersistentMap
    from wasmlab.host.wasi.wasi import Snapshot as WasiSnapshot
    from wasmlab.runtime.host import HostRecord

_OVERHEAD = 700
"""Bytes that an answer takes beside what it read and wrote, about."""
_TOUCHED = 110
"""Bytes that each piece of memory takes that it read or wrote, beside its contents, about."""
WASI = "wasi_"
"""How the names of modules begin whose state is in every snapshot."""


@dataclass(slots=True, eq=False)
class Answer:
    """What a host function did, once: enough to have it happen again."""

    record: HostRecord
    wasi: WasiSnapshot
    """State of WASI behind the call."""
    before: PersistentMap[Descriptor]
    """What was open before it."""
    error: WasmlabError | None = None
    """What it raised, ProcExit too."""
    ticks: int = 0
    """Instructions that it made the program execute in between, by calling back."""
    arenas: Arenas | None = None
    """Everything behind the call, if it changed more than the memory that it was given."""
    shown: Any = None
    """What front ends made of it, once they have asked."""
    hosts: tuple[object, ...] = ()
    """States of the Python objects behind the call, as far as they can be taken back."""
    barrier: bool = False
    """It changed real files, which nothing takes back."""

    @property
    def cost(self) -> int:
        """Bytes it takes, about."""
        nbytes = _OVERHEAD
        for touched in (self.record.reads, self.record.writes):
            for _, data in touched:
                nbytes += _TOUCHED + len(data)
        return nbytes


@dataclass(slots=True)
class Journal:
    """The answers of a timeline, and how far the program has got in them."""

    answers: list[Answer] = field(default_factory=list[Answer])
    forgotten: int = 0
    """Answers that were dropped from the beginning."""
    cursor: int = 0
    """Answers given up to now, those that were dropped included."""
    injected: dict[int, tuple[int, ...]] = field(default_factory=dict[int, "tuple[int, ...]"])
    """Results that the person gave for calls to come, by number of the call."""

    @property
    def total(self) -> int:
        """Answers recorded, those that were dropped included."""
        return self.forgotten + len(self.answers)

    @property
    def given(self) -> list[Answer]:
        """The answers up to now."""
        return self.answers[: max(self.cursor - self.forgotten, 0)]
