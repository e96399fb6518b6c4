"""Conditions and watchpoints that the machine asks itself stop where looking every time would."""

import random

import pytest

import wasmlab as wl
from tests.debug.programs import FRAMES
from tests.native.test_loop import CALLS, IMPORTS
from wasmlab.debug.stops.expression import evaluate, parse
from wasmlab.debug.stops.predicates import condition_predicate
from wasmlab.debug.stops.scope import FrameScope
from wasmlab.debug.views.model import Stop, StopReason
from wasmlab.debug.views.target import Target, position
from wasmlab.engine.program import ProgramOptions, begin_next, load_program
from wasmlab.errors import BadExpression
from wasmlab.exec.machine import run
from wasmlab.exec.probe import PredicateSite, holds
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.runtime.probe import ALWAYS
from wasmlab.runtime.store import Status


def run_out(s: wl.Session) -> list[Stop]:
    """Run to the end and return the stops on the way."""
    stops = [s.run()]
    while stops[-1].reason in {StopReason.WATCHPOINT, StopReason.BREAKPOINT}:
        stops.append(s.run())
    return stops


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_local_is_watched_in_one_frame_only(engine: str) -> None:
    s = wl.Session(wl.assemble(FRAMES), invoke="main", engine=engine)
    s.run_to("$f")
    s.watch("$x")
    messages = [stop.message for stop in run_out(s)[:-1]]
    assert [message.partition(": ")[2] for message in messages] == ["0 -> 103", "103 -> 7"]
    assert s.watchpoints[0].now == ""


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_frame_of_a_local_has_a_beginning_too(engine: str) -> None:
    s = wl.Session(wl.assemble(FRAMES), invoke="main", engine=engine)
    s.run_to("$f")
    first = s.tick
    s.break_at("$f", "$n == 3")
    s.run()
    s.watch("$x")
    s.remove_breakpoint(1)
    second = s.tick
    ticks = [stop.tick for stop in run_out(s)[:-1]]
    assert len(ticks) == 2
    back: list[int] = []
    while s.reverse_run().reason is StopReason.WATCHPOINT:
        back.append(s.tick + 1)
    assert back == ticks[::-1]
    assert first < second < back[-1]


@pytest.mark.parametrize("seed", range(6))
def test_stops_are_the_same_in_both_tiers(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - it repeats itself
    module = wl.assemble(CALLS)
    sessions = [
        wl.Session(module, invoke="main", invoke_args=(6,), imports=IMPORTS, engine=engine)
        for engine in ("reference", "native")
    ]
    places = rng.sample(["$sub", "$even", "$bulk", "$tail", "$pair"], 2)
    condition = rng.choice(
        ["$0 < 4", "local[0] >= 3 and global[0] > 2", "not $0 == 5 or global[0]"]
    )
    what = rng.sample(["memory[4096:4100]", "memory[64]", "memory1[8]", "global 0", "i64[5000]"], 2)
    found: list[list[Stop]] = []
    for s in sessions:
        s.break_at(places[0], condition)
        s.break_at(places[1])
        for text in what:
            s.watch(text, "rw" if seed % 3 else "w")
        found.append(run_out(s))
    assert found[0] == found[1]
    assert len(found[0]) > 3


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("$n < 0", True),
        ("$i == 1000", True),
        ("0 < $i <= 5", True),
        ("not (0 < $i <= 5)", True),
        ("$i and not $n", True),
        ("$w != -1 or global[0] >= 3", True),
        ("global.g == $n", True),
        ("$i == 0 and stack[0] == 9", False),
        ("$f > 1", False),
        ("$i == 1.5", False),
        ("$missing == 1", False),
        ("i32[0] + $i > 2", False),
    ],
)
def test_predicate_of_a_condition_never_misses_it(text: str, *, exact: bool) -> None:
    module = wl.assemble("""(module (memory 1)
      (global $g (mut i32) (i32.const -2))
      (func (export "main") (local $n i32) (local $i i32) (local $w i64) (local $f f32)
        (loop $again
          (local.set $n (i32.sub (local.get $n) (i32.const 3)))
          (local.set $w (i64.sub (i64.const 2) (i64.extend_i32_s (local.get $i))))
          (global.set $g (i32.add (global.get $g) (i32.const 1)))
          (br_if $again (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1)))
            (i32.const 8))))))""")
    program = load_program(module, Wasi(), ProgramOptions(engine="reference", invoke="main"))
    begin_next(program)
    target, tree, differs = Target(program), parse(text), False
    while run(program.store, program.store.tick + 1) is not Status.DONE:
        at = position(target)
        assert at is not None
        predicate = condition_predicate(at.code, tree)
        may = holds(predicate, PredicateSite(program.store, at.code, at.pc, at.fp))
        try:
            does = bool(evaluate(tree, FrameScope(target, at)))
        except BadExpression:
            does = True
        assert may or not does
        differs = differs or may is not does
        assert predicate != ALWAYS or not exact
    assert not (exact and differs)


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_functions_that_are_bound_later_are_watched_too(engine: str) -> None:
    module = wl.assemble(CALLS)
    s = wl.Session(module, invoke="main", invoke_args=(2,), imports=IMPORTS, engine=engine)
    s.watch("memory[64]")
    stops = run_out(s)
    assert len(stops) > 4
    s.goto(stops[1].tick)
    who = s.who_wrote("memory[64]")
    assert who.tick == stops[1].tick - 1
    ticks = [stop.tick - 1 for stop in stops[:-1]]
    assert [found.tick for found in s.writes(64)] == ticks


WRITES = {
    "store": "(i64.store offset=3 (i32.const {at}) (i64.const -1))",
    "narrow store": "(i32.store8 offset=10 (i32.const {at}) (i32.const 1))",
    "vector": "(v128.store (i32.const {at}) (v128.const i64x2 -1 -1))",
    "lane": "(v128.store8_lane offset=10 2 (i32.const {at}) (v128.const i64x2 -1 -1))",
    "atomic store": "(i32.atomic.store offset=8 (i32.const {at}) (i32.const 5))",
    "atomic rmw": "(drop (i64.atomic.rmw.add offset=8 (i32.const {at}) (i64.const 5)))",
    "atomic cmpxchg": "(drop (i32.atomic.rmw.cmpxchg offset=8 (i32.const {at}) (i32.const 0)"
    " (i32.const 5)))",
    "fill": "(memory.fill (i32.const {at}) (i32.const 7) (i32.const 11))",
    "copy": "(memory.copy (i32.const {at}) (i32.const 300) (i32.const 11))",
    "init": "(memory.init $d (i32.const {at}) (i32.const 0) (i32.const 11))",
    "other memory": "(i64.store $wide offset=3 (i64.const {at}) (i64.const -1))",
}
"""Instructions that write to the byte at their address plus 10, and to none after 17."""


@pytest.mark.parametrize("engine", ["reference", "native"])
@pytest.mark.parametrize("name", WRITES)
def test_every_kind_of_write_is_seen_where_it_overlaps(name: str, engine: str) -> None:
    memory = "memory1" if name == "other memory" else "memory"
    for at, seen in ((96, True), (112, False), (80, False)):
        module = wl.assemble(
            '(module (memory 1) (memory $wide i64 1) (data $d "0123456789a")'
            f' (func (export "main") {WRITES[name].format(at=at)}))'
        )
        s = wl.Session(module, invoke="main", engine=engine)
        s.watch(f"{memory}[106]")
        s.break_at(s.location.offset if s.location else 0, "1 == 2")
        assert (s.run().reason is StopReason.WATCHPOINT) is seen
