"""The host's answers in a recording's file, with what they did to WASI.

An answer is a tuple: tick, module, name, arguments, results, what was read and what was written
(address and bytes each), the error it raised or None, instructions that it made the program
execute, an image of the arenas or None, whether it changed real files, and what changed in the
state of WASI: the descriptors (None for one that is closed), slept nanoseconds, clock readings,
random bytes taken, bytes read from standard input, bytes written to files, and what was printed
(stream, bytes, tick before the call).

Readers raise BadRecording for answers that no host can have given. Whether a result is a value of
its type is known when the program is given it (``hosts.answer_check``).
"""

from __future__ import annotations

from wasmlab.engine.recording.file.encoding import (
    data,
    each,
    fields,
    flag,
    items,
    naturals,
    number,
    optional,
    shown_text,
    text,
)
from wasmlab.engine.recording.file.snapshots import MOST_TICKS
from wasmlab.engine.recording.hosts.host_log import HostAnswer
from wasmlab.errors import (
    BadRecording,
    DebugError,
    Exhaustion,
    HostError,
    ProcExit,
    Trap,
    TrapCode,
    Unsupported,
    UsageError,
    WasmException,
    WasmlabError,
)
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.clock import LAST, ClockState
from wasmlab.host.wasi.descriptor import Descriptor
from wasmlab.host.wasi.flags import FdFlags, FileType, Rights
from wasmlab.host.wasi.persistent import PersistentMap
from wasmlab.host.wasi.streams import OutputPiece, OutputState
from wasmlab.host.wasi.wasi import WasiSnapshot
from wasmlab.records import dataclass, field
from wasmlab.runtime.host import RawHostCall
from wasmlab.runtime.operand import mask_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wasmlab.engine.recording.file.images import ImageReader, ImageWriter
    from wasmlab.syntax.types import FuncType, ValType

_BITS = (1 << 128) - 1
_MESSAGE = 1 << 14
"""Characters of a message that are kept, about."""
_MOST_FDS = 1 << 20
_LAST_STATUS = 0xFFFF_FFFF
_NOTHING = WasiSnapshot(PersistentMap(), (), ClockState(), 0, 0, OutputState(), 0, PersistentMap())


# --- WASI ---------------------------------------------------------------------------------------


def wasi_value(
    now: WasiSnapshot, before: WasiSnapshot | None, printed: Iterable[OutputPiece]
) -> tuple[object, ...]:
    """Return how a state of WASI differs from the one before (None: from nothing)."""
    before = before or _NOTHING
    descriptors: list[tuple[int, object]] = []
    if now.descriptors is not before.descriptors:
        was, is_ = dict(before.descriptors.items()), dict(now.descriptors.items())
        descriptors += [(fd, _open(d)) for fd, d in is_.items() if was.get(fd) != d]
        descriptors += [(fd, None) for fd in was.keys() - is_.keys()]
    return (
        tuple(descriptors), now.clock.slept, now.clock.reads, now.random, now.stdin, now.written,
        tuple((p.stream, p.data, p.tick) for p in printed), now.held,
    )  # fmt: skip


def _open(d: Descriptor) -> tuple[object, ...]:
    return (
        int(d.kind), int(d.rights), int(d.inheriting), int(d.flags), d.path, d.position, d.stream,
        d.preopen,
    )  # fmt: skip


@dataclass(slots=True)
class WasiReader:
    """Rebuilds the states of WASI; files and directories are not in them, only their names."""

    now: WasiSnapshot = _NOTHING

    def state(self, value: object) -> WasiSnapshot:
        """Return the next state."""
        descriptors, slept, reads, random, stdin, written, printed, held = fields(value, 8)
        table, output = self.now.descriptors, self.now.output
        for row in items(descriptors):
            fd, what = fields(row, 2)
            key = number(fd, 0, _MOST_FDS)
            table = table.remove(key) if what is None else table.put(key, _descriptor(what))
        for row in items(printed):
            stream, content, tick = fields(row, 3)
            piece = OutputPiece(number(stream, 1, 2), data(content), number(tick, 0, MOST_TICKS))
            output = output.add(piece)
        clock = ClockState(min(number(slept, 0, _BITS), LAST), number(reads))
        self.now = WasiSnapshot(
            table, (), clock, number(random), number(stdin), output, number(written),
            PersistentMap(), number(held),
        )  # fmt: skip
        return self.now


def _descriptor(value: object) -> Descriptor:
    kind, rights, inheriting, flags, path, position, stream, preopen = fields(value, 8)
    if kind not in set(FileType):
        raise BadRecording("a descriptor in the recording is of no known kind")
    return Descriptor(
        FileType(number(kind)), Rights(number(rights)), Rights(number(inheriting)),
        FdFlags(number(flags, 0, 0xFFFF)), shown_text(path), number(position),
        stream=optional(stream, lambda s: number(s, 0, 2)), preopen=flag(preopen),
    )  # fmt: skip


