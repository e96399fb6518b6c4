import pytest

from wasmlab.syntax.row import BlockKind
from wasmlab.syntax.types import BOT, BOT_HEAP, FUNC, FUNCREF, I32, I64, V128, RefType
from wasmlab.valid.stack import Mismatch, Stacks


def stacks(results: tuple[()] = ()) -> Stacks:
    found = Stacks()
    found.push_ctrl(BlockKind.FUNC, -1, (), results)
    return found


def test_pop_val_of_a_subtype_returns_what_was_there() -> None:
    s = stacks()
    s.push_val(RefType(nullable=False, heap=FUNC))
    assert s.pop_val(FUNCREF) == RefType(nullable=False, heap=FUNC)
    assert not s.vals


def test_pop_val_of_another_type_says_what_it_found() -> None:
    s = stacks()
    s.push_val(I64)
    with pytest.raises(Mismatch, match="expected i32, found i64"):
        s.pop_val(I32)


def test_pop_val_stops_at_the_bottom_of_the_block() -> None:
    s = stacks()
    s.push_val(I32)
    s.push_ctrl(BlockKind.BLOCK, 0, (), ())
    with pytest.raises(Mismatch, match="expected i32, found nothing"):
        s.pop_val(I32)


def test_pop_val_in_dead_code_gives_unknown_operands() -> None:
    s = stacks()
    s.push_val(I32)
    s.unreachable()
    assert s.pop_val(I64) is BOT
    assert s.pop_ref() == RefType(nullable=False, heap=BOT_HEAP)


def test_height_counts_vectors_twice() -> None:
    s = stacks()
    s.push_vals((I32, V128, V128))
    assert s.height == 5
    s.pop_val(V128)
    assert s.height == 3
    s.push_ctrl(BlockKind.BLOCK, 0, (V128,), ())
    s.unreachable()
    assert s.height == 3


def test_pop_ctrl_refuses_operands_that_are_left_over() -> None:
    s = stacks()
    s.push_val(I32)
    with pytest.raises(Mismatch, match="expected nothing at the end of the block, found i32"):
        s.pop_ctrl()


def test_block_in_dead_code_is_not_live() -> None:
    s = stacks()
    s.unreachable()
    s.push_ctrl(BlockKind.BLOCK, 1, (), ())
    assert not s.is_live
    s.pop_ctrl()
    assert not s.is_live


def test_locals_set_in_a_block_are_unset_after_it() -> None:
    s = stacks()
    non_null = RefType(nullable=False, heap=FUNC)
    s.declare_locals(1, (non_null, I32, non_null, non_null))
    assert s.unset == {2, 3}
    s.set_local(2)
    s.push_ctrl(BlockKind.BLOCK, 0, (), ())
    s.set_local(3)
    assert not s.unset
    s.pop_ctrl()
    assert s.unset == {3}


def test_pop_num_refuses_references() -> None:
    s = stacks()
    s.push_val(FUNCREF)
    with pytest.raises(Mismatch, match="expected a number or vector, found funcref"):
        s.pop_num()


def test_message_about_a_tall_stack_is_short() -> None:
    s = stacks()
    s.push_ctrl(BlockKind.BLOCK, 0, (), ())
    for _ in range(10_000):
        s.push_val(I32)
    with pytest.raises(Mismatch, match=r"found \.\.\. 9,980 more and i32 i32") as caught:
        s.pop_ctrl()
    assert len(str(caught.value)) < 200
