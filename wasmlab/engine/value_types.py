"""Types of values and functions from text, and from the annotations of Python functions."""

from __future__ import annotations

from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.types import (
    ANY,
    ARRAY,
    EQ,
    EXN,
    EXTERN,
    F32,
    F64,
    FUNC,
    I31,
    I32,
    I64,
    STRUCT,
    V128,
    FuncType,
    RefType,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.syntax.types import ValType

_HEAP = (FUNC, EXTERN, ANY, EQ, I31, STRUCT, ARRAY, EXN)
_REFS = [RefType(nullable=True, heap=heap) for heap in _HEAP]
VALUE_TYPES: dict[str, ValType] = {str(t): t for t in (I32, I64, F32, F64, V128, *_REFS)}
"""By name, those that no module declares."""
_OF_PYTHON = {"int": I32, "float": F64}


def value_type(text: str) -> ValType:
    """Return the value type of a name, such as ``i32`` or ``funcref``; UsageError for another."""
    found = VALUE_TYPES.get(text)
    if found is None:
        raise UsageError(f"no value type {text!r}", hint=f"there are {', '.join(VALUE_TYPES)}")
    return found


def functype_of(function: Callable[..., object], text: str | None) -> FuncType:
    """Return the type in a text, ``i32 i32 -> i32``, brackets or not; without it, as annotated.

    Raises UsageError.
    """
    if text is None:
        return _annotated(function)
    params, arrow, results = text.partition("->")
    if not arrow:
        raise UsageError(f"not a function type: {text!r}", hint="write i32 i32 -> i32")
    return FuncType(_listed(params), _listed(results))


def _listed(text: str) -> tuple[ValType, ...]:
    words = text.strip().removeprefix("[").removesuffix("]").replace(",", " ").split()
    return tuple(value_type(word) for word in words)


def _annotated(function: Callable[..., object]) -> FuncType:
    from inspect import Parameter, Signature, signature

    try:
        shape = signature(function)
    except (TypeError, ValueError):
        shape = Signature()
    named = [p for n, p in enumerate(shape.parameters.values()) if n or p.name != "caller"]
    hint = 'give its type, such as "i32 i32 -> i32"'
    if shape.return_annotation is Signature.empty or any(
        p.annotation is Parameter.empty or p.kind is not Parameter.POSITIONAL_OR_KEYWORD
        for p in named
    ):
        raise UsageError("the parameters and results of the function have no types", hint=hint)
    params = tuple(_of_annotation(p.annotation) for p in named)
    return FuncType(params, _results(shape.return_annotation))


def _text(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if "[" in repr(annotation) and not isinstance(annotation, str):
        text = repr(annotation)
    return text.strip("\"' ")


def _of_annotation(annotation: object) -> ValType:
    text = _text(annotation)
    return _OF_PYTHON.get(text) or value_type(text)


def _results(annotation: object) -> tuple[ValType, ...]:
    if annotation is None or _text(annotation) in {"None", "NoneType"}:
        return ()
    text = _text(annotation)
    if text.startswith("tuple[") and text.endswith("]"):
        return tuple(_of_annotation(part) for part in text[6:-1].split(","))
    return (_of_annotation(annotation),)
