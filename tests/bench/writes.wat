;; Programs that write: all over 80 MB, and one byte that later writes leave alone.
(module
  (memory (export "memory") 1280)

  ;; ---- n words at pseudo-random places of 80 MB ----
  (func (export "scatter") (param $n i32) (result i32)
    (local $x i32) (local $sum i32)
    (local.set $x (i32.const 12345))
    (loop $next
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store
        (i32.shl (i32.rem_u (i32.shr_u (local.get $x) (i32.const 4)) (i32.const 20971520)) (i32.const 2))
        (local.get $x))
      (local.set $sum (i32.add (local.get $sum) (i32.shr_u (local.get $x) (i32.const 7))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $next (local.get $n)))
    (local.get $sum))

  ;; ---- 80 MB from one end to the other, n times ----
  (func (export "sweep") (param $n i32) (result i32)
    (local $at i32)
    (loop $again
      (local.set $at (i32.const 0))
      (loop $next
        (i32.store (local.get $at)
          (i32.add (i32.load (local.get $at)) (i32.xor (local.get $at) (local.get $n))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 83886080))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    (i32.load (i32.const 4096)))

  ;; ---- the byte at 1000 is written once between two times n words at $hot ----
  (func (export "once") (param $n i32) (param $hot i32) (result i32)
    (call $busy (local.get $n) (local.get $hot))
    (i32.store8 (i32.const 1000) (i32.const 7))
    (call $busy (local.get $n) (local.get $hot))
    (i32.load8_u (i32.const 1000)))

  (func $busy (param $n i32) (param $hot i32)
    (loop $next
      (i32.store (i32.add (local.get $hot) (i32.and (local.get $n) (i32.const 508))) (local.get $n))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $next (local.get $n)))))
