"""Locals, globals, drop and select in the reference tier; their closures return None."""

from __future__ import annotations

from wasmlab.exec.binder import moved
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.types import slot_count, slots

if TYPE_CHECKING:
    from wasmlab.exec.binder import Bind, Binder, BindSite, Op
    from wasmlab.runtime.store import Code
    from wasmlab.syntax.instr import Instr


def _drop(_b: Binder, _instr: Instr, _site: BindSite) -> Op:
    return lambda _fp: None


def _select(b: Binder, _instr: Instr, site: BindSite) -> Op:
    s = b.stack
    width = slots(b.code.signature(site.pc)[1][0])
    second, first = site.top - 1 - width, site.top - 1 - 2 * width
    condition = site.top - 1

    def select(fp: int) -> None:
        if not s[fp + condition]:
            s[fp + first : fp + second] = s[fp + second : fp + condition]

    return select


def local_slot(code: Code, x: int) -> int:
    """Return the slot of local x relative to the FP."""
    return slot_count(code.typed.locals[:x])


def _local_get(b: Binder, instr: Instr, site: BindSite) -> Op:
    return _copied(b, instr, local_slot(b.code, instr.idx(0)), site.top)


def _to_local(b: Binder, instr: Instr, site: BindSite) -> Op:
    x = instr.idx(0)
    width = slots(b.code.typed.locals[x])
    return _copied(b, instr, site.top - width, local_slot(b.code, x))


def _copied(b: Binder, instr: Instr, src: int, dst: int) -> Op:
    width = slots(b.code.typed.locals[instr.idx(0)])
    return moved(b, src, dst, width) or (lambda _fp: None)


def _global_get(b: Binder, instr: Instr, site: BindSite) -> Op:
    s, top = b.stack, site.top
    variable = b.code.instance.globals[instr.idx(0)]
    cells, at, width = b.code.instance.store.global_slots, variable.slot, slots(variable.type.value)

    def get_one(fp: int) -> None:
        s[fp + top] = cells[at]

    def get(fp: int) -> None:
        s[fp + top : fp + top + width] = cells[at : at + width]

    return get_one if width == 1 else get


def _global_set(b: Binder, instr: Instr, site: BindSite) -> Op:
    variable = b.code.instance.globals[instr.idx(0)]
    cells, at, width = b.code.instance.store.global_slots, variable.slot, slots(variable.type.value)
    s, src = b.stack, site.top - width

    def set_one(fp: int) -> None:
        cells[at] = s[fp + src]

    def set_all(fp: int) -> None:
        cells[at : at + width] = s[fp + src : fp + src + width]

    return set_one if width == 1 else set_all


RULES: dict[str, Bind] = {
    "drop": _drop,
    "select": _select,
    "select t": _select,
    "local.get": _local_get,
    "local.set": _to_local,
    "local.tee": _to_local,
    "global.get": _global_get,
    "global.set": _global_set,
}
"""By rule."""
