;; Loops of host calls: a line written, a byte read, the time, a Python function; n times.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "env" "python" (func $python (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00" "\20\00\00\00\01\00\00\00")
  (data (i32.const 16) "hello\0a")

  (func (export "fd_write") (param $n i32)
    (loop $next
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 40)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  (func (export "python") (param $n i32)
    (loop $next
      (drop (call $python (local.get $n)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  (func (export "fd_read") (param $n i32)
    (loop $next
      (drop (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 40)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  (func (export "clock_time_get") (param $n i32)
    (loop $next
      (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 40)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
