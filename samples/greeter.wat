;; title: Two modules, one memory
;; shows: This module imports memory and functions from textlib.wat; calls cross between them.
;; run: wasmlab run samples/greeter.wat --preload textlib=samples/textlib.wat
;; expect: HELLO FROM TWO MODULES
;; exit: 0

(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nwritten i32)
      (result i32)))
  (import "textlib" "memory" (memory 1))
  (import "textlib" "upper" (func $upper (param $text i32)))
  (import "textlib" "length" (func $length (param $text i32) (result i32)))
  ;; WASI looks for the memory in the exports of the module that calls it.
  (export "memory" (memory 0))
  (data (i32.const 64) "hello from two modules\n\00")

  (func $main (export "_start")
    (call $upper (i32.const 64))
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (call $length (i32.const 64)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
