"""What a logpoint says: text with expressions in braces, as ``x={$x}, at {$p:x}``.

``{expression}`` is its value, ``{expression:x}`` in another form: ``d`` signed, ``u`` unsigned,
``x`` hexadecimal, ``o`` octal, ``t`` binary, ``c`` the character, ``s`` the text in memory at that
address, up to a zero byte. A width may precede the letter, with a 0 to fill up with zeros:
``{$p:08x}``. ``{{`` and ``}}`` are braces.
"""

from __future__ import annotations

import ast
import re

from wasmlab.debug.stops.expression import READS, evaluate, names
from wasmlab.debug.stops.known import parse_condition
from wasmlab.debug.stops.scope import FrameScope, global_index, local_index
from wasmlab.errors import BadExpression, NotInMemory, UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.syntax.types import I64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wasmlab.debug.views.target import Position, Target
    from wasmlab.runtime.store import FuncInst

_FORM = re.compile(r"(?P<width>\d{0,3})(?P<letter>[duxotcs]?)")
_LONGEST_TEXT = 256
"""Bytes of a text in memory that are shown."""
_LONGEST = 1000
"""Characters of what a logpoint says at once."""
_LARGEST_CHARACTER = 0x10FFFF


class Slot(NamedTuple):
    """An expression in a template, and the form of its value."""

    tree: ast.expr
    letter: str
    width: str
    """As Python's format takes it."""


Template = tuple[str | Slot, ...]
"""What a logpoint says, in its parts."""


def parse_template(text: str, funcs: Sequence[FuncInst]) -> Template:
    """Return the parts of a text with expressions in braces, whose names some function knows.

    Raises BadExpression for names that none of these functions has, and for what is no
    expression; UsageError for a brace without its other one.
    """
    parts = list[str | Slot]()
    for piece, is_code in _pieces(text):
        parts.append(_slot(piece, text, funcs) if is_code else piece)
    if not any(part for part in parts):
        raise UsageError("a logpoint says nothing", hint='log $main "n={$n}"')
    return tuple(parts)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a template: text, or what stands in braces (True)."""
    plain, at = "", 0
    while at < len(text):
        mark = text[at]
        if mark in "{}" and text[at : at + 2] == 2 * mark:
            plain, at = plain + mark, at + 2
        elif mark == "{":
            end = text.find("}", at)
            if end < 0:
                raise UsageError(f"{text!r}: {{ has no }}", hint="{{ is a brace")
            yield plain, False
            yield text[at + 1 : end], True
            plain, at = "", end + 1
        elif mark == "}":
            raise UsageError(f"{text!r}: }} has no {{", hint="}} is a brace")
        else:
            plain, at = plain + mark, at + 1
    yield plain, False


def _slot(code: str, text: str, funcs: Sequence[FuncInst]) -> Slot:
    expression, _, form = code.partition(":")
    if not expression.strip():
        raise UsageError(f"{text!r}: {{}} is empty", hint="{$n} is a value, {{ is a brace")
    match = _FORM.fullmatch(form.strip())
    if match is None:
        hint = "d u x o t for numbers, c for a character, s for the text at an address; 08x"
        raise UsageError(f"{text!r}: unknown form {form.strip()!r}", hint=hint)
    return Slot(parse_condition(expression.strip(), funcs), match["letter"], match["width"])


def filled(template: Template, target: Target, at: Position) -> str:
    """Return what a logpoint says at a position: in place of a value that is none, why."""
    scope = FrameScope(target, at)
    said = "".join(part if isinstance(part, str) else _value(part, scope, at) for part in template)
    return escaped(said if len(said) <= _LONGEST else f"{said[:_LONGEST]}...")


def _value(slot: Slot, scope: FrameScope, at: Position) -> str:
    try:
        value = evaluate(slot.tree, scope)
        if not slot.letter:
            return f"{value:>{slot.width or 1}}"
        if slot.letter == "s":
            return _text(scope, int(value))
        shown = _FORMS[slot.letter](int(value), 64 if _is_long(slot.tree, at) else 32)
    except NotInMemory as error:
        return f"<{error.message}>"
    except (BadExpression, OverflowError, ValueError) as error:
        return f"<{error.message if isinstance(error, BadExpression) else error}>"
    fill = "0" if slot.width.startswith("0") else " "
    return shown.rjust(int(slot.width or 0), fill)


def _text(scope: FrameScope, addr: int) -> str:
    """Return the text in memory at an address."""
    found = bytearray()
    while len(found) < _LONGEST_TEXT:
        byte = int(scope.read("u8", addr + len(found)))
        if not byte:
            return found.decode("utf-8", "backslashreplace")
        found.append(byte)
    return f"{found.decode('utf-8', 'backslashreplace')}..."


def _character(value: int, _bits: int) -> str:
    return chr(value) if 0 <= value <= _LARGEST_CHARACTER else f"{value:#x}"


_FORMS: dict[str, Callable[[int, int], str]] = {
    "d": lambda value, _bits: str(value),
    "u": lambda value, bits: str(value % (1 << bits)),
    "x": lambda value, bits: f"{value % (1 << bits):x}",
    "o": lambda value, bits: f"{value % (1 << bits):o}",
    "t": lambda value, bits: f"{value % (1 << bits):b}",
    "c": _character,
}


def _is_long(tree: ast.expr, at: Position) -> bool:
    """Return whether a value that an expression takes has 64 bits."""
    code = at.code
    for name, is_global in names(tree):
        index = None if is_global else local_index(code, name.partition("@")[0])
        if index is not None and code.typed.locals[index] is I64:
            return True
        index = global_index(code.instance, name) if index is None else None
        if index is not None and code.instance.globals[index].type.value is I64:
            return True
    reads = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return any(READS.get(name, "").endswith("64") for name in reads)


_PERCENT = re.compile(r"%(?:%|(?P<width>\d{0,3})(?:hh|h|ll|l|z|j)?(?P<letter>[duixXocspgfe]))")
_LETTERS = {"i": "d", "X": "x", "p": "x", "g": "", "f": "", "e": ""}


def from_printf(text: str, args: Sequence[str]) -> str:
    """Return gdb's ``"n=%d"`` with its arguments as a template: ``n={$n:d}``. UsageError."""
    left = list(args)

    def slot(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if not left:
            raise UsageError(f"{text!r} needs more values", hint='dprintf $main,"n=%d",$n')
        letter = _LETTERS.get(found["letter"], found["letter"])
        return f"{{{left.pop(0)}:{found['width']}{letter}}}"

    said = _PERCENT.sub(slot, text.replace("{", "{{").replace("}", "}}"))
    if left:
        raise UsageError(f"{text!r} takes fewer values, found {', '.join(args)}")
    return said
