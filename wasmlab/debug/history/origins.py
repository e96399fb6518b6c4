"""From a value or a piece of output to the instructions that made it."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.history.output_origin import Printing
    from wasmlab.debug.history.provenance import Origin
    from wasmlab.debug.stops.accesses import Area


def who_wrote(control: Control, what: int | str | Origin | Printing) -> Origin:
    """Return what last wrote an address, ``$local``, ``global 0`` or ``stack[0]``.

    With an Origin that copied something, follow that: who wrote what it copied. With what
    ``who_printed`` returned: who wrote these bytes. The program stays where it is. Raises
    BadExpression, DebugError for an origin that copied nothing.

    >>> hello.run()
    <Stop exit, step 13>
    >>> origin = hello.who_wrote(0)
    >>> origin.tick, origin.text, origin.old, origin.new
    (2, 'i32.store', '00', '10')
    """
    from wasmlab.debug.history import provenance

    return provenance.who_wrote(control, *_asked(control, what))


def history_of(control: Control, what: int | str | Origin | Printing) -> tuple[Origin, ...]:
    """Return who wrote something, who wrote what that copied, and so on to the origin.

    >>> hello.run()
    <Stop exit, step 13>
    >>> [origin.text for origin in hello.history_of(0)]
    ['i32.store', 'i32.const 16']
    """
    from wasmlab.debug.history import provenance

    return provenance.history_of(control, *_asked(control, what))


def _asked(control: Control, what: int | str | Origin | Printing) -> tuple[Area, int]:
    """Return the area that is meant, and the tick at which it is asked about."""
    from wasmlab.debug.history import provenance
    from wasmlab.debug.history.output_origin import Printing
    from wasmlab.debug.history.provenance import Origin

    if isinstance(what, Printing):
        return what.source, what.tick
    end = what.tick if isinstance(what, Origin) else control.tick
    return provenance.area_of(control, what), end


def who_printed(
    control: Control,
    what: int | str | bytes | None = None,
    *,
    line: int | None = None,
    stream: int | None = None,
) -> Printing:
    """Return the call that printed a byte, a text or a line, and where that was in memory.

    what: an offset in the output, or a text (its last occurrence); line: a line, from 1. Of
    ``stream`` 1 or 2, or of both in order, up to the present. DebugError if it is not there.

    >>> hello.run()
    <Stop exit, step 13>
    >>> hello.who_printed("world").location
    <$main @0x74 line 34>
    """
    from wasmlab.debug.history import output_origin

    wanted = output_origin.bytes_asked(control, what, line, stream)
    return output_origin.who_printed(control, wanted, stream)
