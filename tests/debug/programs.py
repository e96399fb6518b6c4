"""Programs that several tests of the debugger run."""

import wasmlab as wl
from wasmlab.samples import folder

HELLO = (folder() / "hello.wat").read_text("utf-8")


CALLS = """
(module
  (memory 1)
  (global $g (mut i32) (i32.const 0))
  (func $leaf (param $n i32) (result i32)
    (i32.store (local.get $n) (local.get $n))
    (i32.mul (local.get $n) (i32.const 3)))
  (func $main (export "_start") (local $i i32)
    (loop $l
      (global.set $g (i32.add (global.get $g) (call $leaf (local.get $i))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6))))))
"""


TRAPS = """
(module (func (export "_start")
  i32.const 1 i32.const 0 i32.div_u drop))
"""


TWO = """
(module
  (global $g (mut i32) (i32.const 0))
  (func (export "add") (param $n i32) (result i32)
    (global.set $g (i32.add (global.get $g) (local.get $n)))
    (global.get $g)))
"""


ECHO = (folder() / "echo.wat").read_text("utf-8")


FRAMES = """(module
  (func $f (param $n i32) (result i32) (local $x i32)
    (local.set $x (i32.add (local.get $n) (i32.const 100)))
    (if (local.get $n)
      (then (drop (call $f (i32.sub (local.get $n) (i32.const 1)))) (local.set $x (i32.const 7))))
    (local.get $x))
  (func (export "main") (result i32) (local $i i32)
    (loop $again
      (drop (call $f (i32.const 3)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 2))))
    (call $f (i32.const 0))))"""


def ran(text: str) -> wl.Session:
    s = wl.Session(wl.assemble(text))
    s.run()
    return s
