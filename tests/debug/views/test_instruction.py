"""What the next instruction is about to do."""

import pytest

from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.module import assemble

PROGRAM = """(module
  (memory 2)
  (table $t 3 funcref)
  (elem (i32.const 1) func $callee)
  (global $kept (mut i32) (i32.const 17))
  (type $callee (func))
  (type $point (struct (field i32) (field i8)))
  (type $bytes (array (mut i8)))
  (func $callee (type $callee))
  (func (export "_start")
    (drop (global.get $kept))
    (drop (memory.size))
    (drop (table.size $t))
    (drop (ref.is_null (table.get $t (i32.const 0))))
    (drop (ref.func $callee))
    (drop (ref.eq (ref.null eq) (ref.null eq)))
    (drop (ref.test i31ref (ref.i31 (i32.const 3))))
    (drop (i31.get_s (ref.cast (ref i31) (ref.as_non_null (ref.i31 (i32.const -3))))))
    (drop (extern.convert_any (any.convert_extern (ref.null extern))))
    (drop (struct.get_s $point 1 (struct.new $point (i32.const 1) (i32.const 255))))
    (drop (array.len (array.new_default $bytes (i32.const 5))))
    (drop (array.get_u $bytes (array.new $bytes (i32.const 200) (i32.const 5)) (i32.const 4)))
    (call_indirect (type $callee) (i32.const 1))
    (drop (table.get $t (i32.const 3)))))"""
SAID = [
    "global.get pushes 17, the value of $kept",
    "memory.size pushes 2",
    "table.size pushes 3",
    "table.get pops 0, pushes null",
    "ref.is_null pops null, pushes 1",
    "ref.func pushes func $callee",
    "ref.eq pops null and null, pushes 1",
    "ref.i31 pops 3, pushes i31 3",
    "ref.test pops i31 3, pushes 1",
    "ref.as_non_null pops i31 -3, pushes i31 -3",
    "i31.get_s pops i31 -3, pushes -3",
    "any.convert_extern pops null, pushes null",
    "array.get_u pops",
    "call_indirect pops 1, the index of func $callee",
    "table.get pops 3, traps: out of bounds table access",
]


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What is said of each instruction of the program."""
    session = Session(assemble(PROGRAM, file="reading.wat"))
    found: list[str] = []
    while session.state is State.PAUSED:
        instruction = session.instruction
        found.append("" if instruction is None else instruction.now)
        session.step()
    return found


@pytest.mark.parametrize("sentence", SAID)
def test_instruction_that_reads_state_says_its_outcome(said: list[str], sentence: str) -> None:
    assert any(found.startswith(sentence) for found in said), said


@pytest.mark.parametrize(
    ("mnemonic", "result"), [("struct.get_s", -1), ("array.len", 5), ("array.get_u", 200)]
)
def test_instruction_that_reads_an_object_says_what_it_pushes(
    said: list[str], mnemonic: str, result: int
) -> None:
    assert any(f.startswith(mnemonic) and f.endswith(f"pushes {result}") for f in said), said


BRANCHES = """(module (func $f (export "f") (param $n i32)
  (block $out
    (loop $again
      (block
        (block (br_table 0 1 $again $out (local.get $n)))
        (br $out))
      (br 1)
      )
    )
  (br_if 0 (local.get $n))
  (loop
    (br_if 0 (i32.const 0)))))"""


def branch(n: int, steps: int) -> str:
    s = Session(assemble(BRANCHES))
    s.call("f", n)
    s.step(steps)
    assert s.instruction is not None
    return s.instruction.now


def test_branch_says_where_it_goes() -> None:
    assert branch(0, 1) == "br_table pops 0: branches to line 6, after the end of the block"
    assert branch(1, 1) == "br_table pops 1: branches to line 7, after the end of the block"
    assert branch(2, 1) == ("br_table pops 2: branches to line 5, the beginning of the loop $again")
    assert branch(9, 1) == (
        "br_table pops 9: the default, branches to line 10, after the end of the block $out"
    )
    assert branch(0, 2) == "br branches to line 10, after the end of the block $out"
    assert branch(3, 3) == "br_if pops 3: returns from $f"
    assert branch(0, 6) == "br_if pops 0: goes on"
