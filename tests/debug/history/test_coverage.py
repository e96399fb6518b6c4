"""What ran in the recorded history: exact, the same in every tier, wherever one stands."""

from array import array

import pytest

import wasmlab as wl
from tests.debug.programs import FRAMES
from tests.native.test_loop import CALLS, IMPORTS


def test_coverage_counts_what_ran_up_to_here() -> None:
    s = wl.Session(wl.assemble(FRAMES), invoke="main")
    s.run_to("$f")
    first = s.coverage
    assert sum(c.count for c in first.instructions) == s.tick == first.tick
    assert {c.location.func_name for c in first.instructions} == {"func[1]"}
    s.run()
    everything = s.coverage
    assert sum(c.count for c in everything.instructions) == s.tick
    entry = next(c for c in everything.instructions if c.location.func_name == "$f")
    assert everything.at(entry.location.offset) == 4 + 4 + 1
    assert everything.lines()[3] == 9
    s.goto(first.tick)
    assert s.coverage == first


@pytest.mark.parametrize("break_at", ["", "$sub"])
def test_counts_are_the_same_in_both_tiers_and_breakpoints_stay(break_at: str) -> None:
    found: list[object] = []
    for engine in ("reference", "native"):
        s = wl.Session(
            wl.assemble(CALLS), invoke="main", invoke_args=(6,), imports=IMPORTS, engine=engine
        )
        if break_at:
            s.break_at(break_at)
        s.run()
        stop, tick = s.run(), s.tick
        found.append(s.coverage)
        assert (s.stop, s.tick) == (stop, tick)
    assert found[0] == found[1]


def test_records_are_of_every_step_up_to_here() -> None:
    s = wl.Session(wl.assemble(FRAMES), invoke="main", engine="native")
    s.run_to("$f")
    tick, records = s.tick, array("Q")
    s.trace_records(records.extend)
    assert len(records) == 3 * tick
    offsets = [word & 0xFFFF_FFFF for word in records[::3]]
    assert s.tick == tick
    s.to_start()
    for offset in offsets:
        assert s.location is not None
        assert s.location.offset == offset
        s.step()
