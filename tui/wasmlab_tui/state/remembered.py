"""What is remembered of a file from one visit to the next: where it stops, and what is shown."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import platformdirs

from wasmlab.counted import counted_are
from wasmlab.debug.stops.breakpoints import kinds
from wasmlab.debug.views.symbols import inst_symbol
from wasmlab.debug.views.target import bound_code
from wasmlab.errors import WasmlabError
from wasmlab.escape import escaped
from wasmlab.records import asdict, dataclass, field, fields, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Breakpoint, Catchpoint, Location, Watchpoint


@dataclass(frozen=True, slots=True)
class LabLayout:
    """What is shown where."""

    tab: str = ""
    """The pane that a small screen shows below the source; empty: none was chosen."""
    address: int = 0
    """Where the cursor of the memory pane is."""
    shares: Mapping[str, int] = field(default_factory=dict[str, int])
    """Sizes of panes that were changed, relative to each other, by the names of the panes."""
    holds: bool = False
    """Whether the memory pane stays where it is."""
    base: str = ""
    """How integers are written; empty: as usual."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was remembered of a file."""

    layout: LabLayout
    again: str = ""
    """How many breakpoints and watchpoints are set again; empty if none is."""
    lost: tuple[str, ...] = ()
    """A sentence for every one that is not: which, and why."""

    @property
    def said(self) -> tuple[str, ...]:
        """What to say, a line each."""
        return (f"{self.again}.", *self.lost) if self.again else self.lost


def keep(path: Path, session: Session, layout: LabLayout) -> None:
    """Write down breakpoints, watchpoints and the layout.

    A folder that cannot be written to is no reason to complain.
    """
    from wasmlab.debug.views.plain_text import breakpoint_text

    breakpoints = [
        {
            "line": found.location.line,
            "offset": found.location.offset,
            "named": found.callee or found.name,
            "pattern": found.pattern,
            "text": breakpoint_text(found),
            "within": _within(session, found.location),
            **_terms(found),
        }
        for found in session.breakpoints
    ]
    watchpoints = [
        {"what": w.again, "text": w.text, "access": w.access, **_terms(w)}
        for w in session.watchpoints
    ]
    catchpoints = [{"what": c.what, **_terms(c)} for c in session.catchpoints]
    kept = {
        "breakpoints": breakpoints,
        "watchpoints": watchpoints,
        "catchpoints": catchpoints,
        "skips": list(session.control.preferences.skips.by_number.values()),
        "displays": [
            {"what": shown.expression, "form": shown.form.removeprefix("/")}
            for shown in session.displays
        ],
        "layout": asdict(layout),
        "code": _code(session),
    }
    store = _store(path)
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        store.write_text(json.dumps(kept), "utf-8")
    except OSError:
        return


def _terms(found: Breakpoint | Watchpoint | Catchpoint) -> dict[str, Any]:
    """Return when and how it stops."""
    names = ("condition", "hits", "temporary", "log", "commands", "enabled", "ignores")
    return {name: getattr(found, name) for name in names}


def recall(path: Path, session: Session) -> Recalled:
    """Set what was set to stop this file's program, and return the layout it had, and what is lost.

    So are the functions that stepping goes over.

    Where the program has changed since, a breakpoint goes to the instruction of its kind that is
    nearest in the function of its name, else to its line; without either it is gone, and so is a
    watchpoint on what there is no more.
    """
    from wasmlab.debug.stops import skips

    found, before = _read(path), _counts(session)
    same = found.get("code") == _code(session)
    ways = {
        "breakpoint": partial(_set, same=same),
        "watchpoint": _watch,
        "catchpoint": _catch,
        "display": _display,
    }
    lost: list[str] = []
    for kind, set_again in ways.items():
        for kept in map(_table, _list(found.get(f"{kind}s"))):
            with suppress(KeyError, TypeError, ValueError):
                if why := set_again(session, kept):
                    lost.append(f"A {kind} on {escaped(_text(kept))} is not set again: {why}.")
    for pattern in _list(found.get("skips")):
        with suppress(WasmlabError):
            skips.add(session.control.target, session.control.preferences.skips, str(pattern))
    added = {kind: count - before[kind] for kind, count in _counts(session).items()}
    again = counted_are(added, "set again, from the last visit")
    return Recalled(_layout(found.get("layout")), again, tuple(lost))


