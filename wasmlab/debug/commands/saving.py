"""The commands that set again where a session stops."""

from __future__ import annotations

import re

from wasmlab.debug.commands.terms import terms_of
from wasmlab.debug.views import plain_text
from wasmlab.errors import NoSuchLocation
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Breakpoint, Catchpoint, Watchpoint


def setting_lines(session: Session) -> Iterator[str]:
    """Yield the commands that set a session's breakpoints, watchpoints, catchpoints and skips, by number.

    One that is off is a comment, and so is a watchpoint that belongs to one call of a function.
    """
    known = [
        (b.number, "" if b.enabled else "# off: ", _break_line(session, b))
        for b in session.breakpoints
    ]
    for w in session.watchpoints:
        why = "" if w.enabled else "# off: "
        line = f"{plain_text.WATCHING[w.access]} {w.again or w.text}{_terms(w)}"
        known.append((w.number, why if w.again else "# of one call: ", line))
    known += [
        (c.number, "" if c.enabled else "# off: ", f"catch {c.what}{_terms(c)}")
        for c in session.catchpoints
    ]
    for _, why, line in sorted(known):
        yield f"{why}{line}"
    for pattern in session.control.preferences.skips.by_number.values():
        yield f"skip {pattern}"


def _break_line(session: Session, found: Breakpoint) -> str:
    name = "rbreak" if found.pattern else "break"
    return f"{name} {_where(session, found)}{_terms(found)}"


def _terms(found: Breakpoint | Watchpoint | Catchpoint) -> str:
    text = terms_of(found)
    return f"{' if' if found.condition else ''} {text}" if text else ""


def _where(session: Session, found: Breakpoint) -> str:
    """Return what means the places of a breakpoint: a name where there is one, else its offset."""
    if found.callee or found.name:
        return found.callee or found.name
    place = found.location
    name = place.func_name if re.fullmatch(r"\$\S+", place.func_name) else ""
    for text in (name, "" if place.line is None else str(place.line)):
        try:
            if text and session.locate(text).locations == (place,):
                return text
        except NoSuchLocation:
            continue
    return f"0x{place.offset:x}"
