;; title: A traffic light
;; shows: br_table jumps out of nested blocks by number; a global keeps the state.
;; run: wasmlab run samples/states.wat --invoke after 6
;; expect: 2
;; exit: 0

(module
  ;; 0 red, 1 red and yellow, 2 green, 3 yellow
  (global $state (export "state") (mut i32) (i32.const 0))
  (global $greens (export "greens") (mut i32) (i32.const 0))

  (func $next (export "next")
    block $to_red
      block $to_green
        block $to_red_yellow
          block $to_yellow
            global.get $state
            br_table $to_red_yellow $to_green $to_yellow $to_red
          end
          (global.set $state (i32.const 3))
          return
        end
        (global.set $state (i32.const 1))
        return
      end
      (global.set $greens (i32.add (global.get $greens) (i32.const 1)))
      (global.set $state (i32.const 2))
      return
    end
    (global.set $state (i32.const 0)))

  ;; How often it was green in that many changes.
  (func $after (export "after") (param $changes i32) (result i32)
    loop $again
      call $next
      (local.tee $changes (i32.sub (local.get $changes) (i32.const 1)))
      br_if $again
    end
    global.get $greens))
