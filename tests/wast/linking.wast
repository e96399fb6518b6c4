;; Definitions and instances, shared state, failing instantiation, older rules.

(module definition $D
  (global $n (export "n") (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.get $n)))
(module instance $one $D)
(module instance $two $D)
(assert_return (invoke $one "next") (i32.const 1))
(assert_return (invoke $one "next") (i32.const 2))
(assert_return (invoke $two "next") (i32.const 1))
(assert_return (get $one "n") (i32.const 2))
(assert_return (get "n") (i32.const 1))

(register "one" $one)
(module $user
  (global $n (import "one" "n") (mut i32))
  (func (export "double") (global.set $n (i32.mul (i32.const 2) (global.get $n)))))
(invoke "double")
(assert_return (get $one "n") (i32.const 4))
(assert_return (get $two "n") (i32.const 1))

(module $M (memory (export "m") 1) (table (export "t") 2 funcref)
  (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "call") (result i32) (call_indirect (result i32) (i32.const 0))))
(register "M" $M)
;; what was written before a trap stays
(assert_trap
  (module (memory (import "M" "m") 1) (table (import "M" "t") 2 funcref)
    (elem (i32.const 0) $f) (func $f (result i32) (i32.const 12))
    (data (i32.const 0) "x") (data (i32.const 65536) "y"))
  "out of bounds memory access")
(assert_return (invoke $M "byte" (i32.const 0)) (i32.const 120))
(assert_return (invoke $M "call") (i32.const 12))
(assert_unlinkable (module (import "M" "none" (func))) "unknown import")
(assert_unlinkable (module (import "M" "m" (memory 2))) "incompatible import type")
(assert_unlinkable (module (import "one" "n" (global i32))) "incompatible import type")

(module quote "(func (export \"f\") (result f32) f32.const nan:0x200000)")
(assert_return (invoke "f") (f32.const nan:0x200000))
(assert_return (invoke "f") (either (f32.const 1) (f32.const nan:0x200000)))
(assert_malformed (module quote "(func") "unexpected end")
(assert_malformed (module binary "\00asm\01") "unexpected end")
(assert_invalid (module (func (result i32) (i64.const 0))) "type mismatch")

;; rules of earlier versions
(assert_invalid (module (table 1 funcref) (table 1 funcref)) "multiple tables")
(assert_invalid (module (memory 1) (memory 1)) "multiple memories")
(assert_invalid (module (func (result i32 i32) unreachable)) "invalid result arity")
(assert_invalid
  (module (import "spectest" "g" (global (mut i32)))) "mutable globals cannot be imported")
