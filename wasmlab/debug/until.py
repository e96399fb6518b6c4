"""Running to a place or until a condition is true, forward and back."""

from __future__ import annotations

import ast
import re
from contextlib import contextmanager

from wasmlab.debug import forward
from wasmlab.debug.control import stop_here
from wasmlab.debug.history import reverse
from wasmlab.debug.stops.breakpoints import put, refresh_for, remove
from wasmlab.debug.stops.expression import holds, names
from wasmlab.debug.stops.probes import probes_where
from wasmlab.debug.stops.scope import FrameScope, shown_global
from wasmlab.debug.stops.setting import code_place
from wasmlab.debug.stops.stop_point import AtInstructions, StopPoint, StopTerms
from wasmlab.debug.views.model import StopReason
from wasmlab.debug.views.target import selected_position
from wasmlab.errors import BadExpression, DebugError, NoSuchLocation
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import Stop
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.runtime.store import Code


def run_until(control: Control, what: str) -> Stop:
    """Run until a place is next or a condition is true; a breakpoint that comes first stops it.

    What names a place is one: ``$main``, ``12``, ``0x7a``. All else is a condition: ``$n > 3``,
    asked in the function of the selected frame if it names its locals or operands, else wherever
    the program is. One that is true already leaves the program where it is. Raises
    NoSuchLocation, BadExpression, DebugError.

    >>> session.run_until("$n == 2").reason.value
    'arrived'
    >>> session.locals["n"]
    <$n i64 2>
    """
    point = _meant(control.target, what)
    if point.tree is not None and _is_true(control, point.tree):
        return stop_here(control, StopReason.ARRIVED, f"{what} is true already")
    with _waiting(control, point):
        return forward.run(control)


def reverse_until(control: Control, what: str) -> Stop:
    """Go back to where a place was next or a condition true last, as ``run_until`` takes them.

    Raises NoSuchLocation, BadExpression, DebugError, TimelineEnd.

    >>> stop = session.run()
    >>> stop = session.goto(27)
    >>> session.reverse_until("$n == 3")
    <Stop arrived, step 26, $fac @0x3f line 20>
    """
    point = _meant(control.target, what)
    with _waiting(control, point):
        return reverse.reverse_run(control)


@contextmanager
def _waiting(control: Control, point: StopPoint) -> Generator[None]:
    """Have a stopping place for a while, which no list shows."""
    put(control.breakpoints, point)
    refresh_for(control.target, control.breakpoints, point)
    try:
        yield
    finally:
        remove(control.target, control.breakpoints, point.number)


_ASKS = re.compile(r"\$|\[|\bglobal\b")
"""What a condition has: a variable, or memory."""
_NAME = re.compile(r"\$[^\s<>=!+*/%&|^()\[\]-]+")


def _meant(target: Target, what: str) -> StopPoint:
    """Return what is to be waited for; NoSuchLocation, BadExpression."""
    from wasmlab.debug.stops.known import parse_condition

    try:
        at, _ = code_place(target, what)
    except NoSuchLocation as error:
        if not _ASKS.search(what):
            raise
        here = selected_position(target)
        if here is None:
            raise DebugError("no function is being called", hint="restart begins again") from error
        try:
            tree = parse_condition(what, [here.func])
        except BadExpression:
            if _NAME.fullmatch(what.strip()):
                raise error from None
            raise
        place = AtInstructions(what, probes_where(target, _asked(here, tree)))
        return StopPoint(0, place, StopTerms(what), tree)
    return StopPoint(0, at, since=target.store.tick)


def _asked(here: Position, tree: ast.expr) -> Callable[[Code, int], bool]:
    """Return whether a condition is asked before an instruction."""
    instance = here.code.instance
    locals_ = (n for n, is_global in names(tree) if not is_global)
    is_own = any(shown_global(instance, name) is None for name in locals_) or any(
        isinstance(node, ast.Name) and node.id == "stack" for node in ast.walk(tree)
    )

    def wanted(code: Code, _pc: int) -> bool:
        return code.func is here.func if is_own else code.instance is instance

    return wanted


def _is_true(control: Control, tree: ast.expr) -> bool:
    at = selected_position(control.target)
    return at is not None and holds(tree, FrameScope(control.target, at))
