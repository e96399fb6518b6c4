"""A program with a large state: many frames, operands and locals."""

from __future__ import annotations

SLOTS, FRAMES, LOCALS = 10_000, 5_000, 200


def tall_module(slots: int = SLOTS, locals_: int = LOCALS) -> str:
    """Return a module whose ``deep`` calls itself as often as its argument says.

    Then it calls ``$tall``, which pushes that many operands and counts in a loop, from the
    instruction ``global.get`` on, for ever.
    """
    variables = "\n".join(f"    (local $v{n} i32)" for n in range(locals_))
    pushes = "\n".join(f"    i32.const {n}" for n in range(slots))
    return f"""\
(module
  (memory 1)
  (global $count (mut i32) (i32.const 0))
  (func $deep (export "deep") (param $n i32)
    local.get $n
    if
      local.get $n
      i32.const 1
      i32.sub
      call $deep
    else
      call $tall
    end)
  (func $tall
{variables}
{pushes}
    loop $again
      global.get $count
      i32.const 1
      i32.add
      global.set $count
      local.get $v0
      i32.const 7
      i32.add
      local.set $v0
      br $again
    end
    unreachable)
)
"""
