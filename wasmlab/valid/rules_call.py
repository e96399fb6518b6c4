"""Typing rules of calls. Source: core spec, valid/instructions.html#valid-call."""

from __future__ import annotations

from wasmlab.syntax.types import FUNCREF, RefType
from wasmlab.valid.context import Context, Rule, Sig, expanded, func_type, lookup, type_at
from wasmlab.valid.matching import matches_result, matches_val
from wasmlab.valid.stack import Mismatch, text


def _call(c: Context, x: int) -> Sig:
    ft = expanded(lookup(c.module.func_types, x, "function"))
    return ft.params, ft.results


def _call_indirect(c: Context, x: int, table: int) -> Sig:
    t = lookup(c.module.table_types, table, "table")
    if not matches_val(t.element, FUNCREF):
        raise Mismatch(f"table {table} to hold functions", t.element)
    ft = func_type(c.module, x)
    return (*ft.params, t.addr), ft.results


def _call_ref(c: Context, x: int) -> Sig:
    ft = func_type(c.module, x)
    return (*ft.params, RefType(nullable=True, heap=type_at(c.module, x))), ft.results


def _tail(c: Context, sig: Sig) -> Sig:
    params, results = sig
    if not matches_result(results, c.results):
        raise Mismatch(f"a function that returns {text(c.results)}, as this one", text(results))
    c.stacks.pop_vals(params)
    c.stacks.unreachable()
    return params, ()


def _return_call(c: Context, x: int) -> Sig:
    return _tail(c, _call(c, x))


def _return_call_indirect(c: Context, x: int, table: int) -> Sig:
    return _tail(c, _call_indirect(c, x, table))


def _return_call_ref(c: Context, x: int) -> Sig:
    return _tail(c, _call_ref(c, x))


SIGNATURES: dict[str, Rule] = {
    "call": _call,
    "call_indirect": _call_indirect,
    "call_ref": _call_ref,
}
"""Rules that say what is popped and pushed."""

RULES: dict[str, Rule] = {
    "return_call": _return_call,
    "return_call_indirect": _return_call_indirect,
    "return_call_ref": _return_call_ref,
}
"""Rules that pop and push on their own."""
