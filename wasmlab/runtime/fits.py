"""Whether bits can be a value of a type: asked of what a file says, before anything uses it."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.reference import TAG_MASK, RefTag, payload
from wasmlab.syntax.types import ANY, EQ, EXN, EXTERN, F32, I31, I32, V128, RefType
from wasmlab.valid.matching import matches_heap

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.runtime.heap import Shape
    from wasmlab.runtime.store import Store
    from wasmlab.syntax.types import HeapType, ValType

    ShapeAt = Callable[[int], Shape | None]

_I31_BITS = 31
_OF_I31 = (I31, EQ, ANY, EXTERN)
_OF_HOST = (ANY, EXTERN)


def fits(store: Store, t: ValType, bits: int, shape_at: ShapeAt) -> bool:
    """Return whether bits, not negative, are a value of type t in a store.

    shape_at: returns the layout of the object that begins at a heap reference; None if none does.
    """
    if isinstance(t, RefType):
        return t.nullable if bits == 0 else _ref_fits(store, t.heap, bits, shape_at)
    return bits >> (32 if t is I32 or t is F32 else 128 if t is V128 else 64) == 0


def _ref_fits(store: Store, t: HeapType, ref: int, shape_at: ShapeAt) -> bool:
    """Return whether a reference that is not null is one to what has heap type t."""
    tag, rest = ref & TAG_MASK, payload(ref)
    if tag == RefTag.FUNC:
        return rest < len(store.funcs) and matches_heap(store.funcs[rest].type, t)
    if tag == RefTag.HOST:
        return rest < len(store.handles) and t in _OF_HOST
    if tag == RefTag.I31:
        return rest >> _I31_BITS == 0 and t in _OF_I31
    shape = shape_at(ref) if tag == RefTag.HEAP else None
    return shape is not None and shape_fits(shape, t)


def shape_fits(shape: Shape, t: HeapType) -> bool:
    """Return whether objects of a layout have heap type t."""
    if isinstance(shape.type, int):
        return t == EXN
    return t == EXTERN or matches_heap(shape.type, t)
