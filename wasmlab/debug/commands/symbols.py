"""Commands about names: what a function is called, and what is at an address."""

from __future__ import annotations

from wasmlab.debug.commands.command import CommandOutput
from wasmlab.debug.views.demangled import HOW_TO_READ, is_mangled, reader
from wasmlab.debug.views.symbols import inst_name, inst_symbol
from wasmlab.debug.views.target import selected_position
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.session import Session
    from wasmlab.runtime.store import FuncInst

_MOST = 20
"""Functions that are shown; of a template there may be hundreds."""


def show_symbol(session: Session, rest: str) -> CommandOutput:
    """Show a function's names and extent, or what is at the address that an expression is.

    Without either it is the function of the selected frame. Raises BadExpression, UsageError.
    """
    from wasmlab.debug.stops.locations import find_functions

    target = session.control.target
    at = selected_position(target)
    here = [] if at is None else [at.func]
    funcs = find_functions(target, rest) if rest else here
    if not rest and not here:
        return CommandOutput(("No function of a module is selected: info symbol main.",))
    if not funcs:
        return CommandOutput((_address(session, rest),))
    lines = [line for func in funcs[:_MOST] for line in _names(func)]
    more = [f"... and {len(funcs) - _MOST:,} more"] if len(funcs) > _MOST else []
    return CommandOutput((*lines, *more))


def _names(func: FuncInst) -> Iterator[str]:
    name, symbol = inst_name(func), inst_symbol(func)
    yield name
    if name != symbol:
        yield f"  mangled: {symbol}"
    elif is_mangled(symbol.removeprefix("$")) and reader() is None:
        yield f"  {HOW_TO_READ}"
    if func.func is not None and func.instance is not None:
        body = func.func.body
        yield f"  func[{func.index}], {func.type}, 0x{body.start:x} to 0x{body.end:x}"


def _address(session: Session, text: str) -> str:
    from wasmlab.debug.stops.reading import address_of, reading_of
    from wasmlab.debug.views.formats import ADDRESS, NumberFormat

    found = reading_of(session.control.target, text, NumberFormat(ADDRESS))
    address = address_of(found.value)
    known = "nothing is known of this address" if found.pointer is None else found.pointer.text
    return f"0x{address:x}  {known}"
