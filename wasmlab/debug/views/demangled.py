"""Names of functions as C++ and Rust write them, from the mangled ones that compilers emit."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import import_module

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_MANGLED = 4_096
"""Characters of a mangled name that is read; a longer one stays as it is."""
_MOST_READ = 16_384
"""Characters that may come of it: a few letters can stand for gigabytes."""
_MANGLED = re.compile("_Z|_R[A-Z0-9]")
"""How names begin in the schemes of C++ (Itanium) and Rust (legacy and v0)."""
HOW_TO_READ = "pip install demangle shows such names as they were written"


class Demangled(NamedTuple):
    """A name as it was written. It is the guest's text and not escaped."""

    whole: str
    """``void f<int>(int)``."""
    qualified: str
    """Without what it takes and returns: ``f<int>``."""


def is_mangled(name: str) -> bool:
    """Return whether a name looks as C++ and Rust mangle theirs."""
    return _MANGLED.match(name) is not None


def demangled(name: str) -> Demangled | None:
    """Return a mangled name as it was written.

    None for what is not mangled, or cannot be read: too long, wrong, or without the library.
    """
    if len(name) > LONGEST_MANGLED or not is_mangled(name):
        return None
    return _read(name)


@lru_cache(1 << 14)
def _read(name: str) -> Demangled | None:
    read = reader()
    return None if read is None else read(name)


@cache
def reader() -> Callable[[str], Demangled | None] | None:
    """Return what reads mangled names; None if the library is not installed.

    It is loaded when a mangled name is shown first; it bounds depth and length.
    """
    try:
        library = import_module("demangle")
    except ImportError:
        return None
    limits = library.Limits(max_input=LONGEST_MANGLED, max_output=_MOST_READ)
    schemes = ("itanium", "rust")

    def read(name: str) -> Demangled | None:
        try:
            whole: str = library.demangle(name, language=schemes, limits=limits)
            if whole == name:
                return None
            parts = library.signature(name, language=schemes, limits=limits)
        except (library.DemanglingError, RecursionError):
            return None
        before, found, _ = whole.partition(parts.qualified_name)
        names_function = parts.is_function and found and "thunk to " not in before
        return Demangled(whole, parts.qualified_name if names_function else whole)

    return read
