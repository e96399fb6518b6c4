"""The runner judges: what is wrong fails, at its line, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wasmlab.native.machine import NativeMachine
from wasmlab.script import actions, convert, modules
from wasmlab.script.report import Failure, ScriptReport
from wasmlab.script.runner import run_script

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """(module $M
  (memory (export "m") 1 1 shared)
  (global (export "g") i32 (i32.const 4))
  (func (export "pair") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
  (func (export "nan") (result f32) (f32.const nan:0x200000))
  (func (export "lanes") (result v128) (v128.const f32x4 nan 1 2 3))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func $f (export "func") (result funcref) (ref.func $f))
  (func (export "null") (result (ref null i31)) (ref.null i31))
  (func (export "trap") unreachable)
  (func (export "wait") (result i32)
    (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1))))
"""
LINE = MODULE.count("\n") + 1


def judged(tmp_path: Path, text: str, engine: str = "auto") -> ScriptReport:
    """Return the report about MODULE and what follows it."""
    path = tmp_path / "script.wast"
    path.write_text(MODULE + text)
    return run_script(path, engine=engine)


RIGHT = [
    '(assert_return (invoke "pair" (i32.const -1) (f64.const 1)) (f64.const 1) (i32.const -1))',
    '(assert_return (invoke "nan") (f32.const nan:0x200000))',
    '(assert_return (invoke "nan") (either (f32.const 1) (f32.const nan:0x200000)))',
    '(assert_return (invoke "lanes") (v128.const f32x4 nan:canonical 1 2 3))',
    '(assert_return (invoke "lanes") (v128.const f32x4 nan:arithmetic 1 2 3))',
    '(assert_return (invoke "extern" (ref.extern 7)) (ref.extern 7))',
    '(assert_return (invoke "extern" (ref.extern 7)) (ref.extern))',
    '(assert_return (invoke "extern" (ref.null extern)) (ref.null extern))',
    '(assert_return (invoke "func") (ref.func))',
    '(assert_return (invoke "null") (ref.null i31))',
    '(assert_return (invoke "null") (ref.null))',
    '(assert_return (get "g") (i32.const 4))',
    '(assert_return (get $M "g") (i32.const 4))',
    '(assert_trap (invoke "trap") "unreachable")',
    '(assert_unlinkable (module (import "no" "no" (func))) "unknown import")',
    '(assert_malformed (module quote "(func") "whatever the assembler says")',
]


@pytest.mark.parametrize("command", RIGHT)
def test_assertion_that_holds_passes(command: str, tmp_path: Path) -> None:
    report = judged(tmp_path, command)
    assert report.failed == []
    assert report.passed == 2


WRONG = [
    ('(assert_return (invoke "pair" (i32.const 1) (f64.const 1)) (f64.const 1) (i32.const 2))',
     "expected f64 0x3ff0000000000000, i32 0x2, found 0x3ff0000000000000, 0x1"),
    ('(assert_return (invoke "pair" (i32.const 1) (f64.const 1)) (f64.const 1))',
     "expected f64 0x3ff0000000000000, found 0x3ff0000000000000, 0x1"),
    ('(assert_return (invoke "pair" (i32.const 1)) (f64.const 1))',
     "'pair' takes 2 arguments, found 1"),
    ('(assert_return (invoke "nan") (f32.const nan:canonical))',
     "expected f32 nan:canonical, found 0x7fa00000"),
    ('(assert_return (invoke "nan") (f32.const nan:arithmetic))',
     "expected f32 nan:arithmetic, found 0x7fa00000"),
    ('(assert_return (invoke "nan") (either (f32.const 1) (f32.const 2)))',
     "expected f32 0x3f800000 or f32 0x40000000, found 0x7fa00000"),
    ('(assert_return (invoke "extern" (ref.extern 7)) (ref.extern 8))', "expected externref 0x8"),
    ('(assert_return (invoke "extern" (ref.extern 7)) (ref.null extern))',
     "expected externref null"),
    ('(assert_return (invoke "func") (ref.null func))', "expected funcref null"),
    ('(assert_return (invoke "null") (ref.i31))', "expected i31ref, found 0x0"),
    ('(assert_return (get "nothing") (i32.const 4))', "there is no exported global 'nothing'"),
    ('(assert_return (invoke "g") (i32.const 4))', "there is no exported function 'g'"),
    ('(assert_trap (invoke "trap") "integer overflow")',
     "expected 'integer overflow', found 'unreachable'"),
    ('(assert_trap (invoke "nan") "unreachable")', "expected 'unreachable', found no error"),
    ('(assert_exhaustion (invoke "trap") "call stack exhausted")', "Trap: unreachable"),
    ('(assert_exception (invoke "nan"))', "expected 'an exception', found no error"),
    ('(invoke $N "nan")', "there is no instance N"),
    ('(register "N" $N)', "there is no instance N"),
    ('(module (import "no" "no" (func)))', "Unlinkable: unknown import func"),
    ("(module instance $I $D)", "there is no definition D"),
    ("(wait $T)", "there is no thread T"),
    ('(assert_unlinkable (module) "unknown import")', "expected it not to link, but it does"),
    ('(assert_invalid (module (func)) "type mismatch")',
     "expected 'type mismatch', but the module is accepted"),
    ('(assert_invalid (module (memory 1)) "multiple memories")',
     "expected 'multiple memories', but the module is accepted"),
    ('(assert_invalid (module (func (result i32))) "unknown local")',
     "expected 'unknown local', found 'type mismatch"),
    ('(assert_malformed (module binary "\\00asm") "magic header not detected")',
     "expected 'magic header not detected', found 'unexpected end"),
    ('(assert_malformed (module quote "(func)") "unexpected end")',
     "expected 'unexpected end', but the module is accepted"),
    ('(assert_trap (module (func $s) (start $s)) "unreachable")', "expected a trap, found none"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "reason"), WRONG, ids=[command for command, _ in WRONG])
def test_assertion_that_does_not_hold_fails_at_its_line(
    command: str, reason: str, tmp_path: Path
) -> None:
    report = judged(tmp_path, f'{command}\n(assert_return (get $M "g") (i32.const 4))')
    assert [failure.line for failure in report.failed] == [LINE]
    assert report.failed[0].reason.startswith(reason)
    assert report.passed == 2


UNREADABLE = [
    ("(assert_frobnicate 1)", "assert_frobnicate", "Unsupported: unknown directive"),
    ('(assert_return_canonical_nan (invoke "nan"))', "assert_return_canonical_nan", "Unsupp"),
    ('(invoke "pair" (i32.const 1) (f65.const 1))', "action", "AssembleError: "),
    ('(assert_invalid (module (func (frob))) "no such thing")', "assert_invalid", "AssembleError"),
    ("(thread $T (frob))", "thread", "AssembleError"),
    (
        '(assert_invalid (module (type (struct (field $f i32 $f i32)))) "")',
        "assert_invalid",
        "AssembleError",
    ),
]


@pytest.mark.parametrize(("command", "kind", "reason"), UNREADABLE)
def test_command_that_no_assembler_reads_fails_and_the_others_run(
    command: str, kind: str, reason: str, tmp_path: Path
) -> None:
    good = '(assert_return (get $M "g") (i32.const 4))'
    report = judged(tmp_path, f"{good}\n{command}\n{good}\n{command} {good}")
    assert [(f.line, f.kind) for f in report.failed] == [(LINE + 1, kind), (LINE + 3, kind)]
    assert report.failed[0].reason.startswith(reason)
    assert report.passed == 4
    assert report.counts[kind] == 2


def test_module_that_no_assembler_reads_leaves_no_instance(tmp_path: Path) -> None:
    report = judged(
        tmp_path,
        """(assert_return (get "g") (i32.const 4))
        (module $M (func (export "f")
          frob))
        (assert_return (get "g") (i32.const 4))
        (assert_return (get $M "g") (i32.const 4))
        (module definition $D (frob))
        (module instance $I $D)
        (module (func (export "f")))
        (assert_return (invoke "f"))""",
    )
    at = LINE + 1
    assert [(f.line, f.kind) for f in report.failed] == [
        (at, "module"), (at + 2, "assert_return"), (at + 3, "assert_return"),
        (at + 4, "module_definition"), (at + 5, "module_instance"),
    ]  # fmt: skip
    assert f"(script.wast:{at + 1}:" in report.failed[0].reason
    assert report.passed == 4


def test_script_with_many_wrong_forms_is_one_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "_MOST_REFUSALS", 2)
    report = judged(tmp_path, "(module frob)\n(module frob)\n(module frob)")
    assert [(f.line, f.kind) for f in report.failed] == [(LINE, "script")]


def test_script_that_is_not_closed_is_one_failure(tmp_path: Path) -> None:
    report = judged(tmp_path, "(module")
    assert [(f.line, f.kind) for f in report.failed] == [(LINE, "script")]


def test_script_that_cannot_be_read_is_one_failure(tmp_path: Path) -> None:
    assert [f.reason for f in run_script(tmp_path).failed] == ["cannot be read: Is a directory"]


def test_failure_to_link_names_types_and_no_options(tmp_path: Path) -> None:
    text = """(register "M" $M)
      (module (import "M" "m" (memory i64 1 2 (pagesize 1))))
      (module (import "M" "none" (tag)))"""
    [first, second] = (failure.reason for failure in judged(tmp_path, text).failed)
    assert first == (
        "Unlinkable: incompatible import type: expected memory i64 1 2 (pagesize 0x1), "
        'found memory 1 1 shared (import "M" "m")'
    )
    assert second == 'Unlinkable: unknown import tag (import "M" "none")'


def test_segment_out_of_bounds_counts_as_unlinkable(tmp_path: Path) -> None:
    text = '(module (memory 1) (data (i32.const 65536) "x"))'
    report = judged(tmp_path, f'(assert_unlinkable {text} "out of bounds memory access")')
    assert report.failed == []


@pytest.mark.parametrize("content", [b"", b";; nothing", b"\xff\xfe\x00"])
def test_script_without_commands_does_no_harm(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "script.wast"
    path.write_bytes(content)
    report = run_script(path)
    assert report.passed == 0
    assert len(report.failed) == (1 if content.startswith(b"\xff") else 0)


def test_unknown_directive_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wasmlab.script import runner  # the table of directives is its own

    known = dict(runner._DIRECTIVES)  # pyright: ignore[reportPrivateUsage] - the table is what is tested
    del known["assert_trap"]
    monkeypatch.setattr(runner, "_DIRECTIVES", known)
    report = judged(tmp_path, '(assert_trap (invoke "trap") "unreachable")')
    assert report.failed == [
        Failure(LINE, "assert_trap", "Unsupported: unknown directive assert_trap")
    ]


def test_defect_of_ours_is_a_failure_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(modules, "instantiate", broken)
    report = judged(tmp_path, '(assert_return (get "g") (i32.const 4))')
    assert [(f.line, f.reason) for f in report.failed] == [
        (1, "a defect of wasmlab: ZeroDivisionError: oops"),
        (LINE, "there is no instance"),
    ]


def test_action_without_end_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "FUEL", 1000)
    text = '(module (func (export "f") (loop (br 0))))\n(invoke "f")'
    report = judged(tmp_path, text)
    assert [f.reason for f in report.failed] == ["no end after 1000 instructions"]


@pytest.mark.parametrize(
    ("module", "proposal"),
    [
        ("(module (type $f (func)) (type $c (cont $f)))", "stack-switching"),
        (
            "(module (rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct))))",
            "custom-descriptors",
        ),
        ("(module (type $f (func (result i32))) (tag (type $f)))", "stack-switching"),
        ("(component)", "component-model"),
    ],
)
def test_module_of_a_proposal_is_unsupported_and_so_is_what_needs_it(
    module: str, proposal: str, tmp_path: Path
) -> None:
    report = judged(tmp_path, f'{module}\n(assert_return (invoke "f"))')
    wanted = f"Unsupported: the {proposal} proposal is not supported"
    assert [f.reason[: len(wanted)] for f in report.failed] == [wanted, wanted]


def test_threads_that_all_wait_fail_and_the_script_goes_on(tmp_path: Path) -> None:
    text = """(thread $T (shared (module $M))
        (register "M" $M)
        (module (import "M" "m" (memory 1 1 shared))
          (func (export "wait") (result i32)
            (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1))))
        (invoke "wait"))
      (wait $T)
      (assert_return (get $M "g") (i32.const 4))"""
    report = judged(tmp_path, text)
    assert [(f.kind, f.reason) for f in report.failed] == [
        ("wait", "all threads wait for each other")
    ]


def test_functions_of_another_threads_instance_cannot_be_called(tmp_path: Path) -> None:
    text = """(thread $T (shared (module $M))
        (invoke $M "nan")
        (register "M" $M)
        (module (import "M" "nan" (func (result f32)))))
      (wait $T)"""
    report = judged(tmp_path, text)
    assert [f.reason.partition(":")[0] for f in report.failed] == ["Unsupported", "Unlinkable"]


def test_report_for_machines_has_all_of_it(tmp_path: Path) -> None:
    report = judged(tmp_path, '(assert_return (get "g") (i32.const 5))')
    assert report.as_json() == {
        "file": "script.wast",
        "passed": 1,
        "failed": [
            {"line": LINE, "kind": "assert_return", "reason": "expected i32 0x5, found 0x4"}
        ],
        "counts": {"assert_return": 1, "module": 1},
    }


def test_script_under_the_native_engine_runs_in_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = list[int]()
    advance = NativeMachine.must_leave

    def counted(machine: NativeMachine, limit: int) -> bool:
        before = machine.store.tick
        leaves = advance(machine, limit)
        entered.append(machine.store.tick - before)
        return leaves

    monkeypatch.setattr(NativeMachine, "must_leave", counted)
    text = """(module (func (export "f") (param i32) (result i32)
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))
    (assert_return (invoke "f" (i32.const 1000)) (i32.const 0))"""
    assert judged(tmp_path, text, engine="native").failed == []
    assert sum(entered) > 1000


def test_import_from_an_instance_with_a_name_links_unless_that_is_registered(
    tmp_path: Path,
) -> None:
    text = """(module $A (func (export "f") (result i32) (i32.const 1)))
    (module (import "A" "f" (func $f (result i32))) (export "g" (func $f)))
    (assert_return (invoke "g") (i32.const 1))
    (module $B (func (export "f") (result i32) (i32.const 2)))
    (register "A" $B)
    (module (import "A" "f" (func $f (result i32))) (export "g" (func $f)))
    (assert_return (invoke "g") (i32.const 2))
    (assert_unlinkable (module (import "A" "h" (func))) "unknown import")"""
    assert judged(tmp_path, text).failed == []
