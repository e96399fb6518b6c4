"""Small recordings to forge: between them they have everything that a recording can hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import wasmlab as wl
from tests.engine.recordings import take_snapshot
from wasmlab.debug.views.model import State
from wasmlab.engine.program import call_export
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.runtime.frame import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = Limits(frames=64, slots=1 << 10, memory=1 << 19, heap=1 << 14, host_depth=4)

OBJECTS = """
(module
  (rec
    (type $pair (sub (struct (field $a (mut i32)) (field $b (mut (ref null $pair))))))
    (type $wide (sub $pair (struct (field (mut i32)) (field (mut (ref null $pair)))
      (field (mut i8)) (field (mut v128)) (field (mut i64)) (field (mut f32))
      (field (mut funcref)) (field (mut anyref))))))
  (type $bytes (array (mut i8)))
  (type $shorts (array (mut i16)))
  (type $ints (array (mut i32)))
  (type $longs (array (mut i64)))
  (type $vectors (array (mut v128)))
  (type $refs (array (mut anyref)))
  (type $f (func (param i32) (result i32)))
  (tag $t (param i32) (param (ref null $pair)))
  (memory 1 3)
  (table $any 4 9 anyref)
  (table $funcs 3 funcref) (elem (table $funcs) (i32.const 0) func $twice $f2)
  (table $typed 2 (ref null $pair))
  (elem $e funcref (ref.func $twice) (ref.null func))
  (elem $o anyref (struct.new $pair (i32.const 3) (ref.null $pair)) (ref.i31 (i32.const 4)))
  (data $d "abcdefghijklmnop")
  (global $list (mut (ref null $pair)) (ref.null $pair))
  (global $one (ref $pair) (struct.new $pair (i32.const 1) (ref.null $pair)))
  (global $n (mut i32) (i32.const 0))
  (func $twice (type $f) (i32.mul (local.get 0) (i32.const 2)))
  (func $f2 (result i64) (i64.const 7))
  (func $throw (param $n i32) (throw $t (local.get $n) (global.get $list)))
  (func $keep (param $i i32) (param $r anyref)
    (table.set $any (i32.and (local.get $i) (i32.const 3)) (local.get $r)))
  (func $arrays (param $i i32) (local $b (ref $bytes)) (local $v (ref $vectors))
      (local $s (ref null $ints))
    (local.set $b (array.new_data $bytes $d (i32.const 1)
      (i32.add (i32.const 3) (i32.and (local.get $i) (i32.const 3)))))
    (array.set $bytes (local.get $b) (i32.const 2) (local.get $i))
    (array.fill $bytes (local.get $b) (i32.const 0) (i32.const 9) (i32.const 2))
    (local.set $s (array.new $ints (local.get $i) (i32.const 5)))
    (array.set $ints (local.get $s) (i32.const 4) (array.get_u $bytes (local.get $b)
      (i32.const 1)))
    (local.set $v (array.new $vectors (v128.const i32x4 1 2 3 4) (i32.const 2)))
    (array.copy $vectors $vectors (local.get $v) (i32.const 0) (local.get $v) (i32.const 1)
      (i32.const 1))
    (call $keep (local.get $i) (local.get $b))
    (call $keep (i32.add (local.get $i) (i32.const 1))
      (array.new $shorts (local.get $i) (i32.const 3)))
    (call $keep (i32.add (local.get $i) (i32.const 2))
      (array.new_fixed $refs 3 (local.get $v) (local.get $s) (global.get $list)))
    (call $keep (i32.add (local.get $i) (i32.const 3))
      (array.new $longs (i64.extend_i32_u (local.get $i)) (i32.const 4)))
    (i32.store (i32.and (i32.load (i32.const 0)) (i32.const 0xfff)) (array.len (local.get $b))))
  (func $look (param $r anyref) (result i32)
    (block $pair (result (ref $pair))
      (block $array (result (ref array))
        (drop (br_on_cast $pair anyref (ref $pair)
          (br_on_cast $array anyref (ref array) (local.get $r))))
        (return (ref.test (ref i31) (local.get $r))))
      (return (array.len)))
    (i32.store8 (struct.get $pair $a) (i32.const 1))
    (i32.const 2))
  (func $main (export "_start") (local $i i32) (local $w (ref null $wide)) (local $x i64)
    (loop $l
      (call $arrays (local.get $i))
      (global.set $list (struct.new $pair (local.get $i) (global.get $list)))
      (local.set $w (struct.new $wide (local.get $i) (global.get $list) (i32.const 200)
        (v128.const i64x2 5 6) (i64.const -1) (f32.const 1.5) (ref.func $twice)
        (ref.i31 (local.get $i))))
      (struct.set $wide 0 (local.get $w) (i32.add (struct.get_s $wide 2 (local.get $w))
        (i32.const 300)))
      (table.set $typed (i32.const 1) (local.get $w))
      (drop (call_ref $f (i32.const 3)
        (ref.cast (ref $f) (struct.get $wide 6 (local.get $w)))))
      (drop (call_indirect $funcs (type $f) (i32.const 4) (i32.const 0)))
      (drop (call $look (table.get $any (i32.and (local.get $i) (i32.const 3)))))
      (drop (call $look (local.get $w)))
      (block $caught (result i32 (ref null $pair))
        (try_table (catch $t $caught) (call $throw (local.get $i)))
        (i32.const 0) (ref.null $pair))
      (drop) (global.set $n)
      (if (i32.eq (i32.and (local.get $i) (i32.const 3)) (i32.const 3))
        (then (global.set $list (ref.null $pair))))
      (i32.store offset=8 (i32.mul (global.get $n) (i32.const 64)) (global.get $n))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 9))))
    (table.init $any $o (i32.const 0) (i32.const 0) (i32.const 2))
    (drop (table.grow $any (ref.null any) (i32.const 2)))
    (drop (memory.grow (i32.const 1)))
    (data.drop $d) (elem.drop $e) (nop))
  (elem declare func $twice))
