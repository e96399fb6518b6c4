"""What is known to lie where in the first memory of an instance: segments, C stack, symbols."""

from __future__ import annotations

from bisect import bisect_right

from wasmlab.debug.views.symbols import global_name
from wasmlab.escape import escaped_name
from wasmlab.exec.const import evaluate
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass
from wasmlab.runtime.store import read_global
from wasmlab.syntax.initial import SegmentMode
from wasmlab.syntax.types import I32, I64

if TYPE_CHECKING:
    from wasmlab.runtime.store import ModuleInst
    from wasmlab.syntax.module import Module


class DataSegment(NamedTuple):
    """An active data segment in the first memory, start to end (exclusive)."""

    start: int
    end: int
    name: str
    """``data 0``, with the name that the module gives it."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What stays where it is as long as the instance lives."""

    segments: tuple[DataSegment, ...]
    """By start."""
    starts: tuple[int, ...]
    symbols: dict[int, str]
    """Names of addresses: of immutable globals, such as ``__heap_base``."""
    stack_pointer: int | None
    """The global that LLVM's C stack grows down with."""
    stack_top: int
    """What it holds at first."""

    def segment_at(self, address: int) -> DataSegment | None:
        """Return the data segment that an address is in; of several the one that begins last."""
        place = bisect_right(self.starts, address) - 1
        found = self.segments[place] if place >= 0 else None
        return found if found is not None and address < found.end else None


def landmarks_of(instance: ModuleInst) -> Landmarks:
    """Return what is known of the first memory of an instance."""
    module = instance.module
    segments = sorted(
        DataSegment(start, start + data.init.end - data.init.start, segment_name(module, index))
        for index, data in enumerate(module.datas)
        if data.mode is SegmentMode.ACTIVE and data.mem == 0
        for start in (evaluate(instance, data.at),)
    )
    pointer = stack_pointer_of(module)
    return Landmarks(
        segments=tuple(segments),
        starts=tuple(segment.start for segment in segments),
        symbols=_symbols(instance),
        stack_pointer=pointer,
        stack_top=0 if pointer is None else _first_value(instance, pointer),
    )


def segment_name(module: Module, index: int) -> str:
    """Return ``data 0 .rodata``, or ``data 0`` if the module gives the segment no name."""
    return f"data {index} {escaped_name(module.names.datas.get(index, ''))}".rstrip()


def stack_pointer_of(module: Module) -> int | None:
    """Return the global that LLVM's linker calls ``__stack_pointer``; None if there is none."""
    named = (x for x in range(len(module.global_types)) if _is_stack_pointer(module, x))
    return next(named, None)


def _is_stack_pointer(module: Module, index: int) -> bool:
    return global_name(module, index) in {"$__stack_pointer", "__stack_pointer"}


def _first_value(instance: ModuleInst, index: int) -> int:
    """Return what a global held at first; 0 for one that is imported."""
    module = instance.module
    own = index - (len(module.global_types) - len(module.globals))
    return evaluate(instance, module.globals[own].init) if own >= 0 else 0


def _symbols(instance: ModuleInst) -> dict[int, str]:
    """Return the names of immutable globals that are addresses, by address."""
    found: dict[int, str] = {}
    names = instance.module.names.globals.keys() | instance.module.global_exports.keys()
    for index in sorted(names):
        variable = instance.globals[index]
        if not variable.type.mutable and variable.type.value in {I32, I64}:
            name = global_name(instance.module, index).removeprefix("$")
            found.setdefault(read_global(instance.store, variable), name)
    return found
