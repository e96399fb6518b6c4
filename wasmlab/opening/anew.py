"""What the words after ``restart`` change: the options of a program, and its arguments."""

from __future__ import annotations

import shlex

from wasmlab.counted import counted
from wasmlab.engine.grants import INTERACTIVE
from wasmlab.errors import UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.opening.arguments import split
from wasmlab.opening.options import said
from wasmlab.opening.parser import Parser
from wasmlab.opening.request import LAB_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.engine.grants import Grants
    from wasmlab.module import Module

_OTHER_NAMES = {"host": "imports"}
"""Fields of ``Grants`` by the options that fill them, where the names differ."""


def changes(
    words: Sequence[str], module: Module, grants: Grants, called: str | None
) -> dict[str, Any]:
    """Return the fields of ``Grants`` that words change, such as ``--stdin FILE 1 2``.

    Options stand first, as after FILE; what follows them, or ``--``, are all arguments: of the
    call that is made, else of the program. An option with nothing after ``=`` takes away what it
    gave. called: the function that was called last by hand, which arguments are for then; empty if
    none was; None for a program with ``_start``.

    Raises UsageError for words that make no sense, WasmlabError for files that cannot be read,
    Malformed, AssembleError, Invalid for modules.
    """
    leading, arguments = split(LAB_OPTIONS, words)
    fields = {
        option.name: flag for option in LAB_OPTIONS for flag in option.flags if option.metavar
    }
    gone = [name for name, flag in fields.items() if f"{flag}=" in leading]
    parser = Parser(prog="wasmlab debug", allow_abbrev=False, add_help=False)
    if (word := next(iter(words[len(leading) :]), "")).startswith("--") and word != "--":
        parser.error(f"unknown option {word}")
    for option in LAB_OPTIONS:
        option.add_to(parser)
    found = parser.parse_args([w for w in leading if w not in {f"{fields[n]}=" for n in gone}])
    taken = {_OTHER_NAMES.get(name, name) for name in gone}
    changed = {name: getattr(INTERACTIVE, name) for name in taken}
    changed |= said(found, module, grants.preload or {})
    if len(leading) < len(words) or "invoke" in changed:
        invoke = changed.get("invoke", called or grants.invoke)
        changed |= _call(arguments, invoke, called)
    return changed


def begins_with(grants: Grants) -> str:
    """Return in one line which arguments and standard input a program begins with."""
    words = grants.invoke_args if grants.invoke else grants.args
    given = f"arguments {shlex.join(map(str, words))}" if words else "no arguments"
    match grants.stdin:
        case None:
            read = "as it is typed"
        case bytes(content):
            read = counted(len(content), "byte") if content else "empty"
        case _:
            read = "from its function"
    called = f"{grants.invoke}: " if grants.invoke else ""
    return escaped(f"{called}{given}; standard input {read}.")


def _call(arguments: Sequence[str], invoke: str | None, called: str | None) -> dict[str, Any]:
    """Return the fields that arguments are for."""
    if invoke:
        return {"invoke": invoke, "invoke_args": tuple(arguments)}
    if called is not None and arguments:
        hint = f"call NAME {' '.join(arguments)}"
        raise UsageError("no function was called yet that arguments are for", hint=hint)
    return {"invoke": None, "invoke_args": (), "args": tuple(arguments)}
