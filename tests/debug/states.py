"""The whole state of a session, for comparing two of them bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.runtime.frame import FP, FUNC, PC

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


def whole_state(session: Session) -> tuple[object, ...]:
    """Return everything that a program can observe, in a form that compares."""
    program = session.control.program
    store = program.store
    agent = store.agent
    frames = [tuple(agent.record(n, word) for word in (FUNC, PC, FP)) for n in range(agent.depth)]
    live = 0
    if frames:
        addr, pc, fp = frames[-1]
        code = store.funcs[addr].bound_code
        live = fp + code.local_slots + code.heights[pc]
    return (
        store.tick,
        frames,
        agent.stack[:live].tolist(),
        [(m.size, bytes(m.data[: m.size])) for m in store.mems],
        [t.cells[: t.size].tolist() for t in store.tables],
        store.global_slots[: store.global_count].tolist(),
        store.heap.cells[: store.heap.top].tolist(),
        [(sorted(i.dropped_datas), list(i.elems)) for i in store.instances],
        program.wasi.snapshot(),
        session.output,
        session.host_calls,
    )
