;; Programs with other habits than the kernels: recursion over memory, floating point, dispatch by
;; table and by call, and hashing. Every export takes a size and returns a checksum.
(module
  (memory (export "memory") 16)
  (type $op (func (param i32 i32) (result i32)))
  (table $ops 4 funcref)
  (elem (i32.const 0) $add $sub $mul $xor)

  ;; ---- quicksort of pseudo-random words
  (func $next (param $x i32) (result i32)
    (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
  (func $quicksort (param $lo i32) (param $hi i32)
    (local $i i32) (local $j i32) (local $pivot i32) (local $t i32)
    (if (i32.ge_s (local.get $lo) (local.get $hi)) (then (return)))
    (local.set $i (local.get $lo))
    (local.set $j (local.get $hi))
    (local.set $pivot (i32.load (i32.and (i32.shr_u (i32.add (local.get $lo) (local.get $hi)) (i32.const 1)) (i32.const -4))))
    (loop $split
      (block $left (loop $up
        (br_if $left (i32.ge_s (i32.load (local.get $i)) (local.get $pivot)))
        (local.set $i (i32.add (local.get $i) (i32.const 4)))
        (br $up)))
      (block $right (loop $down
        (br_if $right (i32.le_s (i32.load (local.get $j)) (local.get $pivot)))
        (local.set $j (i32.sub (local.get $j) (i32.const 4)))
        (br $down)))
      (if (i32.le_s (local.get $i) (local.get $j))
        (then
          (local.set $t (i32.load (local.get $i)))
          (i32.store (local.get $i) (i32.load (local.get $j)))
          (i32.store (local.get $j) (local.get $t))
          (local.set $i (i32.add (local.get $i) (i32.const 4)))
          (local.set $j (i32.sub (local.get $j) (i32.const 4)))))
      (br_if $split (i32.le_s (local.get $i) (local.get $j))))
    (call $quicksort (local.get $lo) (local.get $j))
    (call $quicksort (local.get $i) (local.get $hi)))
  (func (export "sort") (param $n i32) (result i32)
    (local $i i32) (local $x i32)
    (local.set $x (i32.const 12345))
    (loop $fill
      (local.set $x (call $next (local.get $x)))
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $x))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $fill (i32.lt_u (local.get $i) (local.get $n))))
    (call $quicksort (i32.const 0) (i32.shl (i32.sub (local.get $n) (i32.const 1)) (i32.const 2)))
    (i32.xor (i32.load (i32.const 0)) (i32.load (i32.shl (i32.shr_u (local.get $n) (i32.const 1)) (i32.const 2)))))

  ;; ---- product of two n x n matrices of f64
  (func $at (param $base i32) (param $n i32) (param $i i32) (param $j i32) (result i32)
    (i32.add (local.get $base) (i32.shl (i32.add (i32.mul (local.get $i) (local.get $n)) (local.get $j)) (i32.const 3))))
  (func (export "matmul") (param $n i32) (result i32)
    (local $i i32) (local $j i32) (local $k i32) (local $sum f64) (local $total f64)
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $fill
        (f64.store (call $at (i32.const 0) (local.get $n) (local.get $i) (local.get $j))
          (f64.div (f64.convert_i32_s (i32.add (local.get $i) (i32.const 1))) (f64.convert_i32_s (i32.add (local.get $j) (i32.const 3)))))
        (f64.store (call $at (i32.const 262144) (local.get $n) (local.get $i) (local.get $j))
          (f64.sqrt (f64.convert_i32_s (i32.add (local.get $i) (local.get $j)))))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $fill (i32.lt_u (local.get $j) (local.get $n))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $i) (local.get $n))))
    (local.set $i (i32.const 0))
    (loop $is
      (local.set $j (i32.const 0))
      (loop $js
        (local.set $sum (f64.const 0))
        (local.set $k (i32.const 0))
        (loop $ks
          (local.set $sum (f64.add (local.get $sum) (f64.mul
            (f64.load (i32.shl (i32.add (i32.mul (local.get $i) (local.get $n)) (local.get $k)) (i32.const 3)))
            (f64.load offset=262144 (i32.shl (i32.add (i32.mul (local.get $k) (local.get $n)) (local.get $j)) (i32.const 3))))))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br_if $ks (i32.lt_u (local.get $k) (local.get $n))))
        (local.set $total (f64.add (local.get $total) (local.get $sum)))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $js (i32.lt_u (local.get $j) (local.get $n))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $is (i32.lt_u (local.get $i) (local.get $n))))
    (i32.trunc_f64_s (local.get $total)))

  ;; ---- a machine of four operations, chosen by br_table and by call_indirect in turns
  (func $add (type $op) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $op) (i32.sub (local.get 0) (local.get 1)))
  (func $mul (type $op) (i32.mul (local.get 0) (i32.or (local.get 1) (i32.const 1))))
  (func $xor (type $op) (i32.xor (local.get 0) (local.get 1)))
  (func (export "dispatch") (param $n i32) (result i32)
    (local $acc i32) (local $x i32)
    (local.set $x (i32.const 99))
    (loop $steps
      (local.set $x (call $next (local.get $x)))
      (block $done
        (block $rotate (block $swap (block $count
          (br_table $count $swap $rotate (i32.and (i32.shr_u (local.get $x) (i32.const 13)) (i32.const 3))))
          (local.set $acc (i32.add (local.get $acc) (i32.popcnt (local.get $x))))
          (br $done))
         (local.set $acc (i32.xor (local.get $acc) (i32.shl (local.get $x) (i32.const 3))))
         (br $done))
        (local.set $acc (i32.rotl (local.get $acc) (local.get $x))))
      (local.set $acc (call_indirect $ops (type $op) (local.get $acc) (local.get $x)
        (i32.and (i32.shr_u (local.get $x) (i32.const 20)) (i32.const 3))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $steps (local.get $n)))
    (local.get $acc))

  ;; ---- counting words in a hash table with open addressing
  (func $digest (param $x i32) (result i32)
    (local $h i64) (local $i i32)
    (local.set $h (i64.const 0xcbf29ce484222325))
    (loop $bytes
      (local.set $h (i64.mul (i64.xor (local.get $h)
        (i64.and (i64.shr_u (i64.extend_i32_u (local.get $x)) (i64.extend_i32_u (local.get $i))) (i64.const 255)))
        (i64.const 0x100000001b3)))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $bytes (i32.lt_u (local.get $i) (i32.const 32))))
    (i32.wrap_i64 (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 32)))))
  (func (export "hash") (param $n i32) (result i32)
    (local $x i32) (local $key i32) (local $at i32) (local $probes i32)
    (loop $clear
      (i64.store (local.get $at) (i64.const 0))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $clear (i32.lt_u (local.get $at) (i32.const 524288))))
    (local.set $x (i32.const 7))
    (loop $words
      (local.set $x (call $next (local.get $x)))
      (local.set $key (i32.or (i32.shr_u (local.get $x) (i32.const 17)) (i32.const 1)))
      (local.set $at (i32.shl (i32.and (call $digest (local.get $key)) (i32.const 0xffff)) (i32.const 3)))
      (block $found (loop $probe
        (local.set $probes (i32.add (local.get $probes) (i32.const 1)))
        (br_if $found (i32.eq (i32.load (local.get $at)) (local.get $key)))
        (if (i32.eqz (i32.load (local.get $at)))
          (then (i32.store (local.get $at) (local.get $key)) (br $found)))
        (local.set $at (i32.and (i32.add (local.get $at) (i32.const 8)) (i32.const 0x7ffff)))
        (br $probe)))
      (i32.store offset=4 (local.get $at) (i32.add (i32.load offset=4 (local.get $at)) (i32.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $words (local.get $n)))
    (local.get $probes))
)
