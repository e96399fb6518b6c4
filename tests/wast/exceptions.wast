;; Exceptions between modules, in tail calls, and handlers that return from the function.

(module $A
  (tag $e (export "e") (param i32 v128 i64))
  (tag $private (param i32 v128 i64))
  (func (export "throw") (param i32)
    (throw $e (local.get 0) (v128.const i64x2 5 6) (i64.const 7)))
  (func (export "throw private") (param i32)
    (throw $private (local.get 0) (v128.const i64x2 5 6) (i64.const 7))))
(register "A" $A)

(module $B
  (import "A" "e" (tag $e (param i32 v128 i64)))
  (import "A" "throw" (func $throw (param i32)))
  (import "A" "throw private" (func $private (param i32)))
  (tag $mine (param i32 v128 i64))

  ;; the tag counts, not its type; the first clause that fits counts
  (func (export "first") (param i32) (result i32 v128 i64)
    (block $all
      (block $h (result i32 v128 i64)
        (try_table (catch $mine $h) (catch $e 0) (catch_all $all) (call $throw (local.get 0)))
        (unreachable))
      (return))
    (i32.const -1) (v128.const i64x2 0 0) (i64.const 0))
  (func (export "private") (param i32) (result i32)
    (block $all
      (block $h (result i32 v128 i64)
        (try_table (catch $mine $h) (catch $e $h) (catch_all $all) (call $private (local.get 0)))
        (unreachable))
      (drop) (drop) (return))
    (i32.const -1))

  ;; the label is the function's
  (func (export "returns") (param i32) (result i32 v128 i64)
    (try_table (catch $e 0) (call $throw (local.get 0)))
    (unreachable))
  (func $returns_ref (param i32) (result exnref)
    (try_table (catch_all_ref 0) (call $throw (local.get 0)))
    (unreachable))
  (func (export "twice") (param i32) (result i32)
    (local $x exnref)
    (local.set $x (call $returns_ref (local.get 0)))
    (block $h (result i32 v128 i64)
      (try_table (catch $e $h) (throw_ref (local.get $x)))
      (unreachable))
    (drop) (drop))

  ;; a function that makes a tail call catches no more
  (func $tail (param i32)
    (block $h (try_table (catch_all $h) (return_call $throw (local.get 0)))))
  (func (export "tail") (param i32) (call $tail (local.get 0)))

  ;; operands below the handler stay
  (func (export "below") (param i32) (result i32)
    (i32.const 1000)
    (block $h (result i32 v128 i64)
      (i64.const 9)
      (try_table (param i64) (catch $e $h) (drop) (call $throw (local.get 0)))
      (unreachable))
    (drop) (drop) (i32.add))

  ;; a throw in a handler goes outside
  (func (export "outside") (param i32) (result i32)
    (block $outer (result i32 v128 i64)
      (try_table (catch $e $outer)
        (block $inner (result i32 v128 i64)
          (try_table (catch $e $inner) (call $throw (local.get 0)))
          (unreachable))
        (drop) (drop) (i32.add (i32.const 1)) (call $throw))
      (unreachable))
    (drop) (drop)))

(assert_return (invoke "first" (i32.const 3)) (i32.const 3) (v128.const i64x2 5 6) (i64.const 7))
(assert_return (invoke "private" (i32.const 3)) (i32.const -1))
(assert_return (invoke "returns" (i32.const 3)) (i32.const 3) (v128.const i64x2 5 6) (i64.const 7))
(assert_return (invoke "twice" (i32.const 4)) (i32.const 4))
(assert_exception (invoke "tail" (i32.const 4)))
(assert_return (invoke "below" (i32.const 4)) (i32.const 1004))
(assert_return (invoke "outside" (i32.const 4)) (i32.const 5))
(assert_exception (invoke $A "throw" (i32.const 4)))

(assert_invalid
  (module (tag $e (param i32)) (func (try_table (catch $e 0))))
  "type mismatch")
(assert_trap
  (module (func $f (throw_ref (ref.null exn))) (start $f))
  "null exception reference")
