;; title: Echo
;; shows: Standard input: fd_read fills a buffer, fd_write empties it, until nothing is left.
;; run: wasmlab run samples/echo.wat
;; stdin: one line
;; stdin: and another
;; expect: one line
;; expect: and another
;; exit: 0

;; Memory, in bytes:
;;    0 ..  7   iovec: address and length of the buffer
;;    8 .. 11   how many bytes fd_read or fd_write moved
;;   64 .. 79   the buffer: small, so that there is more than one turn

(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nread i32)
      (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nwritten i32)
      (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param $code i32)))
  (memory (export "memory") 1)

  (func $main (export "_start")
    (local $errno i32)
    (i32.store (i32.const 0) (i32.const 64))
    block $end_of_file
      loop $again
        (i32.store (i32.const 4) (i32.const 16))
        (local.tee $errno
          (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        if
          (call $proc_exit (local.get $errno))
        end
        (br_if $end_of_file (i32.eqz (i32.load (i32.const 8))))
        ;; Write as many bytes as were read.
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        br $again
      end
    end))
