"""Conditions: small expressions over locals, globals, operands and memory.

``$n``, ``$n@1`` (of the caller), ``global.counter`` or ``global[0]`` (``$counter`` too, where no
local has that name), ``stack[0]`` (0 is the top), ``memory[0x10]`` (a byte), ``i32[0x10]`` and the
like (a typed read, little endian), numbers, arithmetic, comparisons, and/or/not.
"""

from __future__ import annotations

import ast
import operator
import re

from wasmlab.errors import BadExpression, NoSuchFrame, NotInMemory
from wasmlab.hints import TYPE_CHECKING, Any, Protocol
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

Number = int | float
_PLAIN = r"[A-Za-z_][A-Za-z0-9_.]*(?:#\d{1,9})?|\d{1,9}"

_BINARY: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Div: lambda a, b: a / b,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,  # type: ignore[dict-item] - not of floats: TypeError
    ast.BitOr: operator.or_,  # type: ignore[dict-item] - not of floats: TypeError
    ast.BitXor: operator.xor,  # type: ignore[dict-item] - not of floats: TypeError
    ast.LShift: operator.lshift,  # type: ignore[dict-item] - not of floats: TypeError
    ast.RShift: operator.rshift,  # type: ignore[dict-item] - not of floats: TypeError
}
_COMPARE: dict[type[ast.cmpop], Callable[[Number, Number], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
READS = {"memory": "u8", "u8": "u8", "i8": "i8", "u16": "u16", "i16": "i16", "i32": "i32",
         "u32": "u32", "i64": "i64", "u64": "u64", "f32": "f32", "f64": "f64"}  # fmt: skip


class ExpressionScope(Protocol):
    """Where an expression finds its values."""

    def local(self, name: str) -> Number:
        """Return a local by name or index."""
        ...

    def global_(self, name: str) -> Number:
        """Return a global by name or index."""
        ...

    def operand(self, index: int) -> Number:
        """Return an operand, 0 being the top of the stack."""
        ...

    def read(self, kind: str, addr: int) -> Number:
        """Return a typed value from memory."""
        ...


def is_plain(name: str) -> bool:
    """Return whether a name, without ``$``, is read as one in every expression."""
    return re.fullmatch(_PLAIN, name) is not None


def parse(text: str, odd: Collection[str] = ()) -> ast.expr:
    """Return the tree of an expression; BadExpression says what is wrong.

    odd: names without ``$``, not plain ones, that are one name in this expression, such as
    ``a-b``.
    """
    there = sorted((name for name in odd if name in text), key=len, reverse=True)
    named = "|".join((*map(re.escape, there), _PLAIN))
    variables = re.compile(
        rf"\bglobal(?:\s+|\s*\.\s*)\$?(?P<variable>{named})"
        rf"|\$(?P<local>(?:{named})(?:@\d{{1,9}})?)|\bglobal\b(?!\s*\.)"
    )
    try:
        tree = ast.parse(variables.sub(_in_python, text).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadExpression(
            f"{text!r} is not an expression", hint="for example: $n > 3 and i32[0x10] == 5"
        ) from error
    _check(tree, text)
    return tree


def _in_python(named: re.Match[str]) -> str:
    if named["local"]:
        return f"local[{named['local']!r}]"
    return f"global_[{named['variable']!r}]" if named["variable"] else "global_"


_ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Constant, ast.Subscript, ast.Name,
    ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip
_MAX_NODES = 500


def _check(tree: ast.expr, text: str) -> None:
    nodes = list(ast.walk(tree))
    if len(nodes) > _MAX_NODES:
        raise BadExpression("the expression is too long")
    of = {id(node.value): node for node in nodes if isinstance(node, ast.Subscript)}
    keys = {id(node.slice) for node in of.values() if _names_variable(node.value)}
    for node in nodes:
        if not isinstance(node, _ALLOWED) or isinstance(node, ast.Pow | ast.MatMult | ast.Invert):
            raise _unusable(node, text)
        numbers = int | float | str if id(node) in keys else int | float
        if isinstance(node, ast.Constant) and not isinstance(node.value, numbers):
            raise BadExpression(f"{text!r}: {ast.unparse(node)} is not a number")
        if isinstance(node, ast.Name):
            _check_name(node, text, subscripted=id(node) in of)
        elif id(node) in of:
            raise BadExpression(f"{text!r}: [] is for memory, stack, global, i32 and the like")
        if isinstance(node, ast.cmpop) and type(node) not in _COMPARE:
            raise BadExpression(f"{text!r}: only == != < <= > >= compare")


_UNUSABLE: dict[type[ast.AST], str] = {
    ast.Tuple: "it is several values, one is asked for at a time",
    ast.Call: "functions cannot be called",
    ast.Attribute: "a dot is for global.name only",
    ast.Slice: "it takes one address, i32[0x10], not a range",
    ast.IfExp: "there is no if ... else",
    ast.Pow: "there is no **",
    ast.MatMult: "there is no @",
    ast.Invert: "there is no ~",
    ast.NamedExpr: "there is no :=",
}
"""What is wrong with the parts that Python has and expressions here do not."""


def _unusable(node: ast.AST, text: str) -> BadExpression:
    reason = _UNUSABLE.get(type(node), "only names, numbers and operators can be used")
    return BadExpression(f"{text!r}: {reason}")


def _names_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"local", "global_"}


def _check_name(node: ast.Name, text: str, *, subscripted: bool) -> None:
    if node.id not in {*READS, "local", "global_", "stack"}:
        hint = f"locals are written ${node.id}"
        raise BadExpression(f"{text!r}: unknown name {node.id}", hint=hint)
    if not subscripted:
        shown = node.id.removesuffix("_")
        raise BadExpression(f"{text!r}: which {shown}?", hint=f"for example {shown}[0]")


class Named(NamedTuple):
    """A variable that an expression names."""

    name: str
    """Without ``$``, or the index; ``x@1`` is the caller's."""
    is_global: bool
    """Whether it was written with ``global``."""


def names(tree: ast.expr) -> Iterator[Named]:
    """Yield the locals and globals that an expression names, without indices that it computes."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(ast.Name("local" | "global_" as space), ast.Constant(key)):
                yield Named(str(key), space == "global_")
            case _:
                continue


def evaluate(tree: ast.expr, scope: ExpressionScope) -> Number:
    """Return the value of a parsed expression; BadExpression if it has none here."""
    try:
        return _value(tree, scope)
    except TypeError as error:
        raise BadExpression("& | ^ << and >> take integers only") from error
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise BadExpression(f"the expression has no value: {error}") from error


def holds(tree: ast.expr, scope: ExpressionScope) -> bool:
    """Return whether a condition is true; it is not where it asks for what is not there now.

    That is memory, or a frame of a caller. BadExpression if it has no value for another reason.
    """
    try:
        return bool(evaluate(tree, scope))
    except (NotInMemory, NoSuchFrame):
        return False


def _value(node: ast.expr, scope: ExpressionScope) -> Number:
    evaluator = _NODES.get(type(node))
    if evaluator is None:
        raise BadExpression("the expression cannot be evaluated")
    return evaluator(node, scope)


def _constant(node: ast.Constant, _scope: ExpressionScope) -> Number:
    if not isinstance(node.value, int | float):
        raise BadExpression(f"{node.value!r} is not a number")
    return node.value


def _binary(node: ast.BinOp, scope: ExpressionScope) -> Number:
    right = _value(node.right, scope)
    if isinstance(node.op, ast.LShift) and right > _MAX_SHIFT:
        raise BadExpression("the shift is too large")
    return _BINARY[type(node.op)](_value(node.left, scope), right)


def _unary(node: ast.UnaryOp, scope: ExpressionScope) -> Number:
    value = _value(node.operand, scope)
    if isinstance(node.op, ast.Not):
        return int(not value)
    return -value if isinstance(node.op, ast.USub) else value


def _boolean(node: ast.BoolOp, scope: ExpressionScope) -> Number:
    together = all if isinstance(node.op, ast.And) else any
    return int(together(_value(v, scope) for v in node.values))


_MAX_SHIFT = 4096


def _compared(node: ast.Compare, scope: ExpressionScope) -> Number:
    left = _value(node.left, scope)
    for op, other in zip(node.ops, node.comparators, strict=True):
        right = _value(other, scope)
        if not _COMPARE[type(op)](left, right):
            return 0
        left = right
    return 1


def _looked_up(node: ast.Subscript, scope: ExpressionScope) -> Number:
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    if name in {"local", "global_"}:
        index = node.slice
        key = index.value if isinstance(index, ast.Constant) else _value(index, scope)
        return scope.local(str(key)) if name == "local" else scope.global_(str(key))
    number = int(_value(node.slice, scope))
    return scope.operand(number) if name == "stack" else scope.read(READS[name], number)


_NODES: dict[type[ast.expr], Callable[[Any, ExpressionScope], Number]] = {
    ast.Constant: _constant,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compared,
    ast.Subscript: _looked_up,
}
