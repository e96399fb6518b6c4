"""What a step crosses: ends, blocks, loops, else."""

from __future__ import annotations

import pytest

from wasmlab.debug.session import Session
from wasmlab.module import assemble

TEXT = """\
(module
  (func (export "run") (param $n i32) (result i32)
    (local $i i32)
    block $out
      loop $again
        local.get $n
        br_if $out
        i32.const 1
        if $inner
          nop
        else
          nop
        end
        local.get $i
        if
          nop
        else
          nop
        end
        i32.const 1
        local.set $n
        br $again
      end
    end
    local.get $i)
)
"""


def session(n: int) -> Session:
    return Session(assemble(TEXT, file="t.wat"), invoke="run", invoke_args=[n])


def crossings(s: Session) -> list[tuple[str, int | None]]:
    return [(crossing.text, crossing.location.line) for crossing in s.trail]


def stepped_to(s: Session, line: int) -> list[tuple[str, int | None]]:
    while s.location and s.location.line != line:
        s.step()
    return crossings(s)


def test_trail_at_the_start_is_empty() -> None:
    assert crossings(session(0)) == []


def test_trail_of_a_branch_out_names_every_end() -> None:
    assert stepped_to(session(1), 25) == [("left $again", 23), ("left $out", 24)]


def test_trail_of_an_arm_that_ends_names_its_label() -> None:
    assert stepped_to(session(0), 14) == [("left $inner", 13)]


def test_trail_of_a_false_condition_names_the_else() -> None:
    assert stepped_to(session(0), 18) == [("took the else", 17)]
    s = session(0)
    stepped_to(s, 18)
    s.step()
    assert crossings(s) == [("left the if", 19)]


def test_trail_of_a_branch_back_names_the_loop() -> None:
    s = session(0)
    stepped_to(s, 22)
    s.step()
    assert crossings(s) == [("again $again", 5)]


@pytest.mark.parametrize("way", ["run", "back"])
def test_trail_is_of_single_steps_only(way: str) -> None:
    s = session(0)
    stepped_to(s, 14)
    if way == "run":
        s.run()
    else:
        s.step_back()
    assert crossings(s) == []


def test_trail_of_the_way_in_names_what_is_entered() -> None:
    text = TEXT.replace("    block $out\n", "    nop\n    block $out\n")
    s = Session(assemble(text, file="t.wat"), invoke="run", invoke_args=[0])
    s.step()
    assert crossings(s) == [("entered $out", 5), ("entered $again", 6)]


def test_previous_is_the_instruction_that_ran_last_on_every_way() -> None:
    s = session(0)
    assert s.previous is None
    stepped_to(s, 14)
    s.goto(3)
    place = s.previous
    assert place is not None
    assert (place.line, s.tick) == (8, 3)
    s.run()
    assert s.previous is None
