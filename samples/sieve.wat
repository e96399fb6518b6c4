;; title: The sieve of Eratosthenes
;; shows: Nested loops over memory, some thousands of steps: a run for breakpoints.
;; run: wasmlab run samples/sieve.wat --invoke primes 1000
;; expect: 168
;; exit: 0

(module
  (memory (export "memory") 1)

  ;; Counts the primes below limit (at most 65,536); byte n of memory becomes 1 if n is not prime.
  (func $primes (export "primes") (param $limit i32) (result i32)
    (local $n i32) (local $multiple i32) (local $count i32)
    (memory.fill (i32.const 0) (i32.const 0) (local.get $limit))
    (local.set $n (i32.const 2))
    block $done
      loop $numbers
        (br_if $done (i32.ge_u (local.get $n) (local.get $limit)))
        (if (i32.eqz (i32.load8_u (local.get $n)))
          (then
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (local.set $multiple (i32.mul (local.get $n) (i32.const 2)))
            block $struck
              loop $multiples
                (br_if $struck (i32.ge_u (local.get $multiple) (local.get $limit)))
                (i32.store8 (local.get $multiple) (i32.const 1))
                (local.set $multiple (i32.add (local.get $multiple) (local.get $n)))
                br $multiples
              end
            end))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        br $numbers
      end
    end
    local.get $count))