# --- errors -------------------------------------------------------------------------------------

_PLAIN = {kind.__name__: kind for kind in (HostError, UsageError, Unsupported, DebugError)}
_TRAPS = {kind.__name__: kind for kind in (Trap, Exhaustion)}


def error_value(error: WasmlabError) -> tuple[object, ...]:
    """Return an error as a value: its class first."""
    match error:
        case Trap():
            name = type(error).__name__
            return (name, error.code.name, error.detail, error.offset, error.backtrace)
        case ProcExit():
            return ("ProcExit", error.code & _LAST_STATUS)
        case WasmException():
            return ("WasmException", error.tag, error.values, error.reference)
        case _:
            name = type(error).__name__
            known = _PLAIN.get(name, HostError).__name__
            return (known, error.message, error.place, error.hint)


def error_in(value: object) -> WasmlabError:
    """Return the error that a value describes."""
    first, *rest = items(value) or ("",)
    name = text(first)
    if name in _TRAPS:
        return _trap(_TRAPS[name], fields(tuple(rest), 4))
    if name == "ProcExit":
        (status,) = fields(tuple(rest), 1)
        return ProcExit(number(status, 0, _LAST_STATUS))
    if name == "WasmException":
        tag, values, reference = fields(tuple(rest), 3)
        return WasmException(number(tag), naturals(values, _BITS), number(reference))
    if name not in _PLAIN:
        raise BadRecording("an error in the recording is of no known kind")
    message, place, hint = (shown_text(part, _MESSAGE) for part in fields(tuple(rest), 3))
    return _PLAIN[name](message, place=place, hint=hint)


def _trap(kind: type[Trap], parts: tuple[object, ...]) -> Trap:
    code, detail, offset, backtrace = parts
    if code not in TrapCode.__members__:
        raise BadRecording("a trap in the recording is of no known kind")
    trap = kind(TrapCode[text(code)], shown_text(detail, _MESSAGE))
    if offset is not None:
        trap.at(number(offset), each(backtrace, shown_text))
    return trap


# --- answers ------------------------------------------------------------------------------------


def answer_value(
    answer: HostAnswer,
    images: ImageWriter,
    before: WasiSnapshot | None,
    printed: Sequence[OutputPiece],
) -> tuple[object, ...]:
    """Return an answer as a value; before: the state of WASI when it was called."""
    call = answer.call
    return (
        call.tick, call.module, call.name, call.args, call.results, call.reads,
        tuple((addr, bytes(content)) for addr, content in call.writes),
        None if call.error is None else error_value(call.error), answer.ticks,
        None if answer.arenas is None else images.value(answer.arenas), answer.barrier,
        wasi_value(answer.wasi, before, printed),
    )  # fmt: skip


@dataclass(slots=True)
class HostAnswerReader:
    """Rebuilds answers; ``types``: those of the host functions by module and name.

    A module may import a function twice, with two types.
    """

    images: ImageReader
    types: Mapping[tuple[str, str], Sequence[FuncType]]
    wasi: WasiReader = field(default_factory=WasiReader)

    def answer(self, value: object) -> HostAnswer:
        """Return the next answer."""
        (tick, module, name, args, results, reads, writes, error, ticks, arenas, barrier, wasi) = (
            fields(value, 12)
        )
        key = (text(module), text(name))
        given, returned = naturals(args, _BITS), naturals(results, _BITS)
        functype = self._type(key, given, None if error is not None else returned)
        call = RawHostCall(
            number(tick, 1, MOST_TICKS), *key, given, returned if error is None else (),
            each(reads, _touched), each(writes, _touched), functype, optional(error, error_in),
        )  # fmt: skip
        before, state = self.wasi.now.descriptors, self.wasi.state(wasi)
        image = None if arenas is None else self.images.arenas(arenas)[0]
        return HostAnswer(
            call, state, before, number(ticks, 0, MOST_TICKS), image, barrier=flag(barrier)
        )  # fmt: skip

    def _type(
        self, key: tuple[str, str], args: tuple[int, ...], results: tuple[int, ...] | None
    ) -> FuncType:
        """Return the type of a function that can be called so; results: None if it failed."""
        types = self.types.get(key, ())
        if not types:
            raise BadRecording(f"the recording calls {'.'.join(key)}, which nothing imports")
        for t in types:
            if _have_room(t.params, args) and (results is None or _have_room(t.results, results)):
                return t
        raise BadRecording(f"the recording calls {'.'.join(key)} with values of other types")


def _have_room(types: Sequence[ValType], values: tuple[int, ...]) -> bool:
    """Return whether there are as many values as types, none with more bits than its type has."""
    pairs = zip(types, values, strict=False)
    return len(types) == len(values) and all(bits & mask_of(t) == bits for t, bits in pairs)


def _touched(value: object) -> tuple[int, bytes]:
    address, content = fields(value, 2)
    return number(address), data(content)
