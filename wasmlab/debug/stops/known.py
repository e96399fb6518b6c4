"""Conditions whose names are known where they will be asked."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches

from wasmlab.debug.stops.expression import names, parse
from wasmlab.debug.stops.scope import (
    IN_FRAME,
    global_index,
    local_index,
    local_names,
    locals_like,
    odd_names,
    shared_global,
    shown_global,
)
from wasmlab.debug.views.symbols import global_name, inst_name
from wasmlab.debug.views.target import bound_code
from wasmlab.errors import BadExpression, Trap
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from wasmlab.debug.stops.expression import Named
    from wasmlab.runtime.store import FuncInst


def parse_condition(text: str, funcs: Iterable[FuncInst]) -> ast.expr:
    """Return the tree of a condition that is asked in some functions, one at least.

    Raises BadExpression unless one of them knows all its names. Those of a caller (``$x@1``) may
    be any.
    """
    asked = list(funcs)
    tree = parse(text, _odd(asked))
    named = list(names(tree))
    if named and len(asked) <= _FEW:
        _bind(asked)
    if named and not any(all_known(tree, func) for func in asked):
        missing = next((n for n in named if not any(_is_known(n, f) for f in asked)), None)
        raise _unknown(text, missing, asked)
    return tree


_FEW = 50
"""Functions that are bound to be asked for their locals: of many it would take too long."""


def _bind(funcs: list[FuncInst]) -> None:
    for func in funcs:
        with suppress(Trap):  # its body is faulty: it traps when it is called
            bound_code(func)


def _odd(funcs: list[FuncInst]) -> set[str]:
    """Return the names that some functions know and that are not plain."""
    instances = {id(func.instance): func.instance for func in funcs}
    found = set[str]()
    for instance in instances.values():
        if instance is not None:
            found |= odd_names(instance, (f.index for f in funcs if f.instance is instance))
    return found


def all_known(tree: ast.expr, func: FuncInst) -> bool:
    """Return whether a function knows all variables that an expression names."""
    return all(_is_known(named, func) for named in names(tree))


def _is_known(named: Named, func: FuncInst) -> bool:
    instance = func.instance
    if instance is None:
        return False
    if named.is_global:
        return global_index(instance, named.name) is not None
    if IN_FRAME.fullmatch(named.name) or shown_global(instance, named.name) is not None:
        return True
    if func.code is not None:
        return local_index(func.code, named.name) is not None
    return named.name.isdigit() or named.name in local_names(func)


_LISTED = 4


def _unknown(text: str, missing: Named | None, funcs: list[FuncInst]) -> BadExpression:
    if missing is None or not funcs:
        return BadExpression(f"no function knows all names of {text!r}")
    first, name = funcs[0], missing.name
    where = f"in {inst_name(first)}" if len(funcs) == 1 else "in any of these functions"
    if missing.is_global:
        instance = first.instance
        shared = "" if instance is None else shared_global(instance, name)
        return BadExpression(
            f"there is no global {name}", hint=shared or _globals_like(first, name)
        )
    hint = locals_like(first, name) if len(funcs) == 1 else ""
    return BadExpression(f"there is no local ${name} {where}", hint=hint)


def _globals_like(func: FuncInst, name: str) -> str:
    if func.instance is None:
        return ""
    module = func.instance.module
    known = [global_name(module, x).lstrip("$") for x in range(len(func.instance.globals))]
    close = get_close_matches(name, known, n=_LISTED)
    return f"did you mean global.{close[0]}?" if close else ""
