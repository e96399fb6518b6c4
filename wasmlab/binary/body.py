"""Decoding of function bodies. Source: core spec, binary/modules.html#code-section."""

from __future__ import annotations

from wasmlab.errors import Invalid, Malformed, Unsupported
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.instr import Body, Span

from .immediates import DecodingContext
from .instructions import read_expr, read_into
from .reader import Reader
from .types import TypeSpace, read_valtype

if TYPE_CHECKING:
    from wasmlab.errors import WasmlabError
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.module import Func, Module
    from wasmlab.syntax.types import ValType

MAX_LOCALS = 50_000
"""Limit on the locals of a function, as other engines have it (the spec allows one)."""


def decode_body(module: Module, func: Func) -> Body:
    """Return the locals and instructions of a function of the module, offsets in the module.

    Blocks are nested properly and the last ``end`` is the last byte. Raises Malformed, Invalid
    for type indices that do not exist, and Unsupported beyond ``MAX_LOCALS`` locals or for
    instructions of proposals that wasmlab does not know.
    """
    space = TypeSpace(module.types)
    return read_body(module.data, func.body, space, data_count=module.data_count is not None)


def decode_body_as_far(module: Module, func: Func) -> tuple[Body, WasmlabError | None]:
    """Return what comes before the first error of a body, and that error if there is one.

    It is one that ``decode_body`` raises.
    """
    reader = Reader(module.data, func.body.start)
    space, instrs = TypeSpace(module.types), list["Instr"]()
    local_types: tuple[ValType, ...] = ()
    try:
        local_types = _locals(reader, space)
        context = DecodingContext(reader, space, data_count=module.data_count is not None)
        read_into(instrs, context)
        _require_end(reader, func.body)
    except (Malformed, Invalid, Unsupported) as error:
        inside = [instr for instr in instrs if instr.offset < func.body.end]
        return Body(local_types, tuple(inside)), error
    return Body(local_types, tuple(instrs)), None


def read_body(data: bytes, span: Span, space: TypeSpace, *, data_count: bool) -> Body:
    """Return the body in span; data_count: whether there is a data count section.

    Raises Malformed, Invalid or Unsupported, as ``decode_body`` does.
    """
    reader = Reader(data, span.start)
    local_types = _locals(reader, space)
    instrs = read_expr(DecodingContext(reader, space, data_count=data_count))
    _require_end(reader, span)
    return Body(local_types, instrs)


def _require_end(reader: Reader, span: Span) -> None:
    if reader.pos != span.end:
        raise Malformed("section size mismatch: function body", span.start)


def _locals(reader: Reader, space: TypeSpace) -> tuple[ValType, ...]:
    start = reader.pos
    runs = [(reader.u32(), read_valtype(reader, space)) for _ in range(reader.length())]
    total = sum(count for count, _ in runs)
    if total >> 32:
        raise Malformed("too many locals", start)
    if total > MAX_LOCALS:
        raise Unsupported(
            f"too many locals: {total}, at most {MAX_LOCALS}", place=f"at offset 0x{start:x}"
        )
    return tuple([kind for count, kind in runs for _ in range(count)])
