;; title: A square root by Newton's method
;; shows: Floating point: each turn of the loop doubles the digits that are right.
;; run: wasmlab run samples/newton.wat --invoke root 2
;; expect: 1.414213562373095
;; exit: 0

(module
  (func $root (export "root") (param $x f64) (result f64)
    (local $guess f64) (local $turns i32)
    (local.set $guess (local.get $x))
    loop $again
      ;; The better guess is the mean of guess and x / guess.
      local.get $guess
      local.get $x
      local.get $guess
      f64.div
      f64.add
      f64.const 2
      f64.div
      local.set $guess
      (local.tee $turns (i32.add (local.get $turns) (i32.const 1)))
      i32.const 6
      i32.lt_u
      br_if $again
    end
    local.get $guess))