"""
"""Objects of every kind, in all places that can hold one; the heap is small and is collected."""

HOSTS = """
(module
  (type $box (struct (field (mut i32)) (field (mut anyref))))
  (import "h" "number" (func $number (param i32) (result i32)))
  (import "h" "give" (func $give (result externref)))
  (import "h" "back" (func $back (param i32) (result i32)))
  (import "h" "two" (func $two (result i32 v128)))
  (import "h" "float" (func $float (param f64) (result f64)))
  (memory (export "memory") 1 2)
  (table $t 2 4 externref)
  (global $g (mut externref) (ref.null extern))
  (global $k (mut i32) (i32.const 0))
  (global $box (mut (ref null $box)) (ref.null $box))
  (func (export "inner") (param $k i32) (result i32)
    (global.set $k (local.get $k))
    (global.set $box (struct.new $box (local.get $k) (global.get $box)))
    (i32.store (i32.const 64) (local.get $k))
    (i32.add (local.get $k) (i32.const 1)))
  (func $work (param $i i32) (local $r externref) (local $b (ref null $box)) (local $n i32)
    (local.set $b (struct.new $box (local.get $i) (ref.i31 (local.get $i))))
    (local.set $r (call $give))
    (global.set $g (local.get $r))
    (table.set $t (i32.const 1) (local.get $r))
    (local.set $n (call $number (local.get $i)))
    (i32.store (i32.and (local.get $n) (i32.const 0xfff)) (local.get $n))
    (drop (call $back (local.get $i)))
    (call $two) (drop) (local.set $n)
    (i32.store8 (i32.load (i32.const 64)) (struct.get $box 0 (local.get $b)))
    (drop (call $float (f64.const 2))))
  (func (export "main") (param $i i32) (result i32)
    (call $work (local.get $i)) (call $work (i32.add (local.get $i) (i32.const 1)))
    (call $work (i32.add (local.get $i) (i32.const 2)))
    (global.get $k))
  (func (export "give") (result externref) (global.get $g)))
