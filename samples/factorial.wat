;; title: Factorial, twice
;; shows: The same function by recursion (fac) and by a loop (fac_loop): frames against labels.
;; run: wasmlab run samples/factorial.wat --invoke fac 5
;; expect: 120
;; exit: 0

(module
  ;; n! = n * (n - 1)!; every call has a frame with an n of its own.
  (func $fac (export "fac") (param $n i64) (result i64)
    local.get $n
    i64.const 2
    i64.lt_s
    if (result i64)
      i64.const 1
    else
      local.get $n
      local.get $n
      i64.const 1
      i64.sub
      call $fac
      i64.mul
    end)

  ;; One frame; the loop goes round by branching back to its label.
  (func $fac_loop (export "fac_loop") (param $n i64) (result i64)
    (local $product i64)
    i64.const 1
    local.set $product
    block $done
      loop $again
        local.get $n
        i64.const 2
        i64.lt_s
        br_if $done
        local.get $product
        local.get $n
        i64.mul
        local.set $product
        local.get $n
        i64.const 1
        i64.sub
        local.set $n
        br $again
      end
    end
    local.get $product))
