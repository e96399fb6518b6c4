"""Typing rules of drop, select, locals and globals.

Source: core spec, valid/instructions.html#valid-drop and #valid-local-get.
"""

from __future__ import annotations

from wasmlab.errors import Invalid
from wasmlab.syntax.types import I32, BotType, ValType
from wasmlab.valid.context import Context, Rule, Sig, lookup
from wasmlab.valid.stack import Mismatch


def _drop(c: Context) -> Sig:
    return (c.stacks.pop_val(),), ()


def _select(c: Context) -> Sig:
    c.stacks.pop_val(I32)
    second = c.stacks.pop_num()
    first = c.stacks.pop_num()
    t = second if isinstance(first, BotType) else first
    if second != t and not isinstance(second, BotType):
        raise Mismatch(f"two values of one type ({first})", second)
    c.stacks.push_val(t)
    return (t, t, I32), (t,)


def _select_typed(_c: Context, types: tuple[ValType, ...]) -> Sig:
    if len(types) != 1:
        raise Invalid(f"invalid result arity: select expected one type, found {len(types)}")
    t = types[0]
    return (t, t, I32), (t,)


def _local_get(c: Context, x: int) -> Sig:
    t = lookup(c.locals, x, "local")
    if x in c.stacks.unset:
        raise Invalid(f"uninitialized local {x}: {t} has no default, it must be set before")
    return (), (t,)


def _local_set(c: Context, x: int) -> Sig:
    t = lookup(c.locals, x, "local")
    c.stacks.set_local(x)
    return (t,), ()


def _local_tee(c: Context, x: int) -> Sig:
    t = lookup(c.locals, x, "local")
    c.stacks.set_local(x)
    return (t,), (t,)


def _global_get(c: Context, x: int) -> Sig:
    return (), (lookup(c.globals, x, "global").value,)


def _global_set(c: Context, x: int) -> Sig:
    t = lookup(c.globals, x, "global")
    if not t.mutable:
        raise Invalid(f"immutable global: global {x} is immutable")
    return (t.value,), ()


SIGNATURES: dict[str, Rule] = {
    "select t": _select_typed,
    "local.get": _local_get,
    "local.set": _local_set,
    "local.tee": _local_tee,
    "global.get": _global_get,
    "global.set": _global_set,
}
"""Rules that say what is popped and pushed."""

RULES: dict[str, Rule] = {"drop": _drop, "select": _select}
"""Rules that pop and push on their own."""
