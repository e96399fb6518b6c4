"""Functions that stepping does not enter: patterns of names."""

from __future__ import annotations

from fnmatch import fnmatchcase

from wasmlab.counted import counted
from wasmlab.debug.stops.accesses import callee
from wasmlab.debug.stops.locations import functions
from wasmlab.debug.views.symbols import inst_name
from wasmlab.errors import DebugError, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from wasmlab.debug.preferences import Skips
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.runtime.store import FuncInst


class Skip(NamedTuple):
    """A pattern of names; ``str()`` is as it is listed."""

    number: int
    pattern: str
    matches: int
    """How many functions it names."""

    def __str__(self) -> str:
        """Return the number, the pattern and how many functions that is."""
        return f"{self.number}: skip {self.pattern}, {counted(self.matches, 'function')}"


_LONGEST = 1_000
_WILD = "*?["

SUGGESTED: dict[str, tuple[str, ...]] = {
    "C": (
        "malloc", "free", "calloc", "realloc", "dlmalloc", "dlfree", "memcpy", "memmove", "memset",
        "str*len", "strcmp", "strcpy", "*printf", "printf_core", "puts", "putchar", "fputs",
        "fputc", "fwrite", "fflush", "exit", "__stdio*", "__stdout*", "__wasi*", "__wasm_call*",
        "__fwritex", "__towrite", "__lock*", "__unlock*", "*printf_l", "__ofl*", "out",
        "pop_arg", "pad", "fmt_fp", "sbrk",
    ),
    "C++": ("std::*", "operator new*", "operator delete*", "__cxa_*", "_ZSt*", "_ZNSt*", "_ZNKSt*",
            "_Znw*", "_Zna*", "_Zdl*", "_Zda*"),
    "Rust": ("core::*", "alloc::*", "std::*", "<* as core::*", "<* as alloc::*", "<* as std::*",
             "__rust_*", "__rdl_*", "rust_*", "_ZN4core*", "_ZN5alloc*", "_ZN3std*"),
    "Go": ("runtime.*", "internal/*", "sync.*", "reflect.*", "gc_*", "wasm_export_*"),
}  # fmt: skip
"""Functions of the languages' own libraries, which are offered."""


def add(target: Target, skips: Skips, pattern: str) -> Skip:
    """Let stepping go over the functions whose names match; ``$`` may be left out.

    ``*`` stands for any text, ``?`` for a character, ``[ab]`` for one of these. Raises UsageError
    for an empty pattern, and for a name, without any of these, that no function has.
    """
    text = pattern.strip()
    if not text or len(text) > _LONGEST:
        raise UsageError("skip needs the name of a function", hint="skip $malloc, skip $printf*")
    number = next((n for n, known in skips.by_number.items() if known == text), 0)
    count = _count(target, text)
    if not count and not any(sign in text for sign in _WILD):
        raise UsageError(f"no function named {text!r}", hint="skip $malloc, skip $printf*")
    if not number:
        skips.last = number = skips.last + 1
        skips.by_number[number] = text
        skips.known.clear()
    return Skip(number, text, count)


def remove(skips: Skips, number: int) -> None:
    """Take a pattern away; DebugError if no such number is known."""
    if number not in skips.by_number:
        known = ", ".join(map(str, skips.by_number))
        raise DebugError(
            f"there is no skip {number}", hint=f"there are {known}" if known else "none is set"
        )
    del skips.by_number[number]
    skips.known.clear()


def listed(target: Target, skips: Skips) -> tuple[Skip, ...]:
    """Return the patterns, with how many functions each names."""
    return tuple(Skip(n, text, _count(target, text)) for n, text in skips.by_number.items())


def suggested(target: Target) -> tuple[str, ...]:
    """Return patterns of libraries that name a function of the program."""
    names = [name for func in functions(target) for name in names_of(func)]
    every = dict.fromkeys(pattern for patterns in SUGGESTED.values() for pattern in patterns)
    return tuple(p for p in every if any(fnmatchcase(name, p) for name in names))


def is_skipped(skips: Skips, func: FuncInst) -> bool:
    """Return whether stepping goes over a function."""
    if not skips.by_number:
        return False
    found = skips.known.get(func.addr)
    if found is None:
        names, patterns = names_of(func), skips.by_number.values()
        found = any(fnmatchcase(name, _bare(p)) for p in patterns for name in names)
        skips.known[func.addr] = found
    return found


def enters(target: Target, skips: Skips, at: Position) -> bool:
    """Return whether stepping goes into what the next instruction calls, if it calls anything."""
    called = callee(target, at)
    return called is not None and called.host is None and not is_skipped(skips, called)


def goes_over(target: Target, skips: Skips, at: Position) -> bool:
    """Return whether the next instruction calls a function that is skipped."""
    called = callee(target, at) if skips.by_number else None
    return called is not None and called.host is None and is_skipped(skips, called)


def _count(target: Target, pattern: str) -> int:
    bare = _bare(pattern)
    found = functions(target)
    return sum(any(fnmatchcase(name, bare) for name in names_of(func)) for func in found)


def _bare(pattern: str) -> str:
    return pattern.removeprefix("$")


def names_of(func: FuncInst) -> tuple[str, ...]:
    """Return the names of a function: as it is shown, and as its module has it."""
    shown = inst_name(func).removeprefix("$")
    own = "" if func.instance is None else func.instance.module.names.funcs.get(func.index, "")
    return (shown, own) if own and own != shown else (shown,)
