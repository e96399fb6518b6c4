import pytest

from tests.valid.modules import body
from wasmlab.errors import Invalid
from wasmlab.syntax.types import F64, I32, I64, V128
from wasmlab.valid.body import BranchTarget, TypedBody, stack_types, validate_body
from wasmlab.valid.stack import Stacks


def typed(instrs: str, signature: str = "") -> TypedBody:
    return validate_body(*body(f"(module (memory 1) (func {signature} {instrs}))"))


def test_heights_count_slots_and_mark_dead_code() -> None:
    t = typed("i32.const 1 v128.const i64x2 0 0 drop drop return block i32.const 1 drop end nop")
    assert t.heights == [0, 1, 3, 1, 0, -1, -1, -1, -1, -1, -1]
    assert t.max_height == 3


def test_code_after_a_block_that_never_ends_is_live() -> None:
    t = typed("block br 0 end nop")
    assert t.heights == [0, 0, -1, 0, 0]


def test_locals_are_parameters_then_declared_ones() -> None:
    t = typed("", "(param i64) (local f64 v128)")
    assert t.locals == (I64, F64, V128)


def test_ends_and_elses_match_blocks() -> None:
    t = typed("block loop end end i32.const 0 if nop else nop end")
    assert t.ends == {1: 2, 0: 3, 5: 9, -1: 10}
    assert t.elses == {5: 7}


def test_clauses_of_a_legacy_try_are_listed() -> None:
    wat = "(module (tag) (func try catch 0 catch_all end try delegate 0))"
    t = validate_body(*body(wat))
    assert t.clauses == {0: [1, 2]}
    assert t.ends == {0: 3, 4: 5, -1: 6}
    assert t.targets == {5: (BranchTarget(block=-1, is_loop=False, types=(), height=0),)}


def test_targets_tell_where_branches_go() -> None:
    t = typed("f64.const 0 loop block i32.const 0 br_table 0 1 2 end end drop")
    assert t.targets == {
        4: (
            BranchTarget(block=2, is_loop=False, types=(), height=1),
            BranchTarget(block=1, is_loop=True, types=(), height=1),
            BranchTarget(block=-1, is_loop=False, types=(), height=0),
        )
    }


def test_targets_of_a_loop_carry_its_parameters() -> None:
    t = typed("i64.const 7 f64.const 0 loop (param f64) br 0 end drop")
    assert t.targets == {3: (BranchTarget(block=2, is_loop=True, types=(F64,), height=1),)}
    assert t.blocks[2].params == (F64,)
    assert t.blocks[2].height == 1


def test_signatures_hold_the_types_found() -> None:
    t = typed("v128.const i64x2 0 0 drop i32.const 1 i32.const 2 i32.const 0 select drop")
    assert t.sigs[1] == ((V128,), ())
    assert t.sigs[5] == ((I32, I32, I32), (I32,))


def test_signatures_leave_out_dead_code() -> None:
    t = typed("return drop")
    assert 1 not in t.sigs


def test_observer_sees_every_instruction() -> None:
    seen: list[tuple[int, int]] = []

    def observe(at: int, stacks: Stacks) -> None:
        seen.append((at, len(stacks.vals)))

    validate_body(*body("(module (func i32.const 1 drop))"), observe=observe)
    assert seen == [(0, 0), (1, 1), (2, 0)]


def test_stack_types_are_none_in_dead_code() -> None:
    found = stack_types(*body("(module (func i32.const 1 f64.const 2 unreachable nop))"))
    assert found == [(), (I32,), (I32, F64), None, None]


def test_stack_types_of_an_invalid_body_end_at_the_error() -> None:
    found = stack_types(*body("(module (func i32.const 1 f64.const 2 i32.add drop))"))
    assert found == [(), (I32,), (I32, F64)]


def test_error_tells_place_function_and_operands() -> None:
    wat = '(module (import "m" "f" (func)) (func i64.const 0 i32.const 1 f32.const 2 i32.add))'
    module, index, decoded = body(wat)
    with pytest.raises(Invalid) as caught:
        validate_body(module, index, decoded)
    error = caught.value
    assert error.message == (
        "type mismatch: i32.add expected i32, found f32; operands: i64 i32 f32"
    )
    assert error.offset == decoded.instrs[3].offset
    assert error.func == 1
    assert error.stack == ("i64", "i32", "f32")


def test_error_in_dead_code_says_so() -> None:
    with pytest.raises(Invalid, match="operands: i64, in code that cannot be reached"):
        validate_body(*body("(module (func unreachable i64.const 0 i32.eqz drop))"))
