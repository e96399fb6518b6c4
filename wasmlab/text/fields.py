"""Module fields as lines of text: everything but the bodies of functions."""

from __future__ import annotations

from wasmlab.binary.custom import NAME
from wasmlab.counted import counted
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.syntax.initial import SegmentMode
from wasmlab.syntax.module import Custom, Data, Elem, ExternKind
from wasmlab.syntax.types import FUNC, RefType
from wasmlab.text.instructions import NameScope, instr_text
from wasmlab.text.naming import Naming, defined, identifier
from wasmlab.text.numerals import bytes_text, string_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wasmlab.syntax.instr import Expr

KEYWORDS = {1: "type", 2: "import", 3: "func", 4: "table", 13: "tag", 5: "memory", 6: "global",
            7: "export", 8: "start", 9: "elem", 10: "code", 11: "data"}  # fmt: skip
"""Sections by id, as the text format calls them, in the order of the binary format."""
_PLACES = {0: "before first", 12: "before code", **{n: f"after {w}" for n, w in KEYWORDS.items()}}
"""Places of custom sections by the id of the section before; assemblers know no ``datacount``."""
WIDTH = 100
_BYTES_PER_LINE = 32
_FUNC_REF = RefType(nullable=False, heap=FUNC)
_REF_FUNC = "ref.func "


class PrintedLine(NamedTuple):
    """A line of text."""

    text: str
    offset: int | None = None
    """Byte offset in the module of the instruction on the line; None if there is none."""
    func: int | None = None
    """The function that the line belongs to, imports counted."""
    at: int | None = None
    """Byte offset in the module of the bytes that the line shows; None if it shows none."""


def head_lines(naming: Naming) -> Iterator[PrintedLine]:
    """Yield the fields before the functions, ``(module`` first."""
    name = identifier(naming.module.names.module or "")
    yield PrintedLine(f"(module {name}" if name else "(module")
    yield from _type_lines(naming)
    yield from _import_lines(naming)
    yield from _definition_lines(naming)
    yield from _export_lines(naming)
    for x, elem in enumerate(naming.module.elems):
        yield from _elem_lines(naming, x, elem)


def _type_lines(naming: Naming) -> Iterator[PrintedLine]:
    sizes = naming.module.group_sizes or (1,) * len(naming.module.types)
    x = 0
    for size in sizes:
        members = [naming.type_def(y) for y in range(x, x + size)]
        if size == 1:
            yield PrintedLine(f"  {members[0]}")
        else:
            yield PrintedLine("  (rec")
            yield from (PrintedLine(f"    {member}") for member in members)
            yield PrintedLine("  )")
        x += size


def _import_lines(naming: Naming) -> Iterator[PrintedLine]:
    counts = dict.fromkeys(ExternKind, 0)
    for item in naming.module.imports:
        what = naming.extern(item.type, counts[item.kind])
        counts[item.kind] += 1
        place = f"{string_text(item.module)} {string_text(item.name)}"
        yield PrintedLine(f"  (import {place} ({what}))", at=item.offset)


def _definition_lines(naming: Naming) -> Iterator[PrintedLine]:
    module, scope = naming.module, NameScope(naming)
    for x, table in enumerate(module.tables, len(module.table_types) - len(module.tables)):
        init = f" {expr_text(scope, table.init)}" if table.init else ""
        yield PrintedLine(f"  ({naming.extern(table.type, x)}{init})", at=table.offset)
    for x, mem in enumerate(module.mems, len(module.mem_types) - len(module.mems)):
        yield PrintedLine(f"  ({naming.extern(mem, x)})")
    for x, tag in enumerate(module.tags, len(module.tag_types) - len(module.tags)):
        yield PrintedLine(f"  ({naming.extern(tag, x)})")
    for x, item in enumerate(module.globals, len(module.global_types) - len(module.globals)):
        init = expr_text(scope, item.init)
        yield PrintedLine(f"  ({naming.extern(item.type, x)} {init})", at=item.offset)


