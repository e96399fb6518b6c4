"""From a module to its text, with the place in the module of every line.

Instructions are written flat, one per line. The text is made part by part when it is asked for:
a module of many megabytes can be shown at once, as one line per function, and only those
functions are decoded that somebody opens.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from wasmlab.binary.decode import decode_body
from wasmlab.errors import WasmlabError
from wasmlab.isa.row import Imm
from wasmlab.syntax.types import DefType, FuncType, RecIdx
from wasmlab.text.fields import Line, custom_line, data_lines, head_lines, wrapped
from wasmlab.text.instructions import Scope, instr_text
from wasmlab.text.linemap import LineMap, Position
from wasmlab.text.naming import Naming, defined, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wasmlab.syntax.module import Body, Instr, Module

_MIDDLES = frozenset({"else", "catch", "catch_all"})
_CLOSERS = frozenset({"end", "delegate"})
_CACHED_FUNCS = 256


class Part(NamedTuple):
    """A piece of the text: kind is ``head``, ``func``, ``data`` or ``tail``."""

    kind: str
    number: int = 0
    """Of the function (imports counted) or the data segment."""


@dataclass(frozen=True)
class Printed:
    """The text of a module, made when asked for."""

    module: Module
    _cache: dict[int, tuple[Line, ...]] = field(
        default_factory=dict[int, tuple[Line, ...]], repr=False, compare=False
    )

    @cached_property
    def naming(self) -> Naming:
        """The module's identifiers."""
        return Naming(self.module)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All pieces of the text in order."""
        first = self.module.imported_funcs
        return (
            Part("head"),
            *(Part("func", first + i) for i in range(len(self.module.funcs))),
            *(Part("data", i) for i in range(len(self.module.datas))),
            Part("tail"),
        )

    def part(self, part: Part) -> tuple[Line, ...]:
        """Return the lines of a piece."""
        match part.kind:
            case "head":
                return self.head
            case "func":
                return self.func(part.number)
            case "data":
                return tuple(data_lines(self.naming, part.number))
            case _:
                return (*map(custom_line, self.module.customs), Line(")"))

    @cached_property
    def head(self) -> tuple[Line, ...]:
        """The fields before the functions."""
        return tuple(head_lines(self.naming))

    def func(self, index: int) -> tuple[Line, ...]:
        """Return the lines of a function that the module defines; the latest few are kept.

        A body that cannot be decoded is one line that says so.
        """
        lines = self._cache.get(index)
        if lines is None:
            if len(self._cache) >= _CACHED_FUNCS:
                del self._cache[next(iter(self._cache))]
            lines = self._cache[index] = tuple(_func_lines(self, index))
        return lines

    def summary(self, part: Part) -> Line:
        """Return one line that stands for a piece that is not opened; decodes no body."""
        match part.kind:
            case "func":
                body = self.module.funcs[part.number - self.module.imported_funcs].body
                size = body.end - body.start
                return Line(f"  ({_func_head(self, part.number)} ...) ;; {size} bytes", body.start)
            case "data":
                data = self.module.datas[part.number]
                size = data.init.end - data.init.start
                name = defined(self.naming.datas, part.number)
                return Line(f"  (data {name} ...) ;; {size} bytes", data.init.start)
            case _:
                return self.part(part)[0]

    def format_instr(self, func: int, instr: Instr) -> str:
        """Return an instruction of a function with its immediates, labels as depths."""
        return instr_text(Scope(self.naming, _local_names(self, func)), instr)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The whole text."""
        return tuple(line for part in self.parts for line in self.part(part))

    @cached_property
    def text(self) -> str:
        """The whole text, with a final newline."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @cached_property
    def offsets(self) -> Mapping[int, int]:
        """The offset in the module of what each line (from 1) shows, for lines that have one."""
        return {n: line.offset for n, line in enumerate(self.lines, 1) if line.offset is not None}

    @cached_property
    def func_lines(self) -> Mapping[int, range]:
        """The lines (from 1) of each function."""
        spans: dict[int, range] = {}
        at = 1
        for part in self.parts:
            size = len(self.part(part))
            if part.kind == "func":
                spans[part.number] = range(at, at + size)
            at += size
        return spans

    @cached_property
    def line_map(self) -> LineMap:
        """The map from instructions to the lines of the whole text."""
        positions: dict[int, Position] = {}
        marks: set[int] = set()
        for span in self.func_lines.values():
            for number in span[1:]:
                text, offset = self.lines[number - 1]
                if offset is None:
                    continue
                word = text.strip()
                positions[offset] = Position(number, len(text) - len(text.lstrip()) + 1)
                if word.partition(" ")[0] in _MARKS:
                    marks.add(offset)
        return LineMap(positions, frozenset(marks))


_MARKS = frozenset({"else", "end", ")"})


def print_module(module: Module) -> Printed:
    """Return the text of module; nothing is decoded before it is asked for."""
    return Printed(module)


def print_func(module: Module, index: int) -> tuple[Line, ...]:
    """Return the lines of one function that the module defines; imports count in index."""
    return Printed(module).func(index)


def _local_names(printed: Printed, func: int) -> dict[int, str]:
    return printed.naming.locals(func)


def _func_head(printed: Printed, index: int) -> str:
    naming = printed.naming
    use = naming.type_use(printed.module.func_types[index], naming.locals(index))
    return f"func {defined(naming.funcs, index)} {use}"


def _func_lines(printed: Printed, index: int) -> Iterator[Line]:
    func = printed.module.funcs[index - printed.module.imported_funcs]
    yield Line(f"  ({_func_head(printed, index)}")
    try:
        body = decode_body(_with_indices(printed.module), func)
    except WasmlabError as error:
        yield Line(f"    ;; {error}", func.body.start)
        yield Line("  )")
        return
    names = printed.naming.locals(index)
    yield from _local_lines(printed, func.type, body, names)
    yield from _body_lines(printed, index, body, names)


def _with_indices(module: Module) -> Module:
    """Return the module with types as indices: equal types stay apart, as they were written."""
    types = tuple(RecIdx(x) for x in range(len(module.types)))
    return replace(module, types=cast("tuple[DefType, ...]", types))


def _local_lines(
    printed: Printed, t: DefType, body: Body, names: Mapping[int, str]
) -> Iterator[Line]:
    params = len(t.comp.params) if isinstance(t.comp, FuncType) else 0
    words: list[str] = []
    for x, local in enumerate(body.locals, params):
        shown = printed.naming.storage(local)
        if x in names:
            words.append(f"(local {names[x]} {shown})")
        elif words and x - 1 not in names:
            words[-1] = f"{words[-1][:-1]} {shown})"
        else:
            words.append(f"(local {shown})")
    if words:
        first, *others = words
        yield from (Line(text) for text in wrapped([f"    {first}", *others], ""))


def _body_lines(
    printed: Printed, index: int, body: Body, names: Mapping[int, str]
) -> Iterator[Line]:
    labels: list[str] = [""]
    scope = Scope(printed.naming, names, labels)
    label_names = printed.module.names.labels.get(index, {})
    blocks = 0
    for instr in body.instrs:
        row = instr.row
        if row.mnemonic in _CLOSERS:
            labels.pop()
        if not labels:
            yield Line("  )", instr.offset)
            return
        indent = "  " * (len(labels) + (row.mnemonic not in _MIDDLES))
        text = instr_text(scope, instr)
        if Imm.BLOCKTYPE in row.imms:
            name = identifier(label_names.get(blocks, "")) or ""
            blocks += 1
            text = _opened(text, name, len(labels))
            labels.append(name)
        elif Imm.LABELIDX in row.imms and not text.partition(" ")[2].startswith("$"):
            text = f"{text} ;; @{_target(instr, labels)}"
        yield Line(indent + text, instr.offset)


def _opened(text: str, name: str, number: int) -> str:
    if not name:
        return f"{text} ;; @{number}"
    mnemonic, _, rest = text.partition(" ")
    return f"{mnemonic} {name} {rest}".rstrip()


def _target(instr: Instr, labels: list[str]) -> int:
    depth = instr.imms[instr.row.imms.index(Imm.LABELIDX)]
    return len(labels) - 1 - depth if isinstance(depth, int) else 0
