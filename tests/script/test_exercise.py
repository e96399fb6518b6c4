"""Grading exercises."""

import pytest

import wasmlab as wl
from wasmlab.errors import UsageError
from wasmlab.script.exercise import Exercise, grade, read_exercise

DOUBLE = """
(module
  (func (export "double") (param i32) (result i32)
    local.get 0 i32.const 2 i32.mul)
  (func (export "half") (param f64) (result f64)
    local.get 0 f64.const 0.5 f64.mul)
  (func (export "div") (param i32) (result i32)
    i32.const 1 local.get 0 i32.div_s)
  (func (export "spin") loop br 0 end))
"""


def faults(tests: str) -> list[str]:
    return [v.why for v in grade(wl.assemble(DOUBLE), read_exercise(tests)) if not v.passed]


@pytest.mark.parametrize(
    "case",
    [
        'call = "double"\nargs = [21]\nreturns = 42',
        'call = "half"\nargs = [nan]\nreturns = nan',
        'call = "half"\nargs = [3]\nreturns = [1.5]',
        'call = "div"\nargs = [0]\ntraps = "integer divide by zero"',
    ],
)
def test_case_that_holds_passes(case: str) -> None:
    assert faults(f"[[case]]\n{case}") == []


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ('call = "double"\nargs = [21]\nreturns = 43', "it returns 42, not 43"),
        ('call = "div"\nargs = [0]\nreturns = 0', "integer divide by zero"),
        ('call = "div"\nargs = [1]\ntraps = "integer divide by zero"', "it does not trap"),
        ('call = "div"\nargs = [0]\ntraps = "unreachable"', "integer divide by zero"),
        ('call = "none"\nreturns = 0', "none"),
        ('call = "double"\nargs = [1]\nstdout = "2"', "it prints ''"),
    ],
)
def test_case_that_fails_says_why(case: str, why: str) -> None:
    (found,) = faults(f"[[case]]\n{case}")
    assert why in found


def test_endless_loop_ends_at_the_step_limit() -> None:
    assert faults('max_steps = 100\n[[case]]\ncall = "spin"') == ["it takes more than 100 steps"]


def test_forbidden_and_required_instructions_are_looked_for() -> None:
    assert faults('forbidden = ["i32.mul", "f64.*"]\nrequired = ["loop", "i32.shl"]') == [
        "it uses i32.mul",
        "it uses f64.const, f64.mul",
        "it is not used",
    ]


def test_exercise_without_demands_has_no_verdicts() -> None:
    assert grade(wl.assemble(DOUBLE), Exercise(())) == ()


@pytest.mark.parametrize(
    "text",
    [
        "no toml",
        "cases = []",
        "case = 3",
        "case = [1]",
        'forbidden = ["i32.plus"]',
        "forbidden = 3",
        "max_steps = 0",
        "[[case]]\nwants = 3",
        '[[case]]\nargs = ["x"]',
        "[[case]]\ncall = 3",
    ],
)
def test_text_that_is_no_exercise_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_exercise(text)
