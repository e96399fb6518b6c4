"""A function that leaves much for the collector to take away."""

WASTE = """(func (export "waste") (local $n i32)
  (loop $l
    (drop (struct.new $s (local.get $n)))
    (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
      (i32.const 100000)))))"""
"""It makes 100,000 objects of type $s, whose one field is an i32."""
