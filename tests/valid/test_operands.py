"""The operands before every instruction, as chains that share their lower parts."""

from __future__ import annotations

import pytest

from wasmlab.binary.body import decode_body
from wasmlab.module import assemble
from wasmlab.valid.body import stack_types, validate_body
from wasmlab.valid.operands import Operand, count_of, downwards, top_operands

BODIES = {
    "straight": "i32.const 1 i64.const 2 drop i32.eqz drop",
    "wide": "i32.const 1 v128.const i64x2 0 0 f32.const 1 drop drop drop",
    "block": "f64.const 0 block (result i32) i32.const 1 end drop drop",
    "branch": "i64.const 0 block (result i32) i32.const 1 br 0 i32.const 2 end drop drop",
    "if": "i32.const 1 if (result i64) i64.const 1 else unreachable end drop",
    "loop": "f32.const 0 loop i32.const 0 br_if 0 end drop",
    "select": "f64.const 0 f64.const 1 i32.const 1 select drop",
    "dead": "i32.const 1 unreachable block i32.const 1 drop end drop",
}


def tops(text: str) -> tuple[list[Operand | None], list[object]]:
    """Return the chains of the last function, and what the plain validator says."""
    module = assemble(text).syntax
    index = module.imported_funcs + len(module.funcs) - 1
    typed = validate_body(module, index, decode_body(module, module.funcs[-1]))
    return top_operands(module, index, typed), list(stack_types(module, index, typed.body))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_chain_of_every_place_has_the_types_that_validation_finds(body: str) -> None:
    chains, types = tops(f"(module (func {body}))")
    found = [tuple(o.type for o in downwards(top))[::-1] for top in chains]
    assert found == [t or () for t in types]


def test_vector_takes_two_slots() -> None:
    chains, _ = tops(f"(module (func {BODIES['wide']}))")
    top = chains[3]
    assert top is not None
    assert (count_of(top), top.start) == (3, 3)


def test_tall_stack_takes_one_operand_for_each_push() -> None:
    height = 3_000
    text = "i32.const 1 " * height + "drop " * height
    chains, _ = tops(f"(module (func {text}))")
    assert len({id(operand) for top in chains for operand in (top,)} - {id(None)}) == height
