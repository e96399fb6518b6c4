"""How rows that act on the machine's state are written: typing by rule, semantics as a function."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.syntax.row import Imm, Kind, Row, anchor

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.isa.protocols import Machine

    Semantics = (
        Callable[[Machine], Any]
        | Callable[[Machine, Any], Any]
        | Callable[[Machine, Any, Any], Any]
        | Callable[[Machine, Any, Any, Any], Any]
        | Callable[[Machine, Any, Any, Any, Any], Any]
        | Callable[[Machine, Any, Any, Any, Any, Any], Any]
        | Callable[[Machine, Any, Any, Any, Any, Any, Any], Any]
        | Callable[[Machine, Any, Any, Any, Any, Any, Any, Any], Any]
        | Callable[..., Any]
    )
    """A function of the machine, immediates and operands; the arities type lambdas in tables."""


def state(
    opcode: tuple[int, ...],
    mnemonic: str,
    imms: tuple[Imm, ...],
    py: Semantics,
    doc: str,
    *,
    feature: str = "2.0",
    rule: str = "",
) -> Row:
    """Return a STATE row: py(machine, *imms, *operands); its typing rule is named like it."""
    return Row(
        opcode=opcode,
        mnemonic=mnemonic,
        params=None,
        results=None,
        imms=imms,
        kind=Kind.STATE,
        py=py,
        llvm=None,
        doc=doc,
        spec=anchor(f"exec-{mnemonic.removesuffix('_s').removesuffix('_u')}"),
        rule=rule or mnemonic,
        feature=feature,
    )
