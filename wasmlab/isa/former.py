"""Names that instructions had in drafts and early versions, and what a wrong name may mean."""

from __future__ import annotations

import re

from wasmlab.isa.index import BY_MNEMONIC

_RENAMED = (
    # 2018: dots and underscores, before the first version
    (r"(get|set|tee)_(local|global)", r"\2.\1"),
    (r"grow_memory", "memory.grow"),
    (r"current_memory", "memory.size"),
    (r"(i\d\d|f\d\d)\.(trunc|convert|extend)_([su])/(i\d\d|f\d\d)", r"\1.\2_\4_\3"),
    (r"(i\d\d|f\d\d)\.(wrap|demote|promote|reinterpret)/(i\d\d|f\d\d)", r"\1.\2_\3"),
    (r"(i\d\d)\.trunc_([su]):sat/(f\d\d)", r"\1.trunc_sat_\3_\2"),
    (r"memory\.drop", "data.drop"),
    (r"table\.drop", "elem.drop"),
    # 2018 to 2020: threads
    (r"(?:memory\.)?atomic\.(?:wake|notify)", "memory.atomic.notify"),
    (r"i(32|64)\.(?:atomic\.)?wait", r"memory.atomic.wait\1"),
    (r"(i\d\d\.atomic\.rmw\d+)_u\.(\w+)", r"\1.\2_u"),
    # 2018 to 2021: vectors
    (r"(?:i\d+x\d+|v128)\.any_true", "v128.any_true"),
    (r"v8x16\.(shuffle|swizzle)\d?", r"i8x16.\1"),
    (r"[iv](8|16|32|64)x\d+\.load_splat", r"v128.load\1_splat"),
    (r"i\d+x\d+\.(load\d+x\d+_[su])", r"v128.\1"),
    (r"(i\d+x\d+)\.(add|sub)_saturate_([su])", r"\1.\2_sat_\3"),
    (r"(i\d+x\d+)\.widen_(low|high)_(i\d+x\d+)_([su])", r"\1.extend_\2_\3_\4"),
    (r"(i\d+x\d+)\.trunc_([su])/(f\d+x\d+):sat", r"\1.trunc_sat_\3_\2"),
    (r"(f\d+x\d+)\.convert_([su])/(i\d+x\d+)", r"\1.convert_\3_\2"),
    (r"(i\d+x\d+)\.narrow_([su])/(i\d+x\d+)", r"\1.narrow_\3_\2"),
    (r"(i\d+x\d+)\.trunc_sat_(f64x2)_zero_([su])", r"\1.trunc_sat_\2_\3_zero"),
    # 2022 to 2023: relaxed vectors
    (r"(f\d+x\d+)\.(?:relaxed_)?(?:fma|qfma)", r"\1.relaxed_madd"),
    (r"(f\d+x\d+)\.(?:relaxed_)?(?:fms|fnma|qfms)", r"\1.relaxed_nmadd"),
    (r"(i\d+x\d+)\.laneselect", r"\1.relaxed_laneselect"),
    (r"(i\d+x\d+)\.(dot_i8x16_i7x16_(?:add_)?s)", r"\1.relaxed_\2"),
    # 2022 to 2023: references and garbage collection
    (r"i31\.new", "ref.i31"),
    (r"extern\.externalize", "extern.convert_any"),
    (r"extern\.internalize", "any.convert_extern"),
    (r"(struct|array)\.new_canon((?:_\w+)?)", r"\1.new\2"),
    (r"array\.init_static", "array.new_fixed"),
    (r"array\.init_from_(data|elem)", r"array.new_\1"),
    (r"ref\.(test|cast)_(?:canon|static)", r"ref.\1"),
    (r"br_on_cast_(?:canon|static)", "br_on_cast"),
)
"""Patterns of former names, and what is made of one that matches as a whole."""


def current_name(former: str) -> str | None:
    """Return the mnemonic that an instruction of a former name has now; None for other words."""
    for pattern, now in _RENAMED:
        found = re.fullmatch(pattern, former)
        name = found.expand(now) if found else former
        if name != former and name in BY_MNEMONIC:
            return name
    return None


def name_hint(wrong: str) -> str:
    """Return what a word that is no mnemonic may mean, as a hint; empty if it is like none."""
    now = current_name(wrong)
    if now is not None:
        return f"it is called {now} now"
    close = _nearest(wrong.replace("/", "_"))
    return f"did you mean {' or '.join(close)}?" if close else ""


def _nearest(word: str) -> list[str]:
    """Return the mnemonic that is most like a word; two that are equally so, as _s and _u are."""
    from difflib import SequenceMatcher, get_close_matches

    close = get_close_matches(word, BY_MNEMONIC, n=2, cutoff=0.75)
    likeness = {round(SequenceMatcher(None, name, word).ratio(), 9) for name in close}
    return close if len(likeness) == 1 else close[:1]
