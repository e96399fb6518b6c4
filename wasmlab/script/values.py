"""Arguments and expected results of script commands."""

from __future__ import annotations

from wasmlab.errors import Unsupported
from wasmlab.hints import TYPE_CHECKING, Any, cast
from wasmlab.runtime.aggregate import ref_matches
from wasmlab.runtime.reference import RefTag, func_ref, host_ref, payload, ref_tag
from wasmlab.syntax.types import ANY, ARRAY, EQ, EXN, EXTERN, FUNC, I31, STRUCT, AbsHeapType

if TYPE_CHECKING:
    from wasmlab.runtime.store import ModuleInst, Store

Json = dict[str, Any]
_LANES = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "f32": 32, "f64": 64}
_HEAPS: dict[str, AbsHeapType] = {
    "anyref": ANY,
    "eqref": EQ,
    "i31ref": I31,
    "structref": STRUCT,
    "arrayref": ARRAY,
    "funcref": FUNC,
    "externref": EXTERN,
    "exnref": EXN,
}
_NULLS = {"refnull", "nullref", "nullfuncref", "nullexternref", "nullexnref"}
_QUIET = {32: 0x0040_0000, 64: 0x0008_0000_0000_0000}
_EXPONENT = {32: 0x7F80_0000, 64: 0x7FF0_0000_0000_0000}


def bits_of(store: Store, value: Json) -> int:
    """Return the bit pattern of an argument; raises Unsupported for one of another kind."""
    kind = value["type"]
    if kind == "v128":
        width = _LANES[value["lane_type"]]
        mask = (1 << width) - 1
        return sum((int(lane) & mask) << i * width for i, lane in enumerate(value["value"]))
    if kind in _HEAPS or kind in _NULLS:
        return _reference(store, value)
    if kind not in _LANES:
        raise Unsupported(f"arguments of kind {kind} are not supported")
    return int(value["value"]) & (1 << 64) - 1


def _reference(store: Store, value: Json) -> int:
    found = value.get("value", "null")
    if isinstance(found, dict):
        raise Unsupported(f"arguments of type {value['type']} by index are not supported")
    return 0 if found == "null" else host_object(store, int(found))


def host_object(store: Store, number: int) -> int:
    """Return the reference to the script's host object of a number, always the same one."""
    if number not in store.handles:
        store.handles.append(number)
    return host_ref(store.handles.index(number))


def matches(instance: ModuleInst, expected: Json, bits: int) -> bool:
    """Return whether a result is the expected value, NaN class or kind of reference.

    Raises Unsupported for an expectation of another kind.
    """
    kind = expected["type"]
    if kind == "either":
        return any(matches(instance, option, bits) for option in expected["values"])
    if kind == "v128":
        return _lanes_match(expected, bits)
    if kind in {"i32", "i64", "f32", "f64"}:
        width = int(kind[1:])
        return _number_matches(expected["value"], bits, width)
    if kind in _NULLS:
        return bits == 0
    if kind in _HEAPS:
        return _reference_matches(instance, expected, bits)
    raise Unsupported(f"a result of kind {kind}")


def _number_matches(expected: str, bits: int, width: int) -> bool:
    if expected == "nan:canonical":
        return bits & ~(1 << width - 1) == _EXPONENT[width] | _QUIET[width]
    if expected == "nan:arithmetic":
        wanted = _EXPONENT[width] | _QUIET[width]
        return bits & wanted == wanted
    return int(expected) & (1 << width) - 1 == bits


def _lanes_match(expected: Json, bits: int) -> bool:
    width = _LANES[expected["lane_type"]]
    mask = (1 << width) - 1
    return all(
        _number_matches(lane, bits >> i * width & mask, width)
        for i, lane in enumerate(expected["value"])
    )


def _reference_matches(instance: ModuleInst, expected: Json, bits: int) -> bool:
    value = expected.get("value")
    if value == "null":
        return bits == 0
    if isinstance(value, dict):
        index: int = cast("Json", value)["index"]
        funcs = instance.funcs
        return index < len(funcs) and bits == func_ref(funcs[index].addr)
    if value is not None:
        is_host = bits != 0 and ref_tag(bits) is RefTag.HOST
        return is_host and instance.store.handles[payload(bits)] == int(value)
    return ref_matches(instance.store, bits, _HEAPS[expected["type"]], nullable=False)


def shown(bits: int) -> str:
    """Return a result as messages show it."""
    return f"0x{bits:x}"


def expectation(expected: Json) -> str:
    """Return an expected result as messages show it."""
    if expected["type"] == "either":
        return " or ".join(expectation(option) for option in expected["values"])
    value = expected.get("value")
    if value is None:
        return str(expected["type"])
    lane = f" {expected['lane_type']}" if "lane_type" in expected else ""
    lanes = cast("list[str]", value) if isinstance(value, list) else [str(value)]
    return f"{expected['type']}{lane} {' '.join(map(_number, lanes))}"


def _number(value: str) -> str:
    return f"0x{int(value) % (1 << 128):x}" if value.lstrip("-").isdigit() else value
