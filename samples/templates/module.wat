;; title: A function
;; shows: The smallest module that does something: one exported function.
;; run: wasmlab run samples/templates/module.wat --invoke add 1 2
;; expect: 3
;; exit: 0

(module
  (func $add (export "add") (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    i32.add))
