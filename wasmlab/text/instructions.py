"""One instruction as the text format writes it: the mnemonic and its immediates."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.isa.bits import signed
from wasmlab.records import dataclass, field
from wasmlab.syntax.row import Imm
from wasmlab.syntax.types import RefType
from wasmlab.text.naming import Naming
from wasmlab.text.numerals import f32_text, f64_text, v128_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wasmlab.syntax.instr import Catch, Instr, MemArg
    from wasmlab.syntax.module import Module


@dataclass(frozen=True, slots=True)
class NameScope:
    """The names that the immediates of an instruction refer to."""

    naming: Naming
    locals: Mapping[int, str] = field(default_factory=dict[int, str])
    """Identifiers of the function's locals."""
    labels: Sequence[str] = ()
    """Identifiers of the open blocks, outermost first; empty where a block has none."""


def format_instr(module: Module, func: int, instr: Instr) -> str:
    """Return the instruction of function func (imports counted) with its immediates.

    Labels are shown as depths. Where many instructions are shown, ``Printed.format_instr`` is
    faster: it keeps the identifiers.
    """
    naming = Naming(module)
    return instr_text(NameScope(naming, naming.locals(func)), instr)


def instr_text(scope: NameScope, instr: Instr) -> str:
    """Return the instruction with its immediates."""
    kinds = instr.row.imms
    if not kinds:
        return instr.row.mnemonic
    whole = _WHOLE.get(kinds)
    shown = (
        whole(scope, instr)
        if whole
        else (_SHOWN[kind](scope, instr, imm) for kind, imm in zip(kinds, instr.imms, strict=True))
    )
    return " ".join((instr.row.mnemonic, *filter(None, shown)))


def label_text(scope: NameScope, depth: int) -> str:
    """Return the block's identifier, or the depth where it has none or a nearer block shares it."""
    place = len(scope.labels) - 1 - depth
    if place < 0 or not scope.labels[place]:
        return str(depth)
    name = scope.labels[place]
    return str(depth) if name in scope.labels[place + 1 :] else name


def block_type_text(naming: Naming, imm: Any) -> str:  # noqa: ANN401 - None, a type or an index
    """Return a block type; empty for [] -> []."""
    if imm is None:
        return ""
    if not isinstance(imm, int):
        return f"(result {naming.storage(imm)})"
    return naming.indexed_use(imm)


def _mem(scope: NameScope, x: int) -> str:
    return scope.naming.mems.get(x, str(x)) if x else ""


def _memarg(scope: NameScope, instr: Instr, arg: MemArg) -> str:
    access = instr.row.access
    natural = access.nbytes if access else 0
    offset = f"offset={arg.offset}" if arg.offset else ""
    align = f"align={1 << arg.align}" if 1 << arg.align != natural else ""
    return " ".join(filter(None, (_mem(scope, arg.mem), offset, align)))


def _heap(scope: NameScope, instr: Instr, heap: Any) -> str:  # noqa: ANN401 - see Imm.HEAPTYPE
    nullable = instr.row.nullable
    return (
        scope.naming.heap(heap)
        if nullable is None
        else scope.naming.storage(RefType(nullable, heap))
    )


def _field(scope: NameScope, instr: Instr, x: int) -> str:
    of = instr.imms[instr.row.imms.index(Imm.TYPEIDX)]
    return scope.naming.fields(of).get(x, str(x)) if isinstance(of, int) else str(x)


def _catches(scope: NameScope, _instr: Instr, clauses: Sequence[Catch]) -> str:
    return " ".join(
        f"({' '.join(filter(None, (c.kind, _tag(scope, c.tag), label_text(scope, c.label))))})"
        for c in clauses
    )


def _tag(scope: NameScope, tag: int | None) -> str:
    return "" if tag is None else scope.naming.tags.get(tag, str(tag))


