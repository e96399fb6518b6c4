;; What every fuzzed module exports: functions of plain numbers, and state to compare.
(module
  (memory (export "memory") 1 16)
  (global (export "g0") (mut i64) (i64.const 0))
  (global (export "g1") (mut i32) (i32.const 0))
  (func (export "a") (param i32 i64 f32 f64) (result i32) unreachable)
  (func (export "b") (param i64 i32) (result i64) unreachable)
  (func (export "c") (param f32 f64) (result f64) unreachable)
  (func (export "d") (param i32 i32 i32 f32) (result f64) unreachable)
  (func (export "e") (param i64 i64) (result i32 i64) unreachable))
