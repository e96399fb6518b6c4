"""Binding of instructions without control flow: one closure each, slots fixed by the validator."""

from __future__ import annotations

import struct
from functools import partial

from wasmlab.errors import Trap, TrapCode
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.records import NamedTuple
from wasmlab.runtime.memory import DIRTY_SHIFT, Memory, check_atomic, out_of_bounds
from wasmlab.runtime.operand import mask_of, offsets_of, read_operand, write_operand
from wasmlab.runtime.verbs import machine_of
from wasmlab.syntax.row import Access, Kind
from wasmlab.syntax.types import ADDR, V128, NumType, ValType, slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.runtime.store import ModuleInst
    from wasmlab.syntax.instr import Instr, MemArg

    Op = Callable[[int], int | None]

_PAGE = 1 << DIRTY_SHIFT
_RAW = {n: struct.Struct(f) for n, f in ((1, "<B"), (2, "<H"), (4, "<I"), (8, "<Q"))}


class Site(NamedTuple):
    """The place of an instruction without control flow: its instance, the stack, its operands."""

    instance: ModuleInst
    stack: memoryview[int]
    top: int
    """The first free slot before the instruction, relative to the FP."""
    params: tuple[ValType, ...]
    results: tuple[ValType, ...]

    @property
    def base(self) -> int:
        """The lowest operand's slot, where the results go."""
        return self.top - sum(slots(t) for t in self.params)


def bind_straight(instr: Instr, site: Site) -> Op:
    """Return the closure of an instruction that is not CONTROL."""
    return _BINDERS[instr.row.kind](instr, site)


def semantics(instr: Instr) -> Callable[..., Any]:
    """Return the Python semantics of its row; Trap(INVALID_BODY) if there are none."""
    if instr.row.py is None:
        raise Trap(TrapCode.INVALID_BODY, f"{instr.row.mnemonic} has no semantics")
    return instr.row.py


def _bind_pure(instr: Instr, site: Site) -> Op:
    py = semantics(instr)
    imms = instr.imms
    if V128 in site.params or len(site.results) != 1 or site.results[0] is V128:
        return bind_general(partial(py, *imms), site)
    s, d, mask = site.stack, site.base, mask_of(site.results[0])
    if not site.params:
        value: int = py(*imms) & mask

        def const(fp: int) -> None:
            s[fp + d] = value

        return const
    if imms:
        return bind_general(partial(py, *imms), site)
    return _ARITIES[len(site.params)](py, s, d, mask)


def _unary(py: Callable[[int], int], s: memoryview[int], d: int, mask: int) -> Op:
    def unary(fp: int) -> None:
        s[fp + d] = py(s[fp + d]) & mask

    return unary


def _binary(py: Callable[[int, int], int], s: memoryview[int], d: int, mask: int) -> Op:
    e = d + 1

    def binary(fp: int) -> None:
        s[fp + d] = py(s[fp + d], s[fp + e]) & mask

    return binary


_ARITIES: dict[int, Callable[..., Op]] = {1: _unary, 2: _binary}


def bind_general(apply: Callable[..., Any], site: Site) -> Op:
    """Return a closure for any operands and results: apply takes bits and returns bits."""
    s, base = site.stack, site.base
    operands = [(base + at, t) for at, t in zip(offsets_of(site.params), site.params, strict=True)]
    results = [(base + at, t) for at, t in zip(offsets_of(site.results), site.results, strict=True)]

    def general(fp: int) -> None:
        values = apply(*[read_operand(s, fp + at, t) for at, t in operands])
        if len(results) == 1:
            write_operand(s, fp + results[0][0], results[0][1], values)
        elif results:
            for (at, t), bits in zip(results, values, strict=True):
                write_operand(s, fp + at, t, bits)

    return general


def _bind_state(instr: Instr, site: Site) -> Op:
    return bind_general(partial(semantics(instr), machine_of(site.instance), *instr.imms), site)


