;; title: Functions in a table
;; shows: call_indirect picks a function by number at run time, and checks its type.
;; run: wasmlab run samples/dispatch.wat --invoke calc 2 6 7
;; expect: 42
;; exit: 0

;; Other numbers to try, and what they trap with:
;;   --invoke calc 3 6 7    indirect call type mismatch   ($square takes one number)
;;   --invoke calc 4 6 7    uninitialized element         (nothing is in that slot)
;;   --invoke calc 9 6 7    undefined element             (the table has six slots)

(module
  (type $binary (func (param i32 i32) (result i32)))
  (table $operations 6 funcref)
  (elem (i32.const 0) $add $sub $mul $square)

  (func $add (type $binary)
    (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $binary)
    (i32.sub (local.get 0) (local.get 1)))
  (func $mul (type $binary)
    (i32.mul (local.get 0) (local.get 1)))
  (func $square (param $n i32) (result i32)
    (i32.mul (local.get $n) (local.get $n)))

  (func $calc (export "calc") (param $operation i32) (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    local.get $operation
    call_indirect $operations (type $binary)))
