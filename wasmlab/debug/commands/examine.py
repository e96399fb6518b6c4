"""Values as ``print`` shows them, and memory as ``x`` does."""

from __future__ import annotations

from wasmlab.debug.commands.command import need_text
from wasmlab.debug.views import plain_text
from wasmlab.debug.views.formats import STRING, parse_form
from wasmlab.debug.views.target import selected_instance
from wasmlab.debug.views.values import NOT_IN_MEMORY
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session

_ROWS = 4
"""Rows of memory that x shows unless told."""


def examined(session: Session, rest: str) -> tuple[str, ...]:
    """Return the lines that ``x/4dw ADDRESS`` shows; rest is what follows the x.

    Rows of memory, or so many numbers in a format (hexadecimal unless it says one), or a string
    (s), as far as memory goes. Raises UsageError, BadExpression; NotInMemory for an address
    outside it.
    """
    from wasmlab.debug.stops.reading import address_of, need_address, numbers_at, string_at

    form, words = parse_form(rest, "x")
    if not words:
        raise UsageError("x needs an address", hint="x 0x10, x/4 $ptr, x/s 16, x/8dw 0")
    address = address_of(session.evaluate(words))
    target = session.control.target
    mems = selected_instance(target).mems
    memory = need_address(mems[0] if mems else None, address)
    if form.letter == STRING:
        return (f"{address:08x}  {string_at(memory, address)}",)
    if not form.letter and not form.size:
        return tuple(plain_text.memory_lines(session.memory_rows(address, form.items or _ROWS)))
    size = form.size or 4
    there, texts = numbers_at(target, memory, address, form)
    rest_ = (
        () if there == (form.items or 1) else (f"{address + there * size:08x}  {NOT_IN_MEMORY}",)
    )
    return *(f"{address + at * size:08x}  {text}" for at, text in enumerate(texts)), *rest_


def printed(session: Session, rest: str) -> tuple[str, ...]:
    """Return the line that ``print/x EXPRESSION`` shows; rest is what follows the print.

    With what the value points at, where it plausibly is a pointer. Raises UsageError,
    BadExpression, NotInMemory.
    """
    from wasmlab.debug.stops.reading import reading_of

    form, words = parse_form(rest, "print")
    need_text(words, "print", "$n, stack[0], i32[0x10]")
    found = reading_of(session.control.target, words, form)
    return (f"{found.text}{plain_text.pointer_text(found.pointer)}",)
