"""Expressions that are shown at every stop, as the debugger's ``display`` has them."""

from __future__ import annotations

from wasmlab.debug.displayed import Displayed
from wasmlab.debug.views.formats import NumberFormat, parse_form
from wasmlab.debug.views.model import Display
from wasmlab.debug.views.values import NOT_IN_MEMORY
from wasmlab.errors import DebugError, NotInMemory, UsageError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.debug.control import Control
    from wasmlab.debug.displayed import Displays
    from wasmlab.debug.views.target import Target

MOST = 1_000
"""Expressions that may be shown at every stop."""


def display(control: Control, expression: str, form: str = "") -> Display:
    """Show an expression at every stop from now on; return what it is here.

    form: a format such as ``x``, ``4dw`` (numbers at the address) or ``s`` (the string there). What
    the expression names may be missing here. Raises BadExpression, UsageError.

    >>> session.display("$n")
    Display(number=1, expression='$n', ...)
    >>> session.displays
    (Display(number=1, expression='$n', ...),)
    """
    displays = control.displays
    if len(displays.by_number) >= MOST:
        raise UsageError(f"there are {MOST:,} displays already", hint="undisplay 1 removes one")
    displayed = _displayed(control.target, expression, form)
    displays.last += 1
    displays.by_number[displays.last] = displayed
    return display_of(control.target, displays.last, displayed, None)


def redisplay(control: Control, number: int, expression: str, form: str = "") -> Display:
    """Show another expression under a number, as ``display`` does; DebugError, BadExpression.

    >>> session.display("$n")
    Display(number=1, expression='$n', ...)
    >>> session.redisplay(1, "$n * 2")
    Display(number=1, expression='$n * 2', ...)
    """
    _need(control.displays, number)
    displayed = _displayed(control.target, expression, form)
    control.displays.by_number[number] = displayed
    return display_of(control.target, number, displayed, None)


def undisplay(control: Control, number: int) -> None:
    """Show an expression no more; DebugError if there is no such number.

    >>> session.display("$n")
    Display(number=1, expression='$n', ...)
    >>> session.undisplay(1)
    >>> session.displays
    ()
    """
    _need(control.displays, number)
    del control.displays.by_number[number]


def _need(displays: Displays, number: int) -> None:
    if number not in displays.by_number:
        known = ", ".join(map(str, displays.by_number))
        hint = f"there are {known}" if known else "display $n shows $n at every stop"
        raise DebugError(f"no display {number}", hint=hint)


def _displayed(target: Target, expression: str, form: str) -> Displayed:
    from wasmlab.debug.stops.scope import parsed_here

    shown, rest = (
        parse_form(f"/{form.removeprefix('/')}", "display") if form else (NumberFormat(), "")
    )
    if rest:
        raise UsageError(
            f"display/{form}: unknown", hint="display/x $n, display/s $p, display/4xw $p"
        )
    expression = expression.strip()
    parsed_here(target, expression)
    return Displayed(expression, shown)


def display_views(control: Control, before: Mapping[int, Display]) -> tuple[Display, ...]:
    """Return what is shown at this stop; before: those of the stop before, by number."""
    return tuple(
        display_of(control.target, number, displayed, before.get(number))
        for number, displayed in control.displays.by_number.items()
    )


def display_of(
    target: Target, number: int, displayed: Displayed, before: Display | None
) -> Display:
    """Return what an expression is here; what cannot be read says why."""
    from wasmlab.debug.stops.reading import reading_of

    pointer, missing = None, False
    try:
        found = reading_of(target, displayed.expression, displayed.form)
        text, pointer = found.text, found.pointer
    except NotInMemory:
        text, missing = NOT_IN_MEMORY, True
    except (DebugError, UsageError) as error:
        text, missing = error.message, True
    return Display(
        number=number,
        expression=displayed.expression,
        form=str(displayed.form),
        text=text,
        pointer=pointer,
        missing=missing,
        changed=(changed := before is not None and before.text != text),
        previous=before.text if before is not None and changed and not before.missing else None,
    )


def displayed_here(control: Control) -> dict[int, Display]:
    """Return what each is here, by number, to be compared with at the next stop."""
    return {view.number: view for view in display_views(control, {})}