def _result(scope: NameScope, _instr: Instr, types: Sequence[Any]) -> str:
    shown = " ".join(scope.naming.storage(t) for t in types)
    return f"(result {shown})" if types else "(result)"


def _casts(scope: NameScope, _instr: Instr, types: tuple[RefType, RefType]) -> str:
    return " ".join(map(scope.naming.storage, types))


_SHOWN: dict[Imm, Callable[[NameScope, Instr, Any], str]] = {
    Imm.BLOCKTYPE: lambda s, _i, imm: block_type_text(s.naming, imm),
    Imm.TYPEIDX: lambda s, _i, x: s.naming.type_ref(x),
    Imm.FUNCIDX: lambda s, _i, x: s.naming.funcs.get(x, str(x)),
    Imm.TABLEIDX: lambda s, _i, x: s.naming.tables.get(x, str(x)),
    Imm.MEMIDX: lambda s, _i, x: _mem(s, x),
    Imm.GLOBALIDX: lambda s, _i, x: s.naming.globals.get(x, str(x)),
    Imm.TAGIDX: lambda s, _i, x: _tag(s, x),
    Imm.ELEMIDX: lambda s, _i, x: s.naming.elems.get(x, str(x)),
    Imm.DATAIDX: lambda s, _i, x: s.naming.datas.get(x, str(x)),
    Imm.LOCALIDX: lambda s, _i, x: s.locals.get(x, str(x)),
    Imm.LABELIDX: lambda s, _i, depth: label_text(s, depth),
    Imm.FIELDIDX: _field,
    Imm.LABELS: lambda s, _i, depths: " ".join(label_text(s, depth) for depth in depths),
    Imm.MEMARG: _memarg,
    Imm.I32: lambda _s, _i, bits: str(signed(bits, 32)),
    Imm.I64: lambda _s, _i, bits: str(signed(bits, 64)),
    Imm.F32: lambda _s, _i, bits: f32_text(bits),
    Imm.F64: lambda _s, _i, bits: f64_text(bits),
    Imm.V128: lambda _s, _i, bits: v128_text(bits),
    Imm.LANE: lambda _s, _i, lane: str(lane),
    Imm.LANES: lambda _s, _i, lanes: " ".join(map(str, lanes)),
    Imm.HEAPTYPE: _heap,
    Imm.REFTYPE: lambda s, _i, t: s.naming.storage(t),
    Imm.VALTYPES: _result,
    Imm.CATCHES: _catches,
    Imm.CASTTYPES: _casts,
    Imm.LENGTH: lambda _s, _i, n: str(n),
    Imm.ZERO: lambda _s, _i, _zero: "",
}
"""How the text format writes an immediate of each kind."""


def _indirect(scope: NameScope, instr: Instr) -> tuple[str, ...]:
    type_index, table = instr.imms
    naming = scope.naming
    shown = naming.tables.get(table, str(table)) if isinstance(table, int) and table else ""
    return shown, block_type_text(naming, type_index)


def _swapped(scope: NameScope, instr: Instr) -> tuple[str, ...]:
    first, second = (
        _SHOWN[kind](scope, instr, imm)
        for kind, imm in zip(instr.row.imms, instr.imms, strict=True)
    )
    return second, first


def _both_mems(scope: NameScope, instr: Instr) -> tuple[str, ...]:
    names = scope.naming.mems
    indices = [x for x in instr.imms if isinstance(x, int)]
    return tuple(names.get(x, str(x)) for x in indices) if any(indices) else ()


_WHOLE: dict[tuple[Imm, ...], Callable[[NameScope, Instr], tuple[str, ...]]] = {
    (Imm.TYPEIDX, Imm.TABLEIDX): _indirect,
    (Imm.DATAIDX, Imm.MEMIDX): _swapped,
    (Imm.ELEMIDX, Imm.TABLEIDX): _swapped,
    (Imm.MEMIDX, Imm.MEMIDX): _both_mems,
}
"""Immediates whose order or form in the text differs from the binary format's."""
