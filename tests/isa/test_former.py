"""Former names of instructions lead to the present one, with the same sign and width."""

from __future__ import annotations

import pytest

from wasmlab.isa.former import current_name, name_hint
from wasmlab.isa.index import BY_MNEMONIC

NOW = """
get_local local.get, set_local local.set, tee_local local.tee, get_global global.get,
set_global global.set, grow_memory memory.grow, current_memory memory.size,
i32.wrap/i64 i32.wrap_i64, i32.trunc_s/f32 i32.trunc_f32_s, i32.trunc_u/f32 i32.trunc_f32_u,
i32.trunc_s/f64 i32.trunc_f64_s, i32.trunc_u/f64 i32.trunc_f64_u, i64.extend_s/i32 i64.extend_i32_s,
i64.extend_u/i32 i64.extend_i32_u, i64.trunc_s/f32 i64.trunc_f32_s, i64.trunc_u/f32 i64.trunc_f32_u,
i64.trunc_s/f64 i64.trunc_f64_s, i64.trunc_u/f64 i64.trunc_f64_u,
f32.convert_s/i32 f32.convert_i32_s,
f32.convert_u/i32 f32.convert_i32_u, f32.convert_s/i64 f32.convert_i64_s,
f32.convert_u/i64 f32.convert_i64_u, f32.demote/f64 f32.demote_f64,
f64.convert_s/i32 f64.convert_i32_s, f64.convert_u/i32 f64.convert_i32_u,
f64.convert_s/i64 f64.convert_i64_s, f64.convert_u/i64 f64.convert_i64_u,
f64.promote/f32 f64.promote_f32, i32.reinterpret/f32 i32.reinterpret_f32,
i64.reinterpret/f64 i64.reinterpret_f64, f32.reinterpret/i32 f32.reinterpret_i32,
f64.reinterpret/i64 f64.reinterpret_i64, i32.trunc_s:sat/f32 i32.trunc_sat_f32_s,
i32.trunc_u:sat/f64 i32.trunc_sat_f64_u, i64.trunc_s:sat/f64 i64.trunc_sat_f64_s,
i64.trunc_u:sat/f32 i64.trunc_sat_f32_u, memory.drop data.drop, table.drop elem.drop,
atomic.wake memory.atomic.notify, atomic.notify memory.atomic.notify,
i32.atomic.wait memory.atomic.wait32, i64.atomic.wait memory.atomic.wait64,
i32.atomic.rmw8_u.add i32.atomic.rmw8.add_u, i64.atomic.rmw32_u.cmpxchg i64.atomic.rmw32.cmpxchg_u,
i8x16.any_true v128.any_true, i64x2.any_true v128.any_true, v8x16.shuffle i8x16.shuffle,
v8x16.swizzle i8x16.swizzle, v16x8.load_splat v128.load16_splat, i16x8.load8x8_u v128.load8x8_u,
i64x2.load32x2_s v128.load32x2_s, i8x16.add_saturate_s i8x16.add_sat_s,
i16x8.sub_saturate_u i16x8.sub_sat_u, i16x8.widen_low_i8x16_s i16x8.extend_low_i8x16_s,
i32x4.widen_high_i16x8_u i32x4.extend_high_i16x8_u, i32x4.trunc_s/f32x4:sat i32x4.trunc_sat_f32x4_s,
f32x4.convert_u/i32x4 f32x4.convert_i32x4_u, f32x4.fma f32x4.relaxed_madd,
f64x2.fms f64x2.relaxed_nmadd, i16x8.laneselect i16x8.relaxed_laneselect, i31.new ref.i31,
extern.externalize extern.convert_any, extern.internalize any.convert_extern,
struct.new_canon_default struct.new_default, array.new_canon_fixed array.new_fixed,
array.init_static array.new_fixed, ref.cast_static ref.cast
"""
PAIRS = [tuple(pair.split()) for pair in NOW.split(",")]


@pytest.mark.parametrize(("former", "now"), PAIRS)
def test_former_name_leads_to_the_present_one(former: str, now: str) -> None:
    assert current_name(former) == now
    assert former not in BY_MNEMONIC


def test_present_names_are_no_former_ones() -> None:
    assert [name for name in BY_MNEMONIC if current_name(name) is not None] == []


@pytest.mark.parametrize("word", ["", "i32.ad", "get_locals", "f32.wrap/i64", "i32.trunc_x/f32"])
def test_other_words_are_no_former_names(word: str) -> None:
    assert current_name(word) is None


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("i32.trunc_s/f32", "it is called i32.trunc_f32_s now"),
        ("i32.store88", "did you mean i32.store8?"),
        ("i32.div", "did you mean i32.div_u or i32.div_s?"),
        ("nothing like it", ""),
    ],
)
def test_wrong_name_has_a_hint(wrong: str, hint: str) -> None:
    assert name_hint(wrong) == hint
