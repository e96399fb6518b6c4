"""The typed stack, line by line: how validation is taught."""

from __future__ import annotations

from wasmlab.binary.decode import decode_body
from wasmlab.errors import Invalid, Malformed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.text.instructions import NameScope, instr_text
from wasmlab.text.naming import Naming
from wasmlab.valid.body import stack_types, validate_body
from wasmlab.valid.module import validate_module
from wasmlab.valid.stack import listed

if TYPE_CHECKING:
    from wasmlab.syntax.module import Func, Module
    from wasmlab.text.linemap import LineMap

UNREACHABLE = "(unreachable)"


class TypedLine(NamedTuple):
    """An instruction and the operand types before it."""

    offset: int
    line: int | None
    """Line, from 1, in the text that the module was assembled from."""
    text: str
    stack: tuple[str, ...] | None
    """Operand types, bottom first; None at an unreachable place."""


class TypedReport(NamedTuple):
    """Instructions of a function: up to the first error, or all."""

    func: int | None
    """Index of the function, imports counted; None if the error is outside of functions."""
    lines: tuple[TypedLine, ...]
    error: Invalid | None

    def __str__(self) -> str:
        """Return a table of place, instruction and operand types, and the error below it."""
        rows = [(_place(line), line.text, _stack(line)) for line in self.lines]
        first = max((len(row[0]) for row in rows), default=0)
        second = max((len(row[1]) for row in rows), default=0)
        table = [f"{a:>{first}}  {b:<{second}}  {c}".rstrip() for a, b, c in rows]
        if self.error is not None:
            if rows:
                table.append(f"{'':>{first}}  {'^' * len(rows[-1][1])}")
            table.append(str(self.error))
        return "\n".join(table)


def typed_lines(
    module: Module, line_map: LineMap | None, error: Invalid, most: int
) -> tuple[TypedLine, ...]:
    """Return the last instructions up to that of an error, at most so many."""
    if error.func is None or error.offset is None:
        return ()
    return tuple(_lines(module, line_map, error.func, error.offset, most))


def typed_report(module: Module, line_map: LineMap | None, func: int | None) -> TypedReport:
    """Return the operand types before every instruction of a function, up to the first error.

    func: index, imports counted; without it, the function with the first error of the module, or
    the first that it defines.
    """
    error = _first_error(module, func)
    if error is not None:
        func = error.func
    elif func is None and module.funcs:
        func = module.imported_funcs
    if func is None or _defined(module, func) is None:
        return TypedReport(None, (), error)
    return TypedReport(func, tuple(_lines(module, line_map, func)), error)


def _defined(module: Module, func: int) -> Func | None:
    place = func - module.imported_funcs
    return module.funcs[place] if 0 <= place < len(module.funcs) else None


def _first_error(module: Module, func: int | None) -> Invalid | None:
    defined = None if func is None else _defined(module, func)
    try:
        if func is None:
            validate_module(module)
        elif defined is not None:
            validate_body(module, func, decode_body(module, defined))
    except Invalid as error:
        return error
    except Malformed as error:
        return Invalid(error.message, error.offset, hint=error.hint)
    return None


def _lines(
    module: Module,
    line_map: LineMap | None,
    func: int,
    end: int | None = None,
    most: int | None = None,
) -> list[TypedLine]:
    """Return the last instructions up to that at an offset, or to the first error."""
    defined = _defined(module, func)
    if defined is None:
        return []
    body = decode_body(module, defined)
    last = next((n for n, instr in enumerate(body.instrs) if instr.offset == end), len(body.instrs))
    first = 0 if most is None else max(last + 1 - most, 0)
    naming = Naming(module)
    scope = NameScope(naming, naming.locals(func))
    lines: list[TypedLine] = []
    for instr, types in zip(
        body.instrs[first:], stack_types(module, func, body, first), strict=False
    ):
        position = line_map.at(instr.offset) if line_map else None
        stack = None if types is None else tuple(map(naming.storage, types))
        line = position.line if position else None
        lines.append(TypedLine(instr.offset, line, instr_text(scope, instr), stack))
    return lines


def _place(line: TypedLine) -> str:
    return f"0x{line.offset:x}" if line.line is None else f"line {line.line}"


def _stack(line: TypedLine) -> str:
    return UNREACHABLE if line.stack is None else f"[{listed(line.stack)}]"
