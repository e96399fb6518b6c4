;; title: A trap, three calls deep
;; shows: The average of no numbers divides by zero; look at the operands and up the frames.
;; run: wasmlab run samples/trap.wat
;; exit: 134

;; There is a second trap to visit:
;;   wasmlab debug samples/trap.wat --invoke peek 65533
;; loads four bytes from an address that has only three left in memory.

(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\02\00\00\00\04\00\00\00\06\00\00\00")

  (func $sum (param $count i32) (result i32)
    (local $i i32) (local $total i32)
    block $done
      loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
        (local.set $total
          (i32.add
            (local.get $total)
            (i32.load (i32.mul (local.get $i) (i32.const 4)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        br $next
      end
    end
    local.get $total)

  (func $average (param $count i32) (result i32)
    local.get $count
    call $sum
    local.get $count
    i32.div_u) ;; traps: integer divide by zero

  (func $report (param $count i32)
    local.get $count
    call $average
    drop)

  (func $main (export "_start")
    (call $report (i32.const 3))
    (call $report (i32.const 0)))

  (func $peek (export "peek") (param $addr i32) (result i32)
    local.get $addr
    i32.load)) ;; traps: out of bounds memory access
