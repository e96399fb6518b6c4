"""What rows of the instruction table may touch: the machine at run time, the emitter in LLVM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Memory(Protocol):
    """A linear memory, as STATE rows see it; addresses and sizes in bytes."""

    @property
    def pages(self) -> int:
        """Current size in pages."""
        ...

    def grow(self, delta: int) -> int:
        """Grow by delta pages; return the old size in pages, or -1 without any effect."""
        ...

    def fill(self, dst: int, value: int, n: int) -> None:
        """Set n bytes from dst on to value modulo 256; Trap(OUT_OF_BOUNDS_MEMORY)."""
        ...

    def copy(self, dst: int, source: Memory, src: int, n: int) -> None:
        """Copy n bytes of source from src to dst, as if through a buffer; Trap likewise."""
        ...

    def init(self, dst: int, data: bytes, src: int, n: int) -> None:
        """Copy n bytes of data from src to dst; Trap likewise, for data's end too."""
        ...


class Table(Protocol):
    """A table, as STATE rows see it; elements are reference bit patterns."""

    @property
    def size(self) -> int:
        """Current size in elements."""
        ...

    def get(self, i: int) -> int:
        """Return element i; Trap(OUT_OF_BOUNDS_TABLE)."""
        ...

    def set(self, i: int, ref: int) -> None:
        """Set element i; Trap likewise."""
        ...

    def grow(self, delta: int, ref: int) -> int:
        """Grow by delta elements equal to ref; return the old size, or -1 without any effect."""
        ...

    def fill(self, i: int, ref: int, n: int) -> None:
        """Set n elements from i on to ref; Trap likewise."""
        ...

    def copy(self, dst: int, source: Table, src: int, n: int) -> None:
        """Copy n elements of source from src to dst, as if through a buffer; Trap likewise."""
        ...

    def init(self, dst: int, refs: Sequence[int], src: int, n: int) -> None:
        """Copy n elements of refs from src to dst; Trap likewise, for refs' end too."""
        ...


class Machine(Protocol):
    """The current module instance, as STATE rows see it."""

    @property
    def mems(self) -> Sequence[Memory]:
        """Linear memories by index."""
        ...

    @property
    def tables(self) -> Sequence[Table]:
        """Tables by index."""
        ...

    def global_get(self, x: int) -> int:
        """Return the bits of global x."""
        ...

    def global_set(self, x: int, bits: int) -> None:
        """Set global x."""
        ...

    def data(self, x: int) -> bytes:
        """Return data segment x, empty once it is dropped."""
        ...

    def drop_data(self, x: int) -> None:
        """Drop data segment x."""
        ...

    def elem(self, x: int) -> Sequence[int]:
        """Return element segment x as references, empty once it is dropped."""
        ...

    def drop_elem(self, x: int) -> None:
        """Drop element segment x."""
        ...

    def func_ref(self, x: int) -> int:
        """Return the reference to function x."""
        ...
