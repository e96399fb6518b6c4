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


BULK = """
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 2048)
  (table $t 0 funcref)
  (type $a (array (mut i8)))
  (func (export "fill") (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x7ffffff)))
  (func (export "fills")
    (loop $again
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))
      (br $again)))
  (func (export "random") (result i32) (call $random (i32.const 0) (i32.const 0x7ffffff)))
  (func (export "randoms")
    (loop $again (drop (call $random (i32.const 0) (i32.const 65536))) (br $again)))
  (func (export "arrays")
    (loop $again (drop (array.new_default $a (i32.const 5000))) (br $again)))
  (func (export "outside") (memory.fill (i32.const 0) (i32.const 1) (i32.const -1)))
  (func (export "grow") (result i32) (table.grow $t (ref.null func) (i32.const -1)))
  (func (export "small") (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))))
"""


def faults_of_bulk(case: str) -> list[str]:
    tests = read_exercise(f"max_steps = 10_000\n[[case]]\n{case}")
    return [v.why for v in grade(wl.assemble(BULK), tests)]


@pytest.mark.parametrize("name", ["fill", "fills", "random", "randoms", "arrays"])
def test_large_instruction_counts_by_its_length(name: str) -> None:
    assert faults_of_bulk(f'call = "{name}"') == ["it takes more than 10,000 steps"]


@pytest.mark.parametrize(
    "case",
    [
        'call = "outside"\ntraps = "out of bounds memory access"',
        'call = "grow"\nreturns = -1',
        'call = "small"',
    ],
)
def test_large_instruction_that_moves_nothing_or_little_costs_little(case: str) -> None:
    assert faults_of_bulk(case) == [""]


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


@pytest.mark.parametrize("key", ["forbidden", "required"])
def test_former_name_of_an_instruction_is_told_its_present_one(key: str) -> None:
    with pytest.raises(UsageError, match=r"'get_local'; it is called local\.get now"):
        read_exercise(f'{key} = ["get_local"]')


NANS = """(module
  (func (export "payload") (param f32) (result i32) (i32.reinterpret_f32 (local.get 0)))
  (func (export "same") (param f64) (result f64) (local.get 0))
  (func (export "lanes") (param v128) (result v128) (local.get 0)))"""


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ('call = "payload"\nargs = ["nan:0x200001"]\nreturns = 0x7fa00001', ""),
        ('call = "same"\nargs = ["-nan:0x123"]\nreturns = "-nan:0x123"', ""),
        ('call = "same"\nargs = ["nan:0x123"]\nreturns = nan', ""),
        (
            'call = "same"\nargs = ["nan:0x123"]\nreturns = "nan:0x124"',
            "it returns nan:0x123, not nan:0x124",
        ),
        (
            'call = "same"\nargs = ["nan:0x123"]\nreturns = "nan"',
            "it returns nan:0x123, not nan",
        ),
        ('call = "lanes"\nargs = ["i32x4 1 2 3 4"]\nreturns = "i32x4 1 2 3 4"', ""),
        ('call = "payload"\nargs = ["null"]\nreturns = 0', "f32 expected, found 'null'"),
        ('call = "payload"\nargs = [0]\nreturns = "nan:0x1"', "i32 expected, found 'nan:0x1'"),
    ],
)
def test_values_are_given_as_results_are_printed(case: str, why: str) -> None:
    verdicts = grade(wl.assemble(NANS), read_exercise(f"[[case]]\n{case}"))
    assert [v.why for v in verdicts] == [why]