def _counts(session: Session) -> dict[str, int]:
    skips = session.control.preferences.skips.by_number
    displays = session.control.displays.by_number
    return {**kinds(session.control.breakpoints), "skip": len(skips), "display": len(displays)}


def _text(kept: dict[str, Any]) -> str:
    return str(kept.get("text") or kept.get("what") or f"line {kept.get('line')}")


def _layout(found: object) -> LabLayout:
    """Return a layout; what is none is left out: the file may hold anything."""
    usual, read = LabLayout(), _table(found)
    sizes = {k: n for k, n in _table(read.get("shares")).items() if isinstance(n, int) and n > 0}
    known = {field.name: read.get(field.name) for field in fields(LabLayout)}
    fits = {k: v for k, v in known.items() if type(v) is type(getattr(usual, k))}
    return replace(usual, **{**fits, "shares": sizes})


def _set(session: Session, kept: dict[str, Any], *, same: bool) -> str:
    """Set a breakpoint; return why it cannot be set, empty if it is."""
    where: str | int | None = str(kept["named"])
    if not where:
        where = int(kept["offset"]) if same else _moved(session, kept)
    if where is None:
        return "its function is gone"
    pattern = bool(kept.get("pattern"))
    return _made(
        session, kept, lambda terms: session.break_at(where, pattern=pattern, **terms).number
    )


def _made(session: Session, kept: dict[str, Any], make: Callable[[dict[str, Any]], int]) -> str:
    """Set something on its terms; return why it cannot be set, empty if it is."""
    on = {known.number for known in session.breakpoints if known.enabled}
    terms = {
        "condition": str(kept.get("condition", "")),
        "hits": int(kept.get("hits", 0)),
        "temporary": bool(kept.get("temporary")),
        "log": str(kept.get("log", "")),
        "commands": tuple(map(str, _list(kept.get("commands")))),
    }
    try:
        number = make(terms)
        if not kept["enabled"] and number not in on:
            session.enable_breakpoint(number, on=False)
        if ignores := int(kept.get("ignores", 0)):
            session.ignore_breakpoint(number, ignores)
    except WasmlabError as error:
        return str(error)
    return ""


def _within(session: Session, place: Location) -> list[object]:
    """Return the function of a place, the number of its instruction there, and what that is."""
    from wasmlab.debug.stops.locations import resolve

    (func, pc), *_ = resolve(session.control.target, place.offset).found
    return [inst_symbol(func), pc, bound_code(func).instrs[pc].row.mnemonic]


def _moved(session: Session, kept: dict[str, Any]) -> str | int | None:
    """Return where a breakpoint is in a program that was built anew; None if it is gone."""
    from wasmlab.debug.stops.locations import find_functions

    match kept.get("within"):
        case [str(name), int(pc), str(mnemonic)] if name.startswith("$"):
            for func in find_functions(session.control.target, name):
                instrs = bound_code(func).instrs
                alike = [n for n, instr in enumerate(instrs) if instr.row.mnemonic == mnemonic]
                if alike:
                    return instrs[min(alike, key=lambda n: abs(n - pc))].offset
        case _:
            pass
    return None if kept["line"] is None else str(kept["line"])


def _watch(session: Session, kept: dict[str, Any]) -> str:
    """Set a watchpoint; return why it cannot be set, empty if it is."""
    if not kept["what"]:
        return "it belonged to one call"
    what, access = str(kept["what"]), str(kept["access"])
    return _made(session, kept, lambda terms: session.watch(what, access, **terms).number)


def _catch(session: Session, kept: dict[str, Any]) -> str:
    """Set a catchpoint; return why it cannot be set, empty if it is."""
    return _made(session, kept, lambda terms: session.catch(str(kept["what"]), **terms).number)


def _display(session: Session, kept: dict[str, Any]) -> str:
    """Show an expression at every stop; return why it cannot be shown, empty if it is."""
    try:
        session.display(str(kept["what"]), str(kept["form"]))
    except WasmlabError as error:
        return str(error)
    return ""


def _list(found: object) -> list[object]:
    return cast("list[object]", found) if isinstance(found, list) else []


def _table(found: object) -> dict[str, Any]:
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return _table(json.loads(_store(path).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _code(session: Session) -> str:
    return hashlib.sha256(session.module.data).hexdigest()


def _store(path: Path) -> Path:
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:24]
    return platformdirs.user_state_path("wasmlab") / "files" / f"{name}.json"
