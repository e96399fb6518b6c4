"""What a question about the past costs, counted: snapshots restored and instructions replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasmlab.engine.recording import recorder as recording
from wasmlab.records import dataclass, field

if TYPE_CHECKING:
    import pytest

    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.engine.recording.snapshots.snapshot import Snapshot, SnapshotTaker
    from wasmlab.runtime.store import Store


@dataclass
class Work:
    """The work done since ``clear``."""

    restored: list[int] = field(default_factory=list[int])
    """Ticks of the snapshots that were restored."""
    runs: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Stretches that were executed, from a tick to another."""

    def clear(self) -> None:
        """Begin to count anew."""
        self.restored.clear()
        self.runs.clear()

    @property
    def replayed(self) -> int:
        """Instructions executed."""
        return sum(end - start for start, end in self.runs)

    def often(self, tick: int) -> int:
        """Return how often the instruction was executed that is next at a tick."""
        return sum(start <= tick < end for start, end in self.runs)


def count_work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Return what counts from now on."""
    work = Work()
    restore, run = recording.restore, recording.run_slices

    def counted_restore(taker: SnapshotTaker, snapshot: Snapshot) -> None:
        work.restored.append(snapshot.tick)
        restore(taker, snapshot)

    def counted_run(store: Store, *given: Any) -> Any:  # noqa: ANN401 - only passed on
        start = store.tick
        try:
            return run(store, *given)
        finally:
            work.runs.append((start, store.tick))

    monkeypatch.setattr(recording, "restore", counted_restore)
    monkeypatch.setattr(recording, "run_slices", counted_run)
    return work


def snapshot_at_every_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a snapshot taken wherever a program stops on its way on, and nowhere else."""

    def snapshot(recorder: Recorder, _seconds: float) -> None:
        if recorder.tick >= recorder.timeline.last:
            recording.snapshot_now(recorder)

    monkeypatch.setattr(recording, "snapshot_if_due", snapshot)
