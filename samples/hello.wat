;; title: Hello, world
;; shows: A WASI call made by hand: a string, an iovec in memory, and fd_write.
;; run: wasmlab run samples/hello.wat
;; expect: Hello, world!
;; exit: 0

;; Memory, in bytes:
;;    0 ..  3   iovec: address of the text (16)
;;    4 ..  7   iovec: length of the text (14)
;;    8 .. 11   fd_write stores here how many bytes it wrote
;;   16 .. 29   the text

(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nwritten i32)
      (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "Hello, world!\n")

  (func $main (export "_start")
    ;; The iovec at address 0 says where the text is ...
    i32.const 0
    i32.const 16
    i32.store
    ;; ... and how long it is.
    i32.const 4
    i32.const 14
    i32.store
    ;; fd_write(stdout, iovecs at 0, one of them, result at 8) returns 0 for success.
    i32.const 1
    i32.const 0
    i32.const 1
    i32.const 8
    call $fd_write
    drop))