def _export_lines(naming: Naming) -> Iterator[PrintedLine]:
    spaces: Mapping[ExternKind, Mapping[int, str]] = {
        ExternKind.FUNC: naming.funcs,
        ExternKind.TABLE: naming.tables,
        ExternKind.MEMORY: naming.mems,
        ExternKind.GLOBAL: naming.globals,
        ExternKind.TAG: naming.tags,
    }
    for item in naming.module.exports:
        target = spaces[item.kind].get(item.index, str(item.index))
        yield PrintedLine(
            f"  (export {string_text(item.name)} ({item.kind.value} {target}))", at=item.offset
        )
    start = naming.module.start
    if start is not None:
        yield PrintedLine(f"  (start {naming.funcs.get(start, str(start))})")


def _elem_lines(naming: Naming, x: int, elem: Elem) -> Iterator[PrintedLine]:
    scope = NameScope(naming)
    words = [f"  (elem {defined(naming.elems, x, naming.module.names.elems)}"]
    if elem.mode is SegmentMode.ACTIVE:
        table = naming.tables.get(elem.table, str(elem.table))
        words.append(f"(table {table}) (offset {expr_text(scope, elem.at)})")
    elif elem.mode is SegmentMode.DECLARATIVE:
        words.append("declare")
    words += _elem_list(scope, elem)
    yield from (PrintedLine(text, at=elem.offset) for text in wrapped(words, ")"))


def _elem_list(scope: NameScope, elem: Elem) -> list[str]:
    shown = [expr_text(scope, expr) for expr in elem.init]
    is_funcs = elem.type == _FUNC_REF and all(text.startswith(_REF_FUNC) for text in shown)
    if is_funcs:
        return ["func", *(text.removeprefix(_REF_FUNC) for text in shown)]
    return [scope.naming.storage(elem.type), *(f"(item {text})" for text in shown)]


def data_lines(naming: Naming, x: int) -> Iterator[PrintedLine]:
    """Yield the lines of data segment x; each has the offset of its bytes."""
    data = naming.module.datas[x]
    start, end = data.init
    head = (
        f"  (data {defined(naming.datas, x, naming.module.names.datas)}{_data_target(naming, data)}"
    )
    yield from _with_bytes(naming, head, data.offset, range(start, end))


def _with_bytes(naming: Naming, head: str, offset: int, span: range) -> Iterator[PrintedLine]:
    """Yield the lines of a field that ends with bytes of the module; head is at an offset."""
    content = naming.module.data
    if len(span) <= _BYTES_PER_LINE:
        text = bytes_text(content[span.start : span.stop])
        yield PrintedLine(f"{head} {text})", at=span.start)
        return
    yield PrintedLine(head, at=offset)
    for at in span[::_BYTES_PER_LINE]:
        chunk = content[at : min(at + _BYTES_PER_LINE, span.stop)]
        yield PrintedLine(f"    {bytes_text(chunk)}", at=at)
    yield PrintedLine("  )")


def _data_target(naming: Naming, data: Data) -> str:
    if data.mode is not SegmentMode.ACTIVE:
        return ""
    mem = f" (memory {naming.mems.get(data.mem, str(data.mem))})" if data.mem else ""
    return f"{mem} (offset {expr_text(NameScope(naming), data.at)})"


def custom_lines(naming: Naming, custom: Custom, longest: int | None) -> Iterator[PrintedLine]:
    """Yield a custom section as an annotation, or a comment if it has more bytes than ``longest``.

    The names of the name section are in the text already. Source: core spec, appendix/custom.html.
    """
    start, end = custom.payload
    name = string_text(custom.name)
    if custom.name == NAME:
        return
    if longest is not None and end - start > longest:
        size = counted(end - start, "byte")
        left_out = f"  ;; custom section {name}, {size}: dis --custom=all writes it"
        yield PrintedLine(left_out, at=start)
        return
    head = f"  (@custom {name} ({_PLACES[custom.after]})"
    yield from _with_bytes(naming, head, start, range(start, end))


def expr_text(scope: NameScope, expr: Expr) -> str:
    """Return a constant expression on one line, without its final ``end``."""
    return " ".join(instr_text(scope, instr) for instr in expr[:-1])


def wrapped(words: list[str], close: str) -> list[str]:
    """Return the words as lines of at most ``WIDTH`` where they allow it."""
    lines: list[str] = []
    line = words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = f"    {word}"
        else:
            line += f" {word}"
    return [*lines, line + close]
