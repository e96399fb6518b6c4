"""``info functions``: the functions of a program by name."""

from __future__ import annotations

from fnmatch import fnmatchcase

from wasmlab.counted import counted
from wasmlab.debug.commands.command import CommandOutput
from wasmlab.escape import escaped_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.store import FuncInst

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.session import Session

_MOST = 200
"""Functions that are listed at most."""
_WILD = "*?["


def show_functions(session: Session, rest: str = "") -> CommandOutput:
    """Return the functions whose names match, sorted by name, with index, place and exports.

    A pattern with ``*``, ``?`` or ``[ab]`` is compared with the whole name, another is part of it.
    """
    found = sorted(_matching(session, rest), key=lambda named: named[0])
    if not found:
        return CommandOutput((f"No function matches {rest}." if rest else "There is no function.",))
    exports = _exports(session)
    width = min(max(len(name) for name, _ in found[:_MOST]), 60)
    lines = [f"{name:<{width}}  {_place(func, exports)}" for name, func in found[:_MOST]]
    more = len(found) - _MOST
    said = f"These are {_MOST} of {counted(len(found), 'function')}; a pattern says which."
    return CommandOutput((*lines, *((said,) if more > 0 else ())))


def _matching(session: Session, pattern: str) -> Iterator[tuple[str, FuncInst]]:
    from wasmlab.debug.stops.skips import names_of
    from wasmlab.debug.views.symbols import inst_name

    bare = pattern.removeprefix("$")
    is_glob = any(sign in bare for sign in _WILD)
    for func in session.control.store.funcs:
        names = names_of(func)
        if any(fnmatchcase(n, bare) if is_glob else bare.lower() in n.lower() for n in names):
            yield inst_name(func), func


def _exports(session: Session) -> dict[int, list[str]]:
    """Return the names under which functions are exported, by their addresses."""
    found: dict[int, list[str]] = {}
    for instance in session.control.store.instances:
        for name, exported in instance.exports.items():
            if isinstance(exported, FuncInst):
                found.setdefault(exported.addr, []).append(name)
    return found


def _place(func: FuncInst, exports: dict[int, list[str]]) -> str:
    names = "".join(f'  export "{escaped_name(name)}"' for name in exports.get(func.addr, ()))
    if func.func is None:
        return f"of the host{names}"
    body = func.func.body
    size = counted(body.end - body.start, "byte")
    return f"func[{func.index}]  0x{body.start:x}  {size}{names}"
