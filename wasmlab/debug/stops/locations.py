"""From text to a place in the code: a function's name, an offset, or FILE:LINE."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from wasmlab.debug.stops.call_sites import find_import
from wasmlab.debug.stops.main_function import main_functions
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.target import Target, bound_code, position
from wasmlab.errors import NoSuchLocation
from wasmlab.runtime.store import FuncInst

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.runtime.store import ModuleInst

_LINE = re.compile(r"(?:(?P<file>.*):)?(?P<line>\d{1,18})")


class Place(NamedTuple):
    """An executed instruction of a function."""

    func: FuncInst
    pc: int


@dataclass(frozen=True, slots=True)
class Places:
    """What was typed or pointed at: one place, or the beginnings of functions that share a name."""

    found: tuple[Place, ...]

    @property
    def funcs(self) -> tuple[FuncInst, ...]:
        """The functions that the places are in."""
        return tuple(dict.fromkeys(place.func for place in self.found))


def resolve(target: Target, where: str | int) -> Places:
    """Return the places that a name, an offset (int, or with 0x), ``line`` or ``file:line`` means.

    A line means the lowest offset that starts on it, or on the next line that has an instruction.
    Raises NoSuchLocation, with names that are like it.
    """
    if isinstance(where, int):
        return Places((at_offset(target, where),))
    text = where.strip()
    funcs = find_functions(target, text)
    if funcs:
        return Places(tuple(Place(func, 0) for func in funcs))
    if text.lower().startswith(("0x", "@0x", "*0x")):
        return Places((at_offset(target, _offset(text)),))
    match = _LINE.fullmatch(text)
    if match:
        return Places((at_line(target, int(match["line"]), match["file"] or ""),))
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
    ``name#2``, the second of that name, and before the name of an export.
    """
    target.names.read(target.store)
    defined = target.names.defined
    named = defined.get(text) or defined.get(f"${text}") or []
    found = main_functions(target) or named if text == "main" else named
    if not found and text == "$main":
        found = main_functions(target)
    return found or _exported(target, text)


def _exported(target: Target, text: str) -> list[FuncInst]:
    exported = (instance.exports.get(text) for instance in target.store.instances)
    funcs = (f for f in exported if isinstance(f, FuncInst) and f.func is not None)
    return list(dict.fromkeys(funcs))


def _near(target: Target, text: str) -> str:
    names = [inst_name(func) for func in functions(target)]
    close = difflib.get_close_matches(text, names, n=3, cutoff=0.4) or names[:5]
    return f"there are {', '.join(close)}" if close else "the module defines no function"


def at_offset(target: Target, offset: int) -> Place:
    """Return function and pc of the executed instruction at an offset, or the next one after it.

    Raises NoSuchLocation.
    """
    for instance in target.store.instances:
        func = _around(instance, offset)
        if func is not None:
            instrs = bound_code(func).instrs
            pc = bisect_left(instrs, offset, key=_OFFSET)
            if pc < len(instrs):
                return Place(func, pc)
    raise NoSuchLocation(f"no instruction at offset 0x{offset:x}")


def _around(instance: ModuleInst, offset: int) -> FuncInst | None:
    """Return the function of an instance whose body an offset is in, if any."""
    module = instance.module
    place = bisect_right(module.funcs, offset, key=lambda func: func.body.start) - 1
    if place < 0 or offset >= module.funcs[place].body.end:
        return None
    return instance.funcs[module.imported_funcs + place]


_OFFSET = attrgetter("offset")
_NO_LINES = "only WAT has lines here; name a $function or an 0xoffset"


def at_line(target: Target, line: int, file: str = "") -> Place:
    """Return function and pc of the first instruction on a line of the text.

    Raises NoSuchLocation.
    """
    at = position(target)
    instances = list(target.store.instances)[::-1]
    if at is not None and at.func.instance in instances:
        instances.insert(0, at.func.instance)
    where, hint = f" of {file}" if file else "", _NO_LINES
    for instance in instances:
        module = target.modules.get(id(instance.module))
        if module is None or module.line_map is None:
            continue
        if file and not str(module.name).endswith(file.rsplit("/", 1)[-1]):
            continue
        hint = ""
        found = module.line_map.next_line(line)
        offset = None if found is None else module.line_map.offset(found)
        if offset is not None and _around(instance, offset) is not None:
            return at_offset(target, offset)
    raise NoSuchLocation(f"no instruction on line {line}{where}", hint=hint)
