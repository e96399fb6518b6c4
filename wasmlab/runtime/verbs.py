"""What STATE rows of the instruction table can do to a module instance."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime import aggregate, waiting
from wasmlab.runtime.reference import i31_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.isa.protocols import Machine
    from wasmlab.runtime.store import ModuleInst
    from wasmlab.syntax.instr import MemArg
    from wasmlab.syntax.types import HeapType


def machine_of(instance: ModuleInst) -> Machine:
    """Return what STATE rows take as the machine; it is cheap to make."""
    return _Verbs(instance)


class _Verbs:
    __slots__ = ("_heap", "_instance", "mems", "tables")

    def __init__(self, instance: ModuleInst) -> None:
        self._instance, self._heap = instance, instance.store.heap
        self.mems, self.tables = instance.mems, instance.tables

    def data(self, x: int) -> bytes:
        return self._instance.data(x)

    def drop_data(self, x: int) -> None:
        self._instance.drop_data(x)

    def elem(self, x: int) -> Sequence[int]:
        return self._instance.elem(x)

    def drop_elem(self, x: int) -> None:
        self._instance.drop_elem(x)

    def func_ref(self, x: int) -> int:
        return self._instance.func_ref(x)

    def struct_new(self, x: int, fields: Sequence[int]) -> int:
        return aggregate.struct_new(self._instance, x, fields)

    def struct_new_default(self, x: int) -> int:
        return aggregate.struct_new_default(self._instance, x)

    def struct_get(self, ref: int, i: int, *, signed: bool = False) -> int:
        return aggregate.struct_get(self._heap, ref, i, signed=signed)

    def struct_set(self, ref: int, i: int, bits: int) -> None:
        aggregate.struct_set(self._heap, ref, i, bits)

    def array_new(self, x: int, bits: int, n: int) -> int:
        return aggregate.array_new(self._instance, x, bits, n)

    def array_new_fixed(self, x: int, values: Sequence[int]) -> int:
        return aggregate.array_new_fixed(self._instance, x, values)

    def array_new_data(self, x: int, y: int, s: int, n: int) -> int:
        return aggregate.array_new_data(self._instance, x, y, s, n)

    def array_new_elem(self, x: int, y: int, s: int, n: int) -> int:
        return aggregate.array_new_elem(self._instance, x, y, s, n)

    def array_len(self, ref: int) -> int:
        return aggregate.array_len(self._heap, ref)

    def array_get(self, ref: int, i: int, *, signed: bool = False) -> int:
        return aggregate.array_get(self._heap, ref, i, signed=signed)

    def array_set(self, ref: int, i: int, bits: int) -> None:
        aggregate.array_set(self._heap, ref, i, bits)

    def array_fill(self, ref: int, i: int, bits: int, n: int) -> None:
        aggregate.array_fill(self._heap, ref, i, bits, n)

    def array_copy(self, dref: int, d: int, sref: int, s: int, n: int) -> None:
        aggregate.array_copy(self._heap, dref, d, sref, s, n)

    def array_init_data(self, y: int, ref: int, d: int, s: int, n: int) -> None:
        aggregate.array_init_data(self._instance, y, ref, d, s, n)

    def array_init_elem(self, y: int, ref: int, d: int, s: int, n: int) -> None:
        aggregate.array_init_elem(self._instance, y, ref, d, s, n)

    def i31_new(self, value: int) -> int:
        return i31_ref(value)

    def i31_get(self, ref: int, *, signed: bool = False) -> int:
        return aggregate.i31_get(ref, signed=signed)

    def ref_matches(self, ref: int, t: HeapType, *, nullable: bool) -> bool:
        return aggregate.ref_matches(self._instance.store, ref, t, nullable=nullable)

    def ref_cast(self, ref: int, t: HeapType, *, nullable: bool) -> int:
        return aggregate.ref_cast(self._instance.store, ref, t, nullable=nullable)

    def atomic_wait(self, arg: MemArg, a: int, expected: int, timeout: int, n: int) -> int:
        return waiting.atomic_wait(self._instance, arg, a, expected, timeout, n)

    def atomic_notify(self, arg: MemArg, a: int, n: int) -> int:
        return waiting.atomic_notify(self._instance, arg, a, n)
