"""A module is judged whole before it runs: by the tool where that is faster, in the end by us."""

from __future__ import annotations

import itertools
import logging
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.valid.agreement import judged, mutant
from tests.valid.modules import module
from wasmlab import tools
from wasmlab.errors import AssembleError, Interrupted, Invalid
from wasmlab.module import assemble
from wasmlab.opening.inputs import load
from wasmlab.valid import judge as judge_module
from wasmlab.valid.judge import judge, judged_faults, watched

if TYPE_CHECKING:
    from wasmlab.syntax.module import Module

COUNT = 500
GOOD, WRONG = "(func (result i32) i32.const 1)", "(func $wrong (result i32) i64.const 1)"
LONG = "(func (param i32) " + "(drop (i32.add (local.get 0) (i32.const 7)))" * 10 + ")"
SOURCES = (
    '(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))',
    "(module (type $s (struct (field (mut i8)))) (func (result (ref $s)) struct.new_default $s))",
    """(module (tag $e (param i32)) (func (drop (block $h (result i32)
      (try_table (catch $e $h) (throw $e (i32.const 1))) (i32.const 2)))))""",
    "(module (memory i64 1) (func (result v128) (v128.load (i64.const 0))))",
    "(module (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0)))))",
    "(module (memory 9 (pagesize 1)) (table 2 funcref) (elem (i32.const 0) $f) (func $f))",
    "(module (func (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1))))",
)  # fmt: skip


@cache
def large(last: str = GOOD) -> Module:
    """Return a module that is worth asking about."""
    return module(f"(module {LONG * COUNT} {last})")


def answering(monkeypatch: pytest.MonkeyPatch, answer: int | AssembleError) -> list[bytes]:
    """Let the tool answer so; return what it will have been asked."""
    asked: list[bytes] = []

    def status(_tool: tools.Tool, _args: object, data: bytes) -> int:
        asked.append(data)
        if isinstance(answer, AssembleError):
            raise answer
        return answer

    monkeypatch.setattr(tools, "status", status)
    return asked


def never(*_args: object, **_keywords: object) -> None:
    raise AssertionError


def test_large_module_with_a_wrong_body_is_refused_whole() -> None:
    with pytest.raises(Invalid, match="type mismatch") as caught:
        load(large(WRONG).data)
    assert caught.value.func == COUNT
    assert [fault.message for fault in judged_faults(large(WRONG))] == [caught.value.message]


def test_large_text_with_a_wrong_body_is_refused_at_its_line() -> None:
    with pytest.raises(Invalid) as caught:
        assemble(f"(module {LONG * COUNT}\n{WRONG})")
    assert caught.value.line == 2


def test_large_module_that_the_tool_takes_is_not_checked_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judge_module, "validate_module", never)
    monkeypatch.setattr(judge_module, "faults", never)
    judge(large())
    assert list(judged_faults(large())) == []


def test_small_module_is_checked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, 0)
    with pytest.raises(Invalid):
        judge(module(f"(module {WRONG})"))
    assert len(list(judged_faults(module(f"(module {WRONG})")))) == 1
    assert asked == []


def test_size_of_data_and_custom_sections_is_no_reason_to_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = answering(monkeypatch, 0)
    judge(module(f'(module (memory 1) (data (i32.const 0) "{"x" * 50_000}"))'))
    assert asked == []


@pytest.mark.parametrize("answer", [1, 2, -11, AssembleError("wasm-tools is not installed")])
@pytest.mark.parametrize("last", [GOOD, WRONG])
def test_any_answer_but_yes_leaves_the_verdict_to_us(
    answer: int | AssembleError, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, answer)
    if last is GOOD:
        judge(large(last))
    else:
        with pytest.raises(Invalid, match="type mismatch"):
            judge(large(last))
    assert asked == [large(last).data]


def test_refusal_of_a_valid_module_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answering(monkeypatch, 1)
    with caplog.at_level(logging.INFO):
        judge(large())
    assert "does not accept a module that is valid" in caplog.text


def test_long_check_says_how_far_it_is_at_growing_intervals(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answering(monkeypatch, 1)
    monkeypatch.setattr(judge_module, "monotonic", itertools.count().__next__)
    judge(large())
    told = [record.message for record in caplog.records]
    assert told[0] == f"checking the module: function 2 of {COUNT + 1}"
    assert 5 < len(told) < 10


def test_watched_check_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 1)
    seen: list[tuple[int, int]] = []

    def watch(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 3:
            raise Interrupted("paused")

    with watched(watch), pytest.raises(Interrupted):
        judge(large())
    with watched(watch), pytest.raises(Interrupted):
        list(judged_faults(large()))
    assert seen == [(done, COUNT + 1) for done in range(4)] * 2


@pytest.mark.parametrize("source", SOURCES)
def test_tool_knows_what_is_known_here(source: str) -> None:
    assert judged(module(source).data, 0).status == 0


def test_tool_judges_mutants_as_we_do() -> None:
    sources = tuple(module(source).data for source in SOURCES)
    verdicts = [judged(mutant(seed, sources), seed) for seed in range(150)]
    assert [found for found in verdicts if not found.agree] == []
    assert {found.status for found in verdicts} == {0, 1}
