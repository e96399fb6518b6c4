"""From text to a place in the code: a function's name, an offset, or FILE:LINE."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left, bisect_right
from itertools import islice
from operator import attrgetter
from pathlib import PurePath

from wasmlab.counted import counted
from wasmlab.debug.stops.call_sites import find_import
from wasmlab.debug.views.func_names import funcs_written, written_like
from wasmlab.debug.views.main_function import main_functions
from wasmlab.debug.views.model import Located, Moved
from wasmlab.debug.views.symbols import inst_name, inst_symbol
from wasmlab.debug.views.target import Target, bound_code, location, selected_instance
from wasmlab.errors import NoSuchLocation
from wasmlab.escape import escaped_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass
from wasmlab.runtime.store import FuncInst

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.runtime.store import ModuleInst
    from wasmlab.text.code_lines import CodeLines

_QUOTED = re.compile(r'\$"(.*)"')
"""An identifier as the text format writes one with blanks."""
_LINE = re.compile(r"(?:line\s+|(?P<file>.*):)?(?P<line>\d{1,18})")


class Place(NamedTuple):
    """An executed instruction of a function."""

    func: FuncInst
    pc: int


@dataclass(frozen=True, slots=True)
class Places:
    """What was typed or pointed at: one place, or the beginnings of functions that share a name."""

    found: tuple[Place, ...]
    moved: Moved | None = None
    """What to say if no instruction starts there."""

    @property
    def funcs(self) -> tuple[FuncInst, ...]:
        """The functions that the places are in."""
        return tuple(dict.fromkeys(place.func for place in self.found))


def located(target: Target, where: str | int) -> Located:
    """Return where what was typed or pointed at is, as front ends show it; NoSuchLocation."""
    found = resolve(target, where)
    shown = tuple(location(target, place.func, _start(place)) for place in found.found)
    return Located(shown, found.moved)


def resolve(target: Target, where: str | int) -> Places:
    """Return the places of a name, an offset (int, or with 0x), ``12``, ``line 12`` or ``file:12``.

    An offset or a line at which no instruction starts means the next one of the same function; the
    line that closes a function means its final ``end``. Raises NoSuchLocation between functions,
    with the nearest lines, and for unknown names, with those that are like it.
    """
    if isinstance(where, int):
        return _at_offset(target, where)
    text = where.strip()
    funcs = find_functions(target, text)
    if funcs:
        return Places(tuple(Place(func, 0) for func in funcs))
    if text.lower().startswith(("0x", "@0x", "*0x")):
        return _at_offset(target, _offset(text))
    match = _LINE.fullmatch(text)
    if match:
        return _at_line(target, int(match["line"]), match["file"] or "")
    if find_import(target, text) is not None:
        hint = f"break {text} stops where it is called"
        raise NoSuchLocation(f"{text} is imported, the host carries it out", hint=hint)
    raise NoSuchLocation(f"no function named {where!r}", hint=_near(target, text))


def _offset(text: str) -> int:
    try:
        return int(text.lstrip("@*"), 16)
    except ValueError as error:
        raise NoSuchLocation(f"{text!r} is not an offset") from error


def functions(target: Target) -> Iterator[FuncInst]:
    """Yield all functions of modules, in order of their addresses."""
    return (f for f in target.store.funcs if f.func is not None)


def find_functions(target: Target, text: str) -> list[FuncInst]:
    """Return the functions of modules that go by a name; several may, none if there is no such.

    ``main`` is what the language's start code calls. A name that a module gives comes before
    ``name#2``, the second of that name, and before the name of an export; a mangled one as it was
    written comes last.
    """
    if quoted := _QUOTED.fullmatch(text):
        text = f"${quoted[1]}"
    target.names.read(target.store)
    defined = target.names.defined
    named = defined.get(text) or defined.get(f"${text}") or []
    found = main_functions(target) or named if text == "main" else named
    if not found and text == "$main":
        found = main_functions(target)
    return found or _exported(target, text) or _written(target, text)


def _written(target: Target, text: str) -> list[FuncInst]:
    return [
        instance.funcs[index]
        for instance in target.store.instances
        for index in funcs_written(instance.module, text)
        if instance.funcs[index].func is not None
    ]


def _exported(target: Target, text: str) -> list[FuncInst]:
    exported = (instance.exports.get(text) for instance in target.store.instances)
    funcs = (f for f in exported if isinstance(f, FuncInst) and f.func is not None)
    return list(dict.fromkeys(funcs))


_LISTED = 5


def _near(target: Target, text: str) -> str:
    names = [inst_symbol(func) for func in functions(target)]
    bare = [name.removeprefix("$") for name in names]
    like = difflib.get_close_matches(text.removeprefix("$"), bare, n=3)
    close = [name for name in dict.fromkeys(names) if name.removeprefix("$") in like]
    close = close or written_like(target.program.module.syntax, text)
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = len(names) - _LISTED
    first = (inst_name(func) for func in islice(functions(target), _LISTED))
    some = ", ".join(first) + (f" and {more:,} more" if more > 0 else "")
    return f"it defines {some}" if names else "the module defines no function"


def _at_offset(target: Target, offset: int) -> Places:
    """Return the executed instruction at an offset, or the next one of the function.

    Raises NoSuchLocation.
    """
    instances = _instances(target)
    for instance in instances:
        place = _place(instance, offset)
        if place is not None:
            found = _start(place)
            moved = Moved(f"0x{offset:x}", f"0x{found:x}") if found != offset else None
            return Places((place,), moved)
    hint = _listed("offset", [f"0x{near:x}" for near in _near_offsets(instances[0], offset)])
    raise NoSuchLocation(f"no instruction at offset 0x{offset:x}", hint=hint)


def _instances(target: Target) -> list[ModuleInst]:
    """Return all instances, that first whose text is shown."""
    shown = selected_instance(target)
    return [shown, *(i for i in target.store.instances if i is not shown)]


def _place(instance: ModuleInst, offset: int) -> Place | None:
    func = function_around(instance, offset)
    if func is None:
        return None
    instrs = bound_code(func).instrs
    pc = bisect_left(instrs, offset, key=_OFFSET)
    return Place(func, pc) if pc < len(instrs) else None


def _start(place: Place) -> int:
    return bound_code(place.func).instrs[place.pc].offset


def function_around(instance: ModuleInst, offset: int) -> FuncInst | None:
    """Return the function of an instance whose body an offset is in; None if there is none."""
    module = instance.module
    place = bisect_right(module.funcs, offset, key=_BODY_START) - 1
    if place < 0 or offset >= module.funcs[place].body.end:
        return None
    return instance.funcs[module.imported_funcs + place]


def _near_offsets(instance: ModuleInst, offset: int) -> list[int]:
    """Return the end of the function before an offset, and the start of the one after it."""
    module = instance.module
    after = bisect_right(module.funcs, offset, key=_BODY_START)
    before = [func.body.end - 1 for func in module.funcs[max(after - 1, 0) : after]]
    begins = instance.funcs[module.imported_funcs :][after : after + 1]
    return [*before, *(_start(Place(func, 0)) for func in begins)]


_OFFSET = attrgetter("offset")
_BODY_START = attrgetter("body.start")


def _at_line(target: Target, line: int, file: str = "") -> Places:
    """Return the place that a line means, of the text that is shown or that of a file.

    Raises NoSuchLocation.
    """
    instance, lines = _lines(target, file)
    offset = lines.code_on(line)
    place = None if offset is None else _place(instance, offset)
    if place is None:
        where = f" of {file}" if file else ""
        hint = _listed("line", [str(near) for near in lines.nearest(line)])
        if not 0 < line <= lines.line_count:
            where, hint = f"{where}: the text has {counted(lines.line_count, 'line')}", ""
        raise NoSuchLocation(f"no instruction on line {line}{where}", hint=hint)
    found = lines.line_of(_start(place))
    moved = Moved(f"line {line}", f"line {found}") if found not in {None, line} else None
    return Places((place,), moved)


def _lines(target: Target, file: str) -> tuple[ModuleInst, CodeLines]:
    """Return the instance whose text is shown, or comes from a file, with its lines."""
    modules = [
        (instance, target.modules.get(id(instance.module))) for instance in _instances(target)
    ]
    for instance, module in modules:
        if module is not None and (not file or module.name == PurePath(file).name):
            return instance, module.code_lines
    names = ", ".join(escaped_name(module.name) for _, module in modules if module is not None)
    raise NoSuchLocation(f"no text is called {escaped_name(file)}", hint=f"known: {names}")


def _listed(kind: str, near: list[str]) -> str:
    """Return a hint that names the places nearest to a wrong one."""
    if len(near) > 1:
        return f"the nearest are {kind}s {' and '.join(near)}"
    return f"the nearest is {kind} {near[0]}" if near else ""
