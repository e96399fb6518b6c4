;; title: A library module
;; shows: Functions over zero-terminated strings, in a memory that other modules import.
;; run: wasmlab run samples/textlib.wat --invoke length 16
;; expect: 7
;; exit: 0

(module
  (memory (export "memory") 1)
  (data (i32.const 16) "textlib\00")

  ;; How many bytes there are before the zero byte.
  (func $length (export "length") (param $text i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $text))
    block $done
      loop $next
        (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        br $next
      end
    end
    (i32.sub (local.get $end) (local.get $text)))

  ;; Turns a .. z into A .. Z, in place.
  (func $upper (export "upper") (param $text i32)
    (local $byte i32)
    block $done
      loop $next
        (br_if $done (i32.eqz (local.tee $byte (i32.load8_u (local.get $text)))))
        (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x61)) (i32.const 26))
          (then
            (i32.store8 (local.get $text) (i32.sub (local.get $byte) (i32.const 0x20)))))
        (local.set $text (i32.add (local.get $text) (i32.const 1)))
        br $next
      end
    end))
