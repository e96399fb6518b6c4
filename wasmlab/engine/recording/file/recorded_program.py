"""The program of a recording: its modules and how they are loaded, as values of the file."""

from __future__ import annotations

import sys

from wasmlab.binary.magic import MAGIC
from wasmlab.engine.program import ProgramOptions
from wasmlab.engine.recording.file.encoding import (
    data,
    each,
    encode,
    fields,
    flag,
    number,
    optional,
    shown_text,
    text,
)
from wasmlab.engine.recording.file.images import pack_words, unpack_words
from wasmlab.errors import BadRecording, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.module import Module, decode_module
from wasmlab.records import dataclass, field, replace
from wasmlab.records import fields as fields_of
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.memory_budget import MOST_ADDRESSES, MOST_HEAP, MOST_MEMORY
from wasmlab.text.linemap import LineMap
from wasmlab.text.positions import TextPosition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.engine.program import Program

_PLACE = 12
"""Bytes of an entry of a line map."""
_USUAL = Limits()
HIGHEST = Limits(
    frames=max(1 << 20, _USUAL.frames),
    slots=max(1 << 24, _USUAL.slots),
    memory=MOST_MEMORY,
    address_space=MOST_ADDRESSES,
    heap=max(MOST_HEAP, _USUAL.heap),
    host_depth=1 << 16,
    steps=1 << 60,
)
"""Higher limits are refused, when a recording is made and when it is opened: who sends a file does
not decide how much memory its program may take."""
_MOST_HERE = max(1 << 32, _USUAL.memory)
"""Of memory, a program of a file gets no more on this machine, whatever its limit was."""


@dataclass(frozen=True, slots=True)
class RecordedProgram:
    """A program as a recording holds it: enough to load it without its host."""

    module: Module
    preload: Mapping[str, Module] = field(default_factory=dict[str, "Module"])
    limits: Limits = field(default_factory=Limits)
    is_command: bool = False
    hosts: tuple[tuple[str, str], ...] = ()
    """(module, name) of the host functions, in store order."""

    def options(self, engine: str) -> ProgramOptions:
        """Return how to load it without its host."""
        return ProgramOptions(
            preload=self.preload,
            limits=self.limits,
            engine=engine,
            stub_imports="absent",
            starts_libraries=False,
            provides_wasi=False,
        )


def recorded_program(program: Program, preload: Mapping[str, Module]) -> RecordedProgram:
    """Return what is recorded of a program beside its run."""
    hosts = tuple((f.host.module, f.host.name) for f in program.store.funcs if f.host is not None)
    return RecordedProgram(program.module, preload, program.store.limits, program.is_command, hosts)


def program_value(recorded: RecordedProgram) -> bytes:
    """Return all but the modules, encoded.

    Byte order of the arenas, limits by name, whether it has ``_start``, the names under which
    modules are preloaded, module and name of each host function.
    """
    limits = tuple((f.name, getattr(recorded.limits, f.name)) for f in fields_of(Limits))
    return encode(
        (sys.byteorder, limits, recorded.is_command, tuple(recorded.preload), recorded.hosts)
    )


def program_in(value: object) -> tuple[RecordedProgram, tuple[str, ...]]:
    """Return a program without its modules, and the names of those that are preloaded.

    Raises BadRecording.
    """
    order, limits, is_command, names, hosts = fields(value, 5)
    if order != sys.byteorder:
        raise BadRecording("the recording is of a machine with another byte order")
    recorded = RecordedProgram(
        _EMPTY, {}, _limits(limits), flag(is_command), each(hosts, _host_name)
    )
    return recorded, each(names, text)


def _limits(value: object) -> Limits:
    defaults = _USUAL
    found: dict[str, int | None] = {}
    for pair in each(value, lambda pair: fields(pair, 2)):
        name, most = text(pair[0]), pair[1]
        if not hasattr(defaults, name):
            raise BadRecording(f"the recording has a limit that is not known here: {name!r}")
        absent = most is None and getattr(defaults, name) is None
        if not absent and number(most) > getattr(HIGHEST, name):
            raise BadRecording(
                f"the program of the recording may take {name} {most:,}",
                hint=f"recordings with at most {getattr(HIGHEST, name):,} are opened",
            )
        found[name] = None if absent else number(most)
    limits = replace(defaults, **found)
    return replace(limits, memory=min(limits.memory, _MOST_HERE))


_EMPTY = decode_module(MAGIC + b"\1\0\0\0", "<bytes>")


def _host_name(value: object) -> tuple[str, str]:
    module, name = fields(value, 2)
    return text(module), text(name)


def module_value(module: Module) -> bytes:
    """Return a module: name, bytes, text or None, and the line map or None.

    A line map is two rows of numbers: (offset, line, column), and the offsets of marks.
    """
    lines = module.line_map
    rows = None
    if lines is not None:
        places = [n for at, place in lines.positions.items() for n in (at, *place)]
        rows = (pack_words(places, "I"), pack_words(sorted(lines.marks), "I"))
    return encode((module.name, module.data, module.source, rows))


def module_in(value: object) -> Module:
    """Return the module that a value describes; BadRecording if it is not valid."""
    name, content, source, lines = fields(value, 4)
    if not data(content).startswith(MAGIC):
        raise BadRecording("a module in the recording is no module")
    try:
        module = decode_module(data(content), "<bytes>")
    except WasmlabError as error:
        raise BadRecording(f"a module in the recording cannot be loaded: {error}") from error
    wat = optional(source, text)
    return replace(
        module,
        name=shown_text(name),
        source=wat,
        lines=optional(lines, lambda m: _line_map(m, wat, len(module.data))),
    )


def _line_map(value: object, source: str | None, size: int) -> LineMap:
    """Return the line map of a module of ``size`` bytes."""
    places, marks = fields(value, 2)
    if max(len(data(places)) // _PLACE, len(data(marks)) // 4) > size:
        raise BadRecording("a line map in the recording is longer than its module")
    row, last = unpack_words(places, "I"), (source or "").count("\n") + 1
    positions = {
        at: TextPosition(line, column)
        for at, line, column in zip(row[::3], row[1::3], row[2::3], strict=False)
    }
    there = {
        at: place
        for at, place in positions.items()
        if at < size and 1 <= place.line <= last and place.column
    }
    return LineMap(there, frozenset(unpack_words(marks, "I")))
