"""The pieces of a printed module: head, functions, data segments, tail.

Instructions are written flat, one per line. The text comes in parts, each made when it is asked
for: a function is decoded only when its text is needed.
"""

from __future__ import annotations

from functools import cached_property

from wasmlab.binary.body import decode_body_as_far
from wasmlab.counted import counted
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import NamedTuple, dataclass, field, replace
from wasmlab.syntax.row import Imm
from wasmlab.syntax.types import DefType, FuncType, RecIdx
from wasmlab.text.fields import PrintedLine, custom_lines, data_lines, head_lines, wrapped
from wasmlab.text.instructions import NameScope, instr_text
from wasmlab.text.naming import Naming, defined, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wasmlab.syntax.instr import Body, Instr
    from wasmlab.syntax.module import Module

LONGEST_CUSTOM = 1 << 16
"""Bytes of the longest custom section whose content is printed unless all are wanted."""
_CACHED_PARTS = 256
_DEEPEST = 50
"""Levels of indentation; deeper blocks stay there, or the text would outgrow the module."""


class TextPart(NamedTuple):
    """A piece of the text: kind is ``head``, ``func``, ``data`` or ``tail``."""

    kind: str
    number: int = 0
    """Index of the function (imports counted) or of the data segment."""


@dataclass(frozen=True)
class Printer:
    """Prints the pieces of a module, each for itself."""

    module: Module
    longest_custom: int | None = LONGEST_CUSTOM
    """Bytes of the longest custom section whose content is printed; None: of all."""
    _cache: dict[TextPart, tuple[PrintedLine, ...]] = field(
        default_factory=dict[TextPart, tuple[PrintedLine, ...]], repr=False, compare=False
    )

    @cached_property
    def naming(self) -> Naming:
        """The module's identifiers."""
        return Naming(self.module)

    @cached_property
    def with_indices(self) -> Module:
        """The module with types as indices: equal types stay apart, as they were written."""
        types = tuple(RecIdx(x) for x in range(len(self.module.types)))
        return replace(self.module, types=cast("tuple[DefType, ...]", types))

    @cached_property
    def parts(self) -> tuple[TextPart, ...]:
        """All pieces of the text in order."""
        first = self.module.imported_funcs
        return (
            TextPart("head"),
            *(TextPart("func", first + i) for i in range(len(self.module.funcs))),
            *(TextPart("data", i) for i in range(len(self.module.datas))),
            TextPart("tail"),
        )

    def part(self, part: TextPart) -> tuple[PrintedLine, ...]:
        """Return the lines of a piece; the latest few pieces are kept.

        A body is printed as far as it decodes; then a comment says what is wrong.
        """
        lines = self._cache.get(part)
        if lines is None:
            if len(self._cache) >= _CACHED_PARTS:
                del self._cache[next(iter(self._cache))]
            lines = self._cache[part] = tuple(self._print(part))
        return lines

    def func(self, index: int) -> tuple[PrintedLine, ...]:
        """Return the lines of a function that the module defines."""
        return self.part(TextPart("func", index))

    def _print(self, part: TextPart) -> Iterator[PrintedLine]:
        match part.kind:
            case "head":
                yield from head_lines(self.naming)
            case "func":
                yield from _func_lines(self, part.number)
            case "data":
                yield from data_lines(self.naming, part.number)
            case _:
                for custom in self.module.customs:
                    yield from custom_lines(self.naming, custom, self.longest_custom)
                yield PrintedLine(")")

    def summary(self, part: TextPart) -> PrintedLine:
        """Return one line that stands for a function or data segment; decodes no body."""
        if part.kind == "func":
            body = self.module.funcs[part.number - self.module.imported_funcs].body
            size = body.end - body.start
            text = f"  ({_func_head(self, part.number)} ...) ;; {counted(size, 'byte')}"
            return PrintedLine(text, func=part.number, at=body.start)
        data = self.module.datas[part.number].init
        name = defined(self.naming.datas, part.number, self.naming.module.names.datas)
        return PrintedLine(
            f"  (data {name} ...) ;; {counted(data.end - data.start, 'byte')}", at=data.start
        )

    def format_instr(self, func: int, instr: Instr) -> str:
        """Return an instruction of a function with its immediates, labels as depths."""
        return instr_text(NameScope(self.naming, self.naming.locals(func)), instr)


def _func_head(printer: Printer, index: int) -> str:
    naming = printer.naming
    use = naming.type_use(printer.module.func_types[index], naming.local_heads(index))
    return f"func {defined(naming.funcs, index, naming.module.names.funcs)} {use}"


def _func_lines(printer: Printer, index: int) -> Iterator[PrintedLine]:
    func = printer.module.funcs[index - printer.module.imported_funcs]
    yield PrintedLine(f"  ({_func_head(printer, index)}", func=index, at=func.body.start)
    body, error = decode_body_as_far(printer.with_indices, func)
    names = printer.naming.locals(index)
    for text in _local_lines(printer, func.type, body, printer.naming.local_heads(index)):
        yield PrintedLine(text, func=index, at=func.body.start)
    yield from _body_lines(printer, index, body, names)
    if error is not None:
        yield PrintedLine(f"    ;; {error}", func=index, at=func.body.start)
        yield PrintedLine("  )", func=index)


def _local_lines(printer: Printer, t: DefType, body: Body, heads: Mapping[int, str]) -> list[str]:
    params = len(t.comp.params) if isinstance(t.comp, FuncType) else 0
    words: list[str] = []
    for x, local in enumerate(body.locals, params):
        shown = printer.naming.storage(local)
        if x in heads:
            words.append(f"(local {heads[x]} {shown})")
        elif words and x - 1 not in heads:
            words[-1] = f"{words[-1][:-1]} {shown})"
        else:
            words.append(f"(local {shown})")
    return wrapped([f"    {words[0]}", *words[1:]], "") if words else []


def _body_lines(
    printer: Printer, index: int, body: Body, names: Mapping[int, str]
) -> Iterator[PrintedLine]:
    labels: list[str] = [""]
    scope = NameScope(printer.naming, names, labels)
    label_names = printer.module.names.labels.get(index, {})
    blocks = 0
    for instr in body.instrs:
        row = instr.row
        is_arm = row.closes and row.opens is not None
        if row.closes and not is_arm:
            labels.pop()
        if not labels:
            yield PrintedLine("  )", instr.offset, index, instr.offset)
            return
        indent = "  " * min(len(labels) + (not is_arm), _DEEPEST)
        text = instr_text(scope, instr)
        if row.is_block:
            name = identifier(label_names.get(blocks, "")) or ""
            blocks += 1
            text = _opened(text, name, len(labels))
            labels.append(name)
        elif Imm.LABELIDX in row.imms and not text.partition(" ")[2].startswith("$"):
            text = f"{text} ;; @{_target(instr, labels)}"
        yield PrintedLine(indent + text, instr.offset, index, instr.offset)


def _opened(text: str, name: str, number: int) -> str:
    if not name:
        return f"{text} ;; @{number}"
    mnemonic, _, rest = text.partition(" ")
    return f"{mnemonic} {name} {rest}".rstrip()


def _target(instr: Instr, labels: list[str]) -> int:
    depth = instr.imms[instr.row.imms.index(Imm.LABELIDX)]
    return len(labels) - 1 - depth if isinstance(depth, int) else 0
