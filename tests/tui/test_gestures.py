"""Gestures of debugger users, with keys that are counted, in a real terminal.

Each begins in the source pane, the cursor in place. Enter counts one; text that has to be typed
anyway counts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.tmux import Shown, shell
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS, LINES = 170, 50
TEXT = """\
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\40\\00\\00\\00" "\\06\\00\\00\\00")
  (data (i32.const 0x40) "hello\\n")
  (data (i32.const 0x900) "needle")
  (func $twice (param $n i32) (result i32)
    local.get $n
    i32.const 2
    i32.mul)
  (func $main (export "_start") (local $i i32)
    loop $again
      i32.const 32
      local.get $i
      call $twice
      i32.store
      local.get $i
      i32.const 1
      i32.add
      local.set $i
      local.get $i
      i32.const 5
      i32.lt_u
      br_if $again
    end
    (drop (call $fd_write
      (i32.const 1) (i32.const 0) (i32.const 1)
      (i32.const 8)))
    (nop)))
"""


class Typed(str):
    """Text that has to be typed whatever the keys are."""

    __slots__ = ()


class Gesture(NamedTuple):
    """What to do, from where on, and what is to be seen then."""

    name: str
    before: tuple[str, ...]
    """Keys that bring the program and the cursor there; they do not count."""
    keys: tuple[str, ...]
    seen: str
    """What the screen shows after that and the keys ``after``."""
    most: int
    """Keys that it may cost."""
    after: tuple[str, ...] = ()


PROMPTS = {
    "D": "Show what at every stop",
    ":": "tab completes",
    "B": "For instance",
    "P": "Say what here",
    "e": "Change $",
    "g": "Go to which",
    "\\": "Find in memory",
}
"""What is seen once a key asks for text."""


def asked(key: str, text: str) -> tuple[str, ...]:
    """Return a key that asks for text, with that and enter."""
    return key, Shown(PROMPTS[key]), Typed(text), "Enter"


def at_line(line: int) -> tuple[str, ...]:
    """Return the keys that put the cursor on a line; it begins on line 14."""
    return ("Down",) * (line - 14) or ("Up",) * (14 - line)


def stops_at(line: int, *steps: int) -> tuple[str, ...]:
    """Return the keys that stop at a line, at these steps."""
    runs = (key for step in steps for key in ("c", Shown(f"step {step} ")))
    return (*at_line(line), "b", Shown(f"● {line:>3}"), *runs)


IN_TWICE = (*at_line(9), "t", Shown("step 3 "))
AT_END = ("c", Shown("the program ended"))
GESTURES = {
    "1": Gesture("break here", at_line(16), ("b",), "●  16", 1),
    "2": Gesture(
        "break at a function",
        (),
        asked(":", "break $twice"),
        "breakpoint 1 at $twice",
        2,
        ("c",),
    ),
    "3": Gesture(
        "conditional break",
        at_line(16),
        asked("B", "$i == 3"),
        "$i i32 3",
        2,
        ("c",),
    ),
    "4": Gesture(
        "break on the k-th hit",
        at_line(16),
        asked("B", "hits 5"),
        "$i i32 4",
        2,
        ("c",),
    ),
    "5": Gesture("run to here", at_line(17), ("t",), "step 7 ", 1),
    "6": Gesture("what called me", IN_TWICE, (), "1 $main()", 0),
    "6, to look": Gesture("what called me, to look", stops_at(9, 3, 19), ("u",), "$i i32 1", 1),
    "7": Gesture("until return", IN_TWICE, ("o",), "step 7 ", 1),
    "8": Gesture(
        "what did it return",
        (*stops_at(16, 2, 18, 34), "s", Shown("step 35 "), "o", Shown("step 39 ")),
        (),
        "returned 4",
        0,
    ),
    "9": Gesture(
        "step a source line",
        (*at_line(28), "t", Shown("step 80 ")),
        ("l",),
        "step 86 ",
        1,
    ),
    "9, back": Gesture(
        "step a source line back",
        (*at_line(30), "t", Shown("step 86 ")),
        ("L",),
        "step 80 ",
        1,
    ),
    "12": Gesture(
        "display an expression at each stop",
        (*at_line(16), "t", Shown("step 2 ")),
        asked("D", "$i + 40"),
        "$i + 40 40",
        2,
    ),
    "13": Gesture(
        "stop when this is written",
        (*IN_TWICE, "o", Shown("step 7 "), "3"),
        ("w", Shown("Stop where"), "Enter"),
        "watchpoint 1, $i of $main: 0 -> 1",
        2,
        ("c",),
    ),
    "14": Gesture(
        "when did it change, and why",
        (*at_line(18), "t", Shown("step 8 "), "5", *asked("g", "32")),
        ("W",),
        "step      7  i32.store",
        1,
    ),
    "15": Gesture("step back", (*at_line(17), "t", Shown("step 7 ")), ("S",), "step 6 of 7", 1),
    "16": Gesture("who printed this", AT_END, ("6", "W"), "Who wrote what was printed", 2),
    "17": Gesture("follow a pointer", ("5",), ("Enter",), "Memory  0x40", 1),
    "17, of a value": Gesture(
        "follow the pointer that an operand is",
        (*at_line(27), "t", Shown("nwritten = 0x8"), "2"),
        ("M",),
        "Memory  0x8",
        1,
    ),
    "17, back": Gesture(
        "go back to where the pointer was",
        (*at_line(27), "t", Shown("nwritten = 0x8"), "2", "M", Shown("Memory  0x8")),
        ("BSpace",),
        "━2 Operand stack",
        1,
    ),
    "18": Gesture("search memory", (), asked("\\", "needle"), "Memory  0x900", 2),
    "19": Gesture("repeat", ("s", Shown("step 1 ")), ("s",), "step 2 ", 1),
    "19, N times": Gesture("N times", (), asked(":", "step 7"), "step 7 ", 2),
    "20": Gesture(
        "save the session",
        AT_END,
        asked(":", "save run.wlab"),
        "run.wlab holds steps 0 to",
        2,
    ),
    "21": Gesture(
        "script it",
        (),
        asked(":", "source five.cmds"),
        "$i i32 3",
        2,
    ),
    "22": Gesture(
        "edit a value, keep both futures",
        (*stops_at(18, 8, 24), "S", Shown("step 23 of"), "S", Shown("step 22 of"), "3"),
        asked("e", "7"),
        "branch 2 of 2",
        2,
    ),
    "23": Gesture("log without stopping", at_line(9), asked("P", "n is {$n}"), "n is 4", 2, ("c",)),
    "23, over the past": Gesture(
        "log over the past", (*at_line(9), *AT_END), asked("P", "n is {$n}"), "n is 4", 2
    ),
}


@pytest.mark.parametrize("number", GESTURES)
def test_gesture_costs_no_more_keys_than_it_may(number: str, tmp_path: Path) -> None:
    gesture = GESTURES[number]
    (tmp_path / "twice.wat").write_text(TEXT)
    (tmp_path / "five.cmds").write_text("break 16 if $i == 3\ncontinue\n")
    with shell(tmp_path, COLUMNS, LINES) as tmux:
        tmux.enter("./lab twice.wat")
        tmux.wait_for("step 0")
        tmux.wait_for("Quit")
        tmux.press(*gesture.before, *gesture.keys, *gesture.after)
        tmux.wait_for(gesture.seen)
    assert sum(type(key) is str for key in gesture.keys) <= gesture.most