def _access(instr: Instr, site: Site) -> tuple[Memory, MemArg, Access]:
    arg = instr.memarg
    access = instr.row.access
    if access is None:
        raise Trap(TrapCode.INVALID_BODY, f"{instr.row.mnemonic} has no access")
    return site.instance.mems[arg.mem], arg, access


def effective_address(memory: Memory, access: Access, ea: int) -> int:
    """Return ea if the access is inside the memory and, if atomic, aligned; else trap."""
    if access.atomic:
        check_atomic(memory, ea, access.nbytes)
    else:
        memory.check(ea, access.nbytes)
    return ea


def _bind_load(instr: Instr, site: Site) -> Op:
    memory, arg, access = _access(instr, site)
    py, offset, n = semantics(instr), arg.offset, access.nbytes
    if access.atomic or site.results[0] is V128:

        def load_any(a: int) -> int:
            return py(_read_raw(memory, access, a + offset))

        return bind_general(load_any, site)
    s, d, mask, unpack = site.stack, site.base, mask_of(site.results[0]), _RAW[n].unpack_from

    def load(fp: int) -> None:
        ea = s[fp + d] + offset
        if ea + n > memory.size:
            raise out_of_bounds(memory, ea, n)
        s[fp + d] = py(unpack(memory.data, ea)[0]) & mask

    return load


def _bind_store(instr: Instr, site: Site) -> Op:
    memory, arg, access = _access(instr, site)
    py, offset, n = semantics(instr), arg.offset, access.nbytes
    if access.atomic or site.params[1] is V128:

        def store_any(a: int, value: int) -> None:
            _write_raw(memory, access, a + offset, py(value))

        return bind_general(store_any, site)
    s, d, mask, pack = site.stack, site.base, (1 << 8 * n) - 1, _RAW[n].pack_into
    e, last = d + 1, _PAGE - n

    def store(fp: int) -> None:
        ea = s[fp + d] + offset
        if ea + n > memory.size:
            raise out_of_bounds(memory, ea, n)
        pack(memory.data, ea, s[fp + e] & mask)
        memory.dirty[ea >> DIRTY_SHIFT] = 1
        if ea & _PAGE - 1 > last:
            memory.dirty[(ea >> DIRTY_SHIFT) + 1] = 1

    return store


def _read_raw(memory: Memory, access: Access, ea: int) -> int:
    ea = effective_address(memory, access, ea)
    return int.from_bytes(memory.data[ea : ea + access.nbytes], "little")


def _write_raw(memory: Memory, access: Access, ea: int, raw: int) -> None:
    ea = effective_address(memory, access, ea)
    raw &= (1 << 8 * access.nbytes) - 1
    memory.write(ea, raw.to_bytes(access.nbytes, "little"))


def _bind_rmw(instr: Instr, site: Site) -> Op:
    memory, arg, access = _access(instr, site)
    py, offset = semantics(instr), arg.offset

    def rmw(a: int, *operands: int) -> int:
        old = _read_raw(memory, access, a + offset)
        _write_raw(memory, access, a + offset, py(old, *operands))
        return old

    return bind_general(rmw, site)


def _bind_lane(instr: Instr, site: Site) -> Op:
    memory, arg, access = _access(instr, site)
    py, offset, lane = semantics(instr), arg.offset, instr.imms[1]
    if site.results:

        def load_lane(a: int, vector: int) -> int:
            return py(_read_raw(memory, access, a + offset), lane, vector)

        return bind_general(load_lane, site)

    def store_lane(a: int, vector: int) -> None:
        _write_raw(memory, access, a + offset, py(lane, vector))

    return bind_general(store_lane, site)


_BINDERS: dict[Kind, Callable[[Instr, Site], Op]] = {
    Kind.PURE: _bind_pure,
    Kind.LOAD: _bind_load,
    Kind.STORE: _bind_store,
    Kind.RMW: _bind_rmw,
    Kind.LANE: _bind_lane,
    Kind.STATE: _bind_state,
}


def resolved(t: ValType, addr: NumType) -> ValType:
    """Return t, or the address type where t stands for it."""
    return addr if t is ADDR else t
