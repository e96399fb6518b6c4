;; title: A walk through memory
;; shows: Eight numbers are stored, summed and turned into digits; watch the bytes change.
;; run: wasmlab run samples/walk.wat
;; expect: 1 + 4 + 9 + ... + 64 = 204
;; exit: 0

;; Memory, in bytes:
;;   0x000   iovec for fd_write (8 bytes), then the count that it writes (4 bytes)
;;   0x010   the text, with room for ten digits at its end
;;   0x100   the squares of 1 to 8, four bytes each, lowest byte first

(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nwritten i32)
      (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0x10) "1 + 4 + 9 + ... + 64 = ")
  (global $text i32 (i32.const 0x10))
  (global $text_len i32 (i32.const 23))
  (global $numbers i32 (i32.const 0x100))

  ;; Stores the squares of 1 .. count at numbers.
  (func $fill (param $count i32)
    (local $i i32)
    loop $next
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store
        (i32.add
          (global.get $numbers)
          (i32.mul (i32.sub (local.get $i) (i32.const 1)) (i32.const 4)))
        (i32.mul (local.get $i) (local.get $i)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $count)))
    end)

  ;; Adds up count numbers.
  (func $sum (param $count i32) (result i32)
    (local $addr i32) (local $end i32) (local $total i32)
    (local.set $addr (global.get $numbers))
    (local.set $end
      (i32.add (local.get $addr) (i32.mul (local.get $count) (i32.const 4))))
    block $done
      loop $next
        (br_if $done (i32.ge_u (local.get $addr) (local.get $end)))
        (local.set $total (i32.add (local.get $total) (i32.load (local.get $addr))))
        (local.set $addr (i32.add (local.get $addr) (i32.const 4)))
        br $next
      end
    end
    local.get $total)

  ;; How many decimal digits n has.
  (func $digits (param $n i32) (result i32)
    (local $count i32)
    loop $next
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $next (local.get $n))
    end
    local.get $count)

  ;; Writes n in decimal at addr, the last digit first; returns the address after it.
  (func $decimal (param $n i32) (param $addr i32) (result i32)
    (local $end i32) (local $at i32)
    (local.set $end (i32.add (local.get $addr) (call $digits (local.get $n))))
    (local.set $at (local.get $end))
    loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8
        (local.get $at)
        (i32.add (i32.const 0x30) (i32.rem_u (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $next (local.get $n))
    end
    local.get $end)

  ;; Writes length bytes from addr to standard output.
  (func $print (param $addr i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $addr))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  (func $main (export "_start")
    (local $end i32)
    (call $fill (i32.const 8))
    (local.set $end
      (call $decimal
        (call $sum (i32.const 8))
        (i32.add (global.get $text) (global.get $text_len))))
    (i32.store8 (local.get $end) (i32.const 0x0a))
    (call $print
      (global.get $text)
      (i32.sub (i32.add (local.get $end) (i32.const 1)) (global.get $text)))))
