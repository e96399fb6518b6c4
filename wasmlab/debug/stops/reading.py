"""Values of expressions as they are shown: in a format, with their type where they have one."""

from __future__ import annotations

import ast
from math import isfinite

from wasmlab.debug.stops.expression import READS, evaluate
from wasmlab.debug.stops.scope import FrameScope, local_index, parsed_here
from wasmlab.debug.views.formats import ADDRESS, STRING, NumberFormat, bits_of, number_text
from wasmlab.debug.views.pointers import local_pointer, pointer_of
from wasmlab.debug.views.target import selected_instance
from wasmlab.debug.views.values import NOT_IN_MEMORY, shown_value
from wasmlab.errors import NotInMemory, UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, replace
from wasmlab.syntax.types import I32, I64

if TYPE_CHECKING:
    from wasmlab.debug.stops.expression import Number
    from wasmlab.debug.stops.scope import ModuleScope
    from wasmlab.debug.views.model import Pointer, Value
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.memory import Memory

_BYTES = {"i32": 4, "f32": 4, "i64": 8, "f64": 8, "v128": 16}
"""Bytes of a value; references are bits of eight."""


_VECTOR = "v128"
"""Computed with as one number, and shown so."""


class Evaluated(NamedTuple):
    """What an expression is at a step."""

    value: Number
    text: str
    pointer: Pointer | None = None
    """What it points at, where it plausibly is a pointer."""


def reading_of(target: Target, expression: str, form: NumberFormat) -> Evaluated:
    """Return what an expression is in the selected frame, in a format; raises BadExpression.

    A format of memory gives what is at the address that the expression is: NotInMemory.
    """
    tree, scope = parsed_here(target, expression)
    value, typed, size = _typed(tree, scope)
    if form.is_of_memory:
        return Evaluated(value, memory_text(target, address_of(value), form))
    pointer = None if typed is None else _pointer(target, tree, scope, typed)
    if not form.letter:
        text = str(value) if typed is None or typed.type == _VECTOR else typed.text
        return Evaluated(value, text, pointer)
    bits, size = bits_of(value, size) if typed is None else (typed.bits, _BYTES.get(typed.type, 8))
    if form.letter == ADDRESS:
        instance = selected_instance(target)
        plain = shown_value(target.store, I64 if size > 4 else I32, bits)  # noqa: PLR2004 - an i32
        pointer = pointer or pointer_of(target, instance, plain, used=True)
        return Evaluated(value, f"0x{bits:x}", pointer)
    return Evaluated(value, number_text(form, bits, size))


def _typed(
    tree: ast.expr, scope: FrameScope | ModuleScope
) -> tuple[Number, Value | None, int | None]:
    """Return a value; as a typed one if it is that of a variable; and its bytes, if it has some."""
    match tree:
        case ast.Subscript(ast.Name("local"), ast.Constant(key)):
            typed = scope.typed_local(str(key))
        case ast.Subscript(ast.Name("global_"), ast.Constant(key)):
            typed = scope.typed_global(str(key))
        case ast.Subscript(ast.Name("stack"), ast.Constant(int(number))):
            typed = scope.typed_operand(number)
        case ast.Subscript(ast.Name(name)) if name in READS:
            value = evaluate(tree, scope)
            size = int(READS[name].lstrip("uif")) // 8
            if name not in {"i32", "u32", "i64", "u64"}:
                return value, None, size
            bits, _ = bits_of(value, size)
            typed = shown_value(scope.target.store, I32 if size == 4 else I64, bits)  # noqa: PLR2004 - i32
            return value, typed if name[0] == "i" else replace(typed, text=str(value)), size
        case _:
            return evaluate(tree, scope), None, None
    return typed.value, typed, None


def _pointer(
    target: Target, tree: ast.expr, scope: FrameScope | ModuleScope, value: Value
) -> Pointer | None:
    match tree, scope:
        case ast.Subscript(ast.Name("local"), ast.Constant(key)), FrameScope(at=at):
            index = local_index(at.code, str(key))
            if index is not None:
                return local_pointer(target, at, index, value)
        case _:
            pass
    return pointer_of(target, selected_instance(target), value)


def address_of(value: Number) -> int:
    """Return an address; UsageError for what is no number of a byte."""
    if not isfinite(value):
        raise UsageError(f"x needs an address, found {value}")
    return int(value)


def memory_text(target: Target, address: int, form: NumberFormat) -> str:
    """Return what is in the first memory from an address on, as far as it goes, on one line.

    Raises NotInMemory for an address outside it.
    """
    mems = selected_instance(target).mems
    memory = need_address(mems[0] if mems else None, address)
    if form.letter == STRING:
        return string_at(memory, address)
    there, texts = numbers_at(target, memory, address, form)
    more = () if there == (form.items or 1) else (NOT_IN_MEMORY,)
    return " ".join((*texts[:_ON_A_LINE], *more))


_ON_A_LINE = 64
"""Numbers that are shown on one line."""


def need_address(memory: Memory | None, address: int) -> Memory:
    """Return the memory that an address is in; NotInMemory if there is none."""
    size = 0 if memory is None else memory.size
    if memory is None or not 0 <= address < size:
        hint = f"there is no memory from {size:#x} on"
        raise NotInMemory(f"{address:#x} is {NOT_IN_MEMORY}", hint=hint)
    return memory


def numbers_at(
    target: Target, memory: Memory, address: int, form: NumberFormat
) -> tuple[int, list[str]]:
    """Return how many of the numbers of a format are there, and their texts; low bytes first."""
    size = form.size or 4
    end = min(address + (form.items or 1) * size, memory.size)
    data = bytes(memory.data[address:end])
    raws = [
        int.from_bytes(data[n : n + size], "little") for n in range(0, len(data) - size + 1, size)
    ]
    if form.letter == ADDRESS:
        return len(raws), [_address_text(target, raw, size) for raw in raws]
    return len(raws), [number_text(form, raw, size) for raw in raws]


def _address_text(target: Target, bits: int, size: int) -> str:
    value = shown_value(target.store, I64 if size > 4 else I32, bits)  # noqa: PLR2004 - i32
    pointer = pointer_of(target, selected_instance(target), value)
    return f"0x{bits:0{2 * size}x}" + ("" if pointer is None else f" -> {pointer.text}")


_LONGEST = 256


def string_at(memory: Memory, address: int) -> str:
    """Return the string at an address in quotes, up to its NUL, escaped; 256 bytes at most."""
    data = bytes(memory.data[address : min(address + _LONGEST, memory.size)]).partition(b"\0")[0]
    return f'"{escaped(data.decode("utf-8", "backslashreplace"))}"'
