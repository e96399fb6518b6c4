"""What ``main`` means: the function that the start code of a language calls in the end."""

from __future__ import annotations

import re

from wasmlab.binary.decode import decode_body
from wasmlab.errors import Malformed
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.store import FuncInst
    from wasmlab.syntax.module import Module

MAINS = tuple(
    re.compile(pattern)
    for pattern in (
        r"_ZN(?P<length>\d+)(?P<crate>\w+)4main17h[0-9a-f]{16}E",  # Rust, mangled
        r"_RNvC(?:s\w*_)?(?P<length>\d+)_?(?P<crate>[A-Za-z]\w*)4main",  # Rust, v0 mangling
        r"\w+::main(?:::h[0-9a-f]{16})?",  # Rust, demangled
        r"main\.main",  # Go and TinyGo
        r"__main_argc_argv",  # C: main with arguments
        r"__original_main",  # C: main without
        r"__main_void",  # C: likewise, or the C library's, which calls the one with arguments
        r"main",
    )
)
"""Names of main in the languages' object files, the program's own before what leads to it."""


def main_functions(target: Target) -> list[FuncInst]:
    """Return what ``main`` means in the program, else in a library; nothing if there is none.

    Several only where a language has several of the same kind.
    """
    own = target.program.instance
    for instance in (own, *(i for i in target.store.instances if i is not own)):
        found = main_indices(instance.module)
        if found:
            return [instance.funcs[index] for index in found]
    return []


def main_indices(module: Module) -> list[int]:
    """Return the indices of the functions that ``main`` means in a module."""
    funcs = range(module.imported_funcs, module.imported_funcs + len(module.funcs))
    names = [(x, name) for x, name in module.names.funcs.items() if "main" in name and x in funcs]
    by_row = [[x for x, name in names if _is(row, name)] for row in MAINS]
    first = next((row for row in by_row if row), list[int]())
    candidates = {x for row in by_row for x in row}
    return [_called_by(module, x, candidates) for x in first]


def _is(pattern: re.Pattern[str], name: str) -> bool:
    """Return whether a name is that of a main; of Rust's, not one inside a module of the crate."""
    found = pattern.fullmatch(name)
    length = found.groupdict().get("length") if found else None
    return found is not None and (length is None or int(length) == len(found["crate"]))


def _called_by(module: Module, index: int, candidates: set[int]) -> int:
    """Return the last main on the way from one to those that it calls: the others are wrappers."""
    passed = {index}
    while True:
        following = _calls(module, index) & candidates - passed
        if not following:
            return index
        index = min(following)
        passed.add(index)


def _calls(module: Module, index: int) -> set[int]:
    """Return the indices of the functions that a function calls by their index."""
    try:
        instrs = decode_body(module, module.funcs[index - module.imported_funcs]).instrs
    except Malformed:
        return set()
    return {instr.idx(0) for instr in instrs if instr.row.is_direct_call}
