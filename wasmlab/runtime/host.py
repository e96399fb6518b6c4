"""Host functions as the engine sees them, and what is kept of one call."""

from __future__ import annotations

from wasmlab.errors import ProcExit, WasmException
from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.errors import WasmlabError
    from wasmlab.syntax.types import FuncType


class MadeAgain:
    """Bytes that are not kept, because they can be made again.

    make: returns those from a start to before an end.
    """

    __slots__ = ("_make", "_size")

    def __init__(self, size: int, make: Callable[[int, int], bytes]) -> None:
        self._size, self._make = size, make

    def __len__(self) -> int:
        return self._size

    def __bytes__(self) -> bytes:
        return self._make(0, self._size)

    def __getitem__(self, part: slice) -> bytes:
        start, stop, step = part.indices(self._size)
        return self._make(start, max(start, stop))[::step]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MadeAgain | bytes):
            return NotImplemented
        return bytes(self) == bytes(other)

    def __hash__(self) -> int:
        return hash(bytes(self))


Content = bytes | MadeAgain


def kept_bytes(content: Content) -> int:
    """Return how many bytes are kept of some content."""
    return 0 if isinstance(content, MadeAgain) else len(content)


class HostMemory(Protocol):
    """A linear memory as host functions see it; every access is recorded."""

    @property
    def size(self) -> int:
        """Current size in bytes."""
        ...

    def read(self, addr: int, n: int) -> bytes:
        """Return n bytes from addr on; Trap(OUT_OF_BOUNDS_MEMORY)."""
        ...

    def write(self, addr: int, data: Content) -> None:
        """Write data at addr; Trap(OUT_OF_BOUNDS_MEMORY) before anything is written."""
        ...


class Caller(Protocol):
    """What a host function may reach: the instance that called it."""

    @property
    def memory(self) -> HostMemory:
        """The caller's export "memory", or its first memory; Trap(HOST) if it has none."""
        ...

    @property
    def exported_memory(self) -> HostMemory | None:
        """The caller's export "memory"; None if it exports none of that name."""
        ...

    @property
    def tick(self) -> int:
        """Instructions completed before this call."""
        ...

    def need_fuel(self, nbytes: int) -> None:
        """Raise OutOfFuel if the call may not move so many bytes; to be asked before any effect."""
        ...


class RecordedCaller(Caller, Protocol):
    """A caller that notes what the host function reads and writes."""

    reads: list[tuple[int, bytes]]
    """(address, bytes read), in order."""
    writes: list[tuple[int, Content]]
    """(address, bytes written), in order."""


class RawHostCall(NamedTuple):
    """One call of a host function: its values as bit patterns, the memory it touched, its end."""

    tick: int
    """The call instruction is the tick-th to complete (from 1), or would have been."""
    module: str
    name: str
    args: tuple[int, ...]
    results: tuple[int, ...]
    """Empty if the call failed or ended the program."""
    reads: tuple[tuple[int, bytes], ...] = ()
    """(address, bytes read), in order."""
    writes: tuple[tuple[int, Content], ...] = ()
    """(address, bytes written), in order."""
    type: FuncType | None = None
    """Types of args and results; None if they are unknown."""
    error: WasmlabError | None = None
    """What the function raised; None if it returned."""

    @property
    def failure(self) -> str:
        """Why the call failed, in one line; empty if it returned or the program exited."""
        if self.error is None or isinstance(self.error, ProcExit):
            return ""
        if isinstance(self.error, WasmException):
            return f"exception of {self.error.place}"
        return self.error.message


@dataclass(frozen=True, slots=True)
class HostFunc:
    """A function that the host provides under module and name.

    ``call(caller, *args)`` takes and returns bit patterns, one int for each parameter and result
    (a v128 is one int of 128 bits). It may raise ``Trap``, ``ProcExit``, ``WouldBlock`` (before any
    effect), ``WasmException``; anything else becomes a ``HostError``.
    """

    module: str
    name: str
    type: FuncType
    call: Callable[..., Sequence[int]]
    param_names: tuple[str, ...] = ()
    """Names of the parameters, for display; may be empty."""
    snapshotted: bool = False
    """Everything that calls change is in the program's snapshots: the state of WASI is, that of
    Python functions is not."""
