;; title: A loop
;; shows: A function that counts, with a block to leave and a loop to go round.
;; run: wasmlab run samples/templates/loop.wat --invoke sum 10
;; expect: 55
;; exit: 0

(module
  ;; 1 + 2 + ... + n
  (func $sum (export "sum") (param $n i32) (result i32)
    (local $total i32)
    block $done
      loop $again
        local.get $n
        i32.eqz
        br_if $done
        local.get $total
        local.get $n
        i32.add
        local.set $total
        local.get $n
        i32.const 1
        i32.sub
        local.set $n
        br $again
      end
    end
    local.get $total))
