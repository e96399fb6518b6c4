"""The state before the last command, which views compare with to mark what changed."""

from __future__ import annotations

from wasmlab.debug.views.frames import (
    ROW,
    frame_content,
    global_values,
    kept_operands,
    local_values,
)
from wasmlab.debug.views.target import position, running_instance
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wasmlab.debug.views.frames import Operands
    from wasmlab.debug.views.model import Value
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import ModuleInst


@dataclass(frozen=True, slots=True)
class Before:
    """What the innermost frame, its instance and the memory rows on show held at a tick."""

    tick: int
    at: Position | None
    """The innermost frame; None if there was none."""
    operands: Operands | None
    """Its operands."""
    locals: list[Value] | None
    """Its locals."""
    instance: ModuleInst
    globals: list[Value]
    """The globals of the instance."""
    rows: Mapping[tuple[int, int], bytes]
    """Bytes of memory by ``id`` of the memory and address."""

    def operands_of(self, at: Position) -> Operands | None:
        """Return the operands that a frame had; None if they were not kept."""
        return self.operands if _is_frame(self.at, at) else None

    def locals_of(self, at: Position) -> list[Value] | None:
        """Return the locals that a frame had; None if they were not kept."""
        return self.locals if _is_frame(self.at, at) else None

    def globals_of(self, instance: ModuleInst) -> list[Value] | None:
        """Return the globals that an instance had; None if they were not kept."""
        return self.globals if self.instance is instance else None

    def rows_of(self, memory: Memory) -> dict[int, bytes]:
        """Return the rows of a memory that were kept, by address."""
        return {address: row for (key, address), row in self.rows.items() if key == id(memory)}


def _is_frame(kept: Position | None, at: Position) -> bool:
    """Return whether a position is in the frame that was kept: its number and function are."""
    return kept is not None and kept.number == at.number and kept.func is at.func


def state_before(target: Target, shown: Iterable[tuple[int, int]]) -> Before:
    """Return what to keep of the present.

    shown: number of the memory and address, a multiple of 16, of each row that is on show.
    """
    at, instance = position(target), running_instance(target)
    rows: dict[tuple[int, int], bytes] = {}
    for index, address in shown:
        if index < len(instance.mems) and address < instance.mems[index].size:
            mem = instance.mems[index]
            rows[id(mem), address] = bytes(mem.data[address : min(address + ROW, mem.size)])
    return Before(
        tick=target.store.tick,
        at=at,
        operands=None if at is None else kept_operands(target, at),
        locals=None if at is None else local_values(frame_content(target, at)),
        instance=instance,
        globals=global_values(target, instance),
        rows=rows,
    )
