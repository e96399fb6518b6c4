"""Recorded runs: states, memory, heat map, call tree."""

import json

import pytest

import wasmlab as wl
from tests.widgets.programs import SAMPLES, factorial, hello, trap
from wasmlab.cli.main import main
from wasmlab_widgets.recording import (
    TRACKED,
    call_tree,
    heat_map,
    heat_text,
    page_data,
    record_run,
)


def test_recorded_steps_are_the_lines_of_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    main(["trace", "--format", "json", str(SAMPLES / "hello.wat")])
    trace = json.loads(capsys.readouterr().out)
    assert page_data(record_run(hello()))["steps"][1:] == trace


def test_recorded_memory_is_that_of_the_session_at_every_step() -> None:
    recording = record_run(wl.Session(wl.load(SAMPLES / "walk.wat")))
    session = wl.Session(wl.load(SAMPLES / "walk.wat"))
    memory = bytearray(recording.memory_size)
    for at, data in recording.first:
        memory[at : at + len(data)] = data
    for state, writes in zip(recording.states, recording.writes, strict=True):
        for at, data in writes:
            memory[at : at + len(data)] = data
        session.goto(state["tick"])
        assert bytes(memory) == session.memory[:]


def test_recording_of_a_trap_ends_with_the_trapped_state() -> None:
    recording = record_run(trap())
    assert recording.states[-1]["state"] == "trapped"
    assert recording.steps[-1] is None
    assert recording.complete


def test_recording_stops_at_its_limit_and_says_so() -> None:
    recording = record_run(factorial(5), 10)
    assert len(recording.states) == 11
    assert not recording.complete
    assert "10 steps" in page_data(recording)["note"]


def test_states_of_a_page_are_complete_when_put_together() -> None:
    recording = record_run(factorial())
    state: dict[str, object] = {}
    for delta, whole in zip(page_data(recording)["states"], recording.states, strict=True):
        state = {**state, **delta}
        assert state == whole


def test_growing_memory_is_recorded_up_to_the_limit() -> None:
    module = wl.assemble(
        '(module (memory 1) (func (export "f")'
        " (drop (memory.grow (i32.const 40))) (i32.store8 (i32.const 70000) (i32.const 7))))"
    )
    recording = record_run(wl.Session(module, invoke="f"))
    assert (70000, b"\x07") in [write for step in recording.writes for write in step]
    assert page_data(recording)["memory"]["tracked"] == TRACKED


def test_heat_map_counts_every_changed_byte() -> None:
    recording = record_run(hello())
    heat = heat_map(recording)
    written = sum(len(data) for step in recording.writes for _, data in step)
    assert sum(heat["counts"]) == written > 0
    assert len(heat["counts"]) == heat["rows"] * heat["columns"]


def test_heat_map_of_a_run_without_writes_is_blank() -> None:
    assert sum(heat_map(record_run(factorial()))["counts"]) == 0


def test_heat_map_in_characters_has_a_line_for_every_row_that_was_written() -> None:
    session = wl.Session(wl.load(SAMPLES / "walk.wat"))
    text = heat_text(heat_map(record_run(session)))
    addresses = [int(line[:8], 16) for line in text.splitlines()[1:] if "..." not in line]
    assert addresses == [0x0, 0x20, 0x100, 0x110]
    assert "█" in text


def test_state_of_a_host_call_names_the_memory_that_it_used() -> None:
    used = [state["used"] for state in record_run(hello()).states if state["used"]]
    assert used == [[[0, 8], [16, 14], [8, 4]]]


def test_call_tree_nests_recursion() -> None:
    tree = call_tree(record_run(factorial(3)))
    names, depth = tree, 0
    while names:
        assert [call["name"] for call in names] == ["$fac"]
        assert names[0]["end"] is not None
        names, depth = names[0]["calls"], depth + 1
    assert depth == 3


def test_call_tree_keeps_sisters_apart() -> None:
    module = wl.assemble('(module (func $a) (func $b) (func (export "f") call $a call $b call $a))')
    tree = call_tree(record_run(wl.Session(module, invoke="f")))
    assert [call["name"] for call in tree[0]["calls"]] == ["$a", "$b", "$a"]
