;; title: A WASI program
;; shows: A program with a start function that prints a text.
;; run: wasmlab run samples/templates/wasi.wat
;; expect: Hello!
;; exit: 0

(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nwritten i32)
      (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "Hello!\n")

  ;; Writes length bytes from addr to standard output; uses bytes 0 to 11 of memory.
  (func $print (param $addr i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $addr))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  (func $main (export "_start")
    (call $print (i32.const 16) (i32.const 7))))
