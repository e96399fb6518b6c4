"""Views of objects in the GC heap: structures, arrays and exceptions."""

from __future__ import annotations

from wasmlab.debug.views.model import HeapObject, Value, Variable
from wasmlab.debug.views.symbols import declared_type, shown_name, type_name
from wasmlab.debug.views.values import shown_value
from wasmlab.errors import DebugError
from wasmlab.exec.exception import tag_params
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import signed
from wasmlab.runtime.aggregate import read_element, read_slots
from wasmlab.runtime.heap import is_object, length_at, payload_at, references_of, shape_at
from wasmlab.runtime.reference import RefTag, ref_tag
from wasmlab.syntax.types import ArrayType, DefType, FieldType, PackedType, StructType, ValType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.runtime.heap import Shape
    from wasmlab.runtime.store import Store

SHOWN = 256
"""Elements of an array that a view has."""


def object_view(store: Store, ref: int, start: int = 0) -> HeapObject:
    """Return the object that a reference names; of an array up to ``SHOWN`` elements from start on.

    Raises DebugError if the reference is none to an object.
    """
    if ref == 0 or ref_tag(ref) is not RefTag.HEAP or not is_object(store.heap, ref):
        raise DebugError(f"0x{ref:x} is no reference to an object")
    shape = shape_at(store.heap, ref)
    references = tuple(r for r in references_of(store.heap, ref) if r and not r & 7)
    if isinstance(shape.type, int):
        tag = store.tags[shape.type]
        fields = _fields(store, ref, shape, tag_params(tag), {})
        return HeapObject(ref, "exception", f"tag {shape.type}", fields, references)
    module, index = declared_type(store, shape.type)
    kind = "array" if isinstance(shape.type.comp, ArrayType) else "struct"
    name = type_name(module, index, shape.type)
    if isinstance(shape.type.comp, ArrayType):
        length = length_at(store.heap, ref)
        elements = _elements(store, ref, shape.type.comp.element, range(start, length)[:SHOWN])
        return HeapObject(ref, kind, name, elements, references, length)
    storages = _field_types(shape.type)
    mutable = [f.mutable for f in storages]
    names = {} if module is None else module.names.fields.get(index, {})
    fields = _fields(store, ref, shape, [f.storage for f in storages], names, mutable)
    return HeapObject(ref, kind, name, fields, references)


def _field_types(t: DefType) -> tuple[FieldType, ...]:
    return t.comp.fields if isinstance(t.comp, StructType) else ()


def _fields(
    store: Store,
    ref: int,
    shape: Shape,
    types: Sequence[ValType | PackedType],
    names: dict[int, str],
    mutable: Sequence[bool] | None = None,
) -> tuple[Variable, ...]:
    base, fields = payload_at(ref), list[Variable]()
    for index, (at, wide, t) in enumerate(zip(shape.offsets, shape.wide, types, strict=True)):
        value = _value(store, t, read_slots(store.heap, base + at, wide=wide))
        name = shown_name(names.get(index), str(index))
        changes = mutable is not None and mutable[index]
        fields.append(Variable(name, index, value, "field", changes))
    return tuple(fields)


def _elements(
    store: Store, ref: int, element: FieldType, indices: Sequence[int]
) -> tuple[Variable, ...]:
    size = shape_at(store.heap, ref).element_bytes
    values = [read_element(store.heap, ref, i, size) for i in indices]
    return tuple(
        Variable(str(i), i, _value(store, element.storage, bits), "element", element.mutable)
        for i, bits in zip(indices, values, strict=True)
    )


def _value(store: Store, t: ValType | PackedType, bits: int) -> Value:
    if not isinstance(t, PackedType):
        return shown_value(store, t, bits)
    number = signed(bits & (1 << t.bits) - 1, t.bits)
    return Value(str(t), bits, number, str(number))
