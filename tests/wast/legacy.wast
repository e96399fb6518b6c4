;; The legacy encoding: rethrow counts labels, delegate skips handlers.

(module
  (tag $e (param i32))
  (func $throw (param i32) (throw $e (local.get 0)))

  ;; a function without locals keeps the exception all the same
  (func (export "kept")
    (try (do (throw $e (i32.const 1))) (catch $e (drop) (rethrow 0))))
  (func (export "outer kept") (result i32)
    (try (result i32)
      (do
        (try
          (do (call $throw (i32.const 1)))
          (catch $e (drop)
            (try
              (do (call $throw (i32.const 2)))
              (catch_all (rethrow 1)))))
        (i32.const 0))
      (catch $e)))
  (func (export "through blocks") (result i32)
    (try (result i32)
      (do
        (try
          (do (call $throw (i32.const 3)))
          (catch_all (block (loop (if (i32.const 1) (then (rethrow 3)))))))
        (i32.const 0))
      (catch $e (i32.add (i32.const 10)))))
  (func (export "delegate") (param i32) (result i32)
    (try $far (result i32)
      (do
        (try (result i32)
          (do
            (try (result i32)
              (do (call $throw (local.get 0)) (i32.const 0))
              (delegate $far)))
          (catch_all (i32.const -1))))
      (catch $e (i32.add (i32.const 100)))))
  (func (export "delegate to block") (param i32) (result i32)
    (try (result i32)
      (do
        (block $b (result i32)
          (try (result i32)
            (do
              (try (result i32)
                (do (call $throw (local.get 0)) (i32.const 0))
                (delegate $b)))
            (catch_all (i32.const -1)))))
      (catch $e (i32.add (i32.const 200)))))
  (func (export "delegate out") (param i32)
    (try
      (do (try (do (call $throw (local.get 0))) (delegate 1)))
      (catch_all)))
  (func (export "branch out") (result i32)
    (block (result i32)
      (try (do (br 1 (i32.const 6))) (catch_all))
      (i32.const 7)))
  (func (export "loop") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (try
        (do (call $throw (local.get $n)))
        (catch $e
          (local.set $sum (i32.add (local.get $sum)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
    (local.get $sum)))

(assert_exception (invoke "kept"))
(assert_return (invoke "outer kept") (i32.const 1))
(assert_return (invoke "through blocks") (i32.const 13))
(assert_return (invoke "delegate" (i32.const 5)) (i32.const 105))
(assert_return (invoke "delegate to block" (i32.const 5)) (i32.const 205))
(assert_exception (invoke "delegate out" (i32.const 5)))
(assert_return (invoke "branch out") (i32.const 6))
(assert_return (invoke "loop" (i32.const 4)) (i32.const 10))