"""
"""Host functions of all types, some that call back, and calls and changes by hand."""

WASI = """
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir"
    (func $list (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $stat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\\20\\00\\00\\00\\08\\00\\00\\00")
  (data (i32.const 128) "new.txt")
  (global $seen (mut i64) (i64.const 0))
  (func $once (param $i i32)
    (drop (call $random (i32.const 32) (i32.const 8)))
    (drop (call $time (i32.const 0) (i64.const 1) (i32.const 40)))
    (global.set $seen (i64.add (global.get $seen) (i64.load (i32.const 32))))
    (i64.store (i32.mul (local.get $i) (i32.const 4000)) (global.get $seen))
    (i32.store (i32.const 0) (i32.const 32))
    (i32.store (i32.const 4) (i32.const 8))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (drop (call $open (i32.const 3) (i32.const 0) (i32.const 128) (i32.const 7) (i32.const 1)
      (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 48)))
    (drop (call $list (i32.const 3) (i32.const 256) (i32.const 200) (i64.const 0)
      (i32.const 52)))
    (drop (call $stat (i32.const 1) (i32.const 512)))
    (drop (call $poll (i32.const 640) (i32.const 720) (i32.const 1) (i32.const 60))))
  (func (export "_start") (local $i i32)
    (loop $l
      (call $once (local.get $i))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 4))))
    (call $exit (i32.const 3))))
"""

BULK = """
(module
  (type $t (func (param i64) (result i64)))
  (memory $a 1 4) (memory $b 1 2) (memory $s 1 1 shared)
  (table $f 4 20 funcref) (elem (table $f) (i32.const 1) func $fac $other)
  (data $d "some bytes that are copied")
  (elem $e func $fac $fac $other)
  (global $v (mut v128) (v128.const i64x2 1 2))
  (global $g (mut funcref) (ref.null func))
  (global $h (mut (ref $t)) (ref.func $fac))
  (func $fac (type $t)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 1))
      (else (i64.mul (local.get 0)
        (call_indirect $f (type $t) (i64.sub (local.get 0) (i64.const 1)) (i32.const 1))))))
  (func $other (param i32 f32 f64 v128) (result i32 i64)
    (local $x i32) (local.set $x (i32.add (local.get 0) (i32.const 1)))
    (global.set $v (local.get 3))
    (i32.store $a (local.get $x) (i32.trunc_sat_f32_s (local.get 1)))
    (local.get $x) (i64.const 5))
  (func $deep (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.add (local.get $n) (call $deep (i32.sub (local.get $n) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "_start") (local $i i32)
    (loop $l
      (memory.fill $a (i32.const 70) (local.get $i) (i32.const 300))
      (memory.init $a $d (i32.const 5) (i32.const 1) (i32.const 9))
      (memory.copy $b $a (i32.const 100) (i32.const 60) (i32.const 400))
      (table.init $f $e (i32.const 2) (i32.const 0) (i32.const 2))
      (table.copy $f $f (i32.const 0) (i32.const 1) (i32.const 2))
      (table.fill $f (i32.const 3) (ref.func $fac) (i32.const 1))
      (drop (table.grow $f (ref.func $other) (i32.const 2)))
      (drop (call_ref $t (i64.const 4) (global.get $h)))
      (global.set $g (table.get $f (i32.const 2)))
      (call $other (local.get $i) (f32.const 2.5) (f64.const 3)
        (v128.const i32x4 1 2 3 4)) (drop) (drop)
      (drop (call $deep (i32.const 9)))
      (drop (memory.grow $a (i32.const 1)))
      (i32.store $a (i32.sub (i32.mul (memory.size $a) (i32.const 65536)) (i32.const 4))
        (local.get $i))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 3))))
    (data.drop $d) (elem.drop $e)
    (drop (memory.atomic.wait32 $s (i32.const 0) (i32.const 0) (i64.const -1)))))
