"""What a program is granted: the one list that ``run``, ``Session`` and the command line share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wasmlab.engine.program import ProgramOptions
from wasmlab.engine.recording.default_limit import DEFAULT_LIMIT
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.streams import Input
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.records import dataclass, replace
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.memory_budget import MOST_ADDRESSES, MOST_MEMORY, heap_limit

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from wasmlab.host.wasi.faults import Fault
    from wasmlab.host.wasi.fs.mount import Dir
    from wasmlab.host.wasi.quotas import Quotas
    from wasmlab.module import Module
    from wasmlab.runtime.values import PyValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What a program is given, and how it is run; by default nothing of the host.

    The fields are the keyword arguments of ``Session``: a new one is added here, and where it acts.
    """

    args: Sequence[str] = ()
    """The program's arguments, without its name."""
    env: Mapping[str, str] | None = None
    """Environment variables."""
    dirs: Mapping[str, str | os.PathLike[str] | Dir] | None = None
    """Directories of the host by the path that the program sees."""
    stdin: bytes | Callable[[int], bytes | None] | None = b""
    """Standard input: bytes, a function that is asked for up to n bytes, or None if ``feed_input``
    gives it."""
    imports: Mapping[str, Mapping[str, object]] | None = None
    """By module and name: Python functions, numbers, exports of other instances."""
    preload: Mapping[str, Module] | None = None
    """Modules that are instantiated first, by the name that imports use."""
    invoke: str | None = None
    """The exported function to enter in place of ``_start``."""
    invoke_args: Sequence[PyValue] = ()
    stub_imports: str | None = None
    """What unknown imports do: trap, zero or ask; None refuses modules that have some."""
    faults: Sequence[Fault] = ()
    """WASI calls that fail."""
    quotas: Quotas | None = None
    """How much of the host's resources the program may use."""
    seed: int = 0
    """Where the random bytes of a deterministic program begin."""
    deterministic: bool = True
    """The clock is virtual and random bytes come from ``seed``."""
    wasi: Wasi | None = None
    """The WASI instance, in place of one made from the fields above."""
    limits: Limits | None = None
    """How deep calls may go, and how much the store may hold."""
    max_memory: int | None = None
    """Bytes that memories, tables and objects may touch together, in place of ``limits``."""
    max_address_space: int | None = None
    """Bytes that memories with 64-bit addresses may declare together, likewise."""
    engine: str = "auto"
    """auto, reference or native; results are the same."""
    record_limit: int = DEFAULT_LIMIT
    """Bytes that the recording of a session may take."""

    def __post_init__(self) -> None:
        """Refuse what is of another kind, with UsageError: it comes from Python as it is."""
        for name in ("args", "invoke_args"):
            given = getattr(self, name)
            if isinstance(given, str | bytes) or not isinstance(given, Sequence):
                raise UsageError(f"{name}: a list is needed, not {type(given).__name__}")
        for name in ("env", "dirs", "imports", "preload"):
            need_mapping(name, getattr(self, name))
        for text in (*self.args, *(self.env or {}), *(self.env or {}).values()):
            _need_text(text)
        if wrong := next((name for name in self.env or {} if "=" in name), ""):
            raise UsageError(f"env: a variable's name has no =: {wrong!r}")
        if not (self.stdin is None or isinstance(self.stdin, bytes) or callable(self.stdin)):
            kind = type(self.stdin).__name__
            raise UsageError(f"stdin: bytes, a function or None is needed, not {kind}")


def need_mapping(name: str, given: object) -> None:
    """Raise UsageError unless that is a dictionary or None."""
    if given is not None and not isinstance(given, Mapping):
        raise UsageError(f"{name}: a dictionary is needed, not {type(given).__name__}")


def _need_text(given: object) -> None:
    if not isinstance(given, str):
        raise UsageError(f"args and env are texts, found {given!r}")


INTERACTIVE = Grants(stdin=None)
"""Nothing of the host; standard input is what the program's user types."""


_AS_THEY_ARE = ("env", "dirs", "faults", "quotas", "seed", "deterministic")
WASI_FIELDS = ("args", "stdin", *_AS_THEY_ARE)
"""Fields that a WASI instance is made from, unless that is given as a whole."""


def wasi_of(module: Module, grants: Grants, make: Callable[..., Wasi] = Wasi) -> Wasi:
    """Return the WASI instance that a module is granted.

    make: called with keyword arguments of ``Wasi``; those that grants do not have, such as
    ``stdout``, are its own to choose.
    """
    if grants.wasi is not None:
        return grants.wasi
    return make(
        args=[module.name or "program", *grants.args],
        stdin=Input() if grants.stdin is None else grants.stdin,
        **{name: getattr(grants, name) for name in _AS_THEY_ARE},
    )


def _limits(grants: Grants) -> Limits:
    limits = grants.limits or Limits()
    if grants.max_memory is not None:
        memory = min(grants.max_memory, MOST_MEMORY)
        limits = replace(limits, memory=memory, heap=max(limits.heap, heap_limit(memory)))
    if grants.max_address_space is not None:
        limits = replace(limits, address_space=min(grants.max_address_space, MOST_ADDRESSES))
    return limits


def program_options(grants: Grants) -> ProgramOptions:
    """Return how a program is loaded: what it is linked to, what is invoked, limits and tier."""
    return ProgramOptions(
        imports=grants.imports or {},
        preload=grants.preload or {},
        invoke=grants.invoke,
        invoke_args=grants.invoke_args,
        stub_imports=grants.stub_imports,
        limits=_limits(grants),
        engine=grants.engine,
    )