"""
"""Tables, memories and calls; at the end it waits for ever."""


def _saved(session: wl.Session, every: int) -> bytes:
    first, last = session.recorded
    for tick in range(first, last, every):
        session.goto(tick)
        take_snapshot(session)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.wlab"
        session.save(path)
        return path.read_bytes()


def _objects() -> bytes:
    session = wl.Session(wl.assemble(OBJECTS), limits=LIMITS, engine="reference")
    session.run()
    assert session.state is State.EXITED, session.stop
    return _saved(session, 293)


def _hosts() -> bytes:
    def back(k: object) -> object:
        return call_export(session.control.program, "inner", k)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - an i32

    def number(caller: object, n: int) -> int:
        caller.memory.write(200, b"abc")  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - a HostCaller
        return n + 70_000

    imports: dict[str, dict[str, Callable[..., object]]] = {
        "h": {
            "number": number,
            "give": object,
            "back": back,
            "two": lambda: (5, 1 << 100),
            "float": float,
        }
    }
    session = wl.Session(
        wl.assemble(HOSTS), imports=imports, invoke="main", invoke_args=(3,), limits=LIMITS
    )
    session.step(4)
    session.set("global 1", 100)
    session.run()
    session.call("main", 7)
    session.run()
    session.call("give")
    session.run()
    return _saved(session, 53)


def _wasi() -> bytes:
    session = wl.Session(
        wl.assemble(WASI), stdin=bytes(range(20)), dirs={"/": Dir()}, limits=LIMITS
    )
    session.run()
    assert session.state is State.EXITED, session.stop
    return _saved(session, 90)


def _bulk() -> bytes:
    session = wl.Session(wl.assemble(BULK), limits=LIMITS)
    session.run()
    assert session.state is State.WAITING_FOR_INPUT, session.stop
    take_snapshot(session)
    return _saved(session, 127)


def _library() -> bytes:
    library = """(module (type $p (struct (field (mut i32))))
      (memory (export "m") 1 2) (global $g (mut (ref null $p)) (ref.null $p))
      (global (export "n") (mut i32) (i32.const 4))
      (table (export "t") 2 4 anyref) (start $s)
      (func $s (global.set $g (struct.new $p (i32.const 5)))
        (table.set 0 (i32.const 1) (global.get $g)) (i32.store (i32.const 8) (i32.const 6)))
      (func (export "get") (result (ref null $p)) (global.get $g)))"""
    text = """(module (type $p (struct (field (mut i32))))
      (import "lib" "get" (func $get (result (ref null $p))))
      (import "lib" "m" (memory 1 2)) (import "lib" "n" (global $n (mut i32)))
      (import "lib" "t" (table $t 2 4 anyref))
      (func $f (result i32) (i32.load (i32.mul (struct.get $p 0 (call $get)) (global.get $n))))
      (func (export "_start") (local $i i32)
        (loop $l (struct.set $p 0 (call $get) (local.get $i))
          (i32.store (i32.const 0) (call $f))
          (table.set $t (i32.const 0) (struct.new $p (local.get $i)))
          (global.set $n (i32.add (global.get $n) (i32.const 3)))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
            (i32.const 20)))) unreachable))"""
    session = wl.Session(wl.assemble(text), preload={"lib": wl.assemble(library)}, limits=LIMITS)
    session.run()
    assert session.state is State.TRAPPED, session.stop
    return _saved(session, 157)


@cache
def recorded() -> dict[str, bytes]:
    """Return the contents of the files, by name."""
    made = (_objects, _hosts, _wasi, _bulk, _library)
    return {make.__name__.removeprefix("_"): make() for make in made}
