"""Modules with their names and texts: assembled from text, or decoded from the binary format.

``Module`` holds the decoded syntax together with the text it came from; the layers below only
know the syntax.
"""

from __future__ import annotations

import os
import stat
from functools import cached_property

from wasmlab.errors import AssembleError, Invalid, Malformed, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.laps import lap
from wasmlab.records import NamedTuple, dataclass, field
from wasmlab.syntax import module as syntax

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.hints import Self
    from wasmlab.syntax.types import DefType
    from wasmlab.text.assembled import Assembled
    from wasmlab.text.code_lines import CodeLines
    from wasmlab.text.linemap import LineMap
    from wasmlab.text.printer import PrintedModule
    from wasmlab.text.typed import TypedReport


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a module, as ``Module.functions`` lists it."""

    index: int
    """Index in the function index space, imports first."""
    name: str
    """From the name section, else an export, else ``module.name`` of an import; may be empty."""
    type: DefType
    offset: int | None
    """Byte offset of the body in the module; None if it is imported."""
    size: int
    """Bytes of the body; 0 if it is imported."""

    @property
    def imported(self) -> bool:
        """Whether the module imports it."""
        return self.offset is None


@dataclass(frozen=True, slots=True)
class CustomSection:
    """A custom section."""

    name: str
    data: bytes


class FileState(NamedTuple):
    """What mostly tells whether a file is as it was: times in nanoseconds, bytes, its number."""

    modified: int
    changed: int
    size: int
    number: int


def file_state(path: str | Path) -> FileState | None:
    """Return the state of a regular file; None if there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return FileState(found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


@dataclass(frozen=True)
class Module:
    """A module: its syntax, and its text if it came from text.

    >>> module = session.module
    >>> module
    <Module factorial.wat, 173 bytes>
    >>> [export.name for export in module.exports]
    ['fac', 'fac_loop']
    >>> module.functions[0].name
    'fac'
    """

    syntax: syntax.Module
    name: str = "module"
    """File name, or ``<text>``."""
    source: str | None = None
    """The text it was assembled from."""
    lines: LineMap | bytes | None = None
    """From instructions to places in ``source``: the map, or the assembler's table."""
    note: str = ""
    """What should be known of how the text was assembled, such as why it has no line map."""
    file: str | None = None
    """The file it was loaded from."""
    read_as: FileState | None = field(default=None, compare=False)
    """The state of that file just before; None if it was no regular file."""

    @property
    def path(self) -> Path | None:
        """The file it was loaded from."""
        from pathlib import Path

        return None if self.file is None else Path(self.file)

    @property
    def data(self) -> bytes:
        """The binary format."""
        return self.syntax.data

    @property
    def imports(self) -> tuple[syntax.Import, ...]:
        """Imports in order."""
        return self.syntax.imports

    @property
    def exports(self) -> tuple[syntax.Export, ...]:
        """Exports in order."""
        return self.syntax.exports

    @cached_property
    def line_map(self) -> LineMap | None:
        """The map from instructions to places in ``source``."""
        if not isinstance(self.lines, bytes):
            return self.lines
        from wasmlab.text.linemap import read_line_map

        return read_line_map(self.lines, self.syntax, self.source or "")

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """All functions, imported ones first."""
        names = _function_names(self.syntax)
        first = self.syntax.imported_funcs
        return tuple(
            Function(x, names.get(x, ""), t, *_extent(self.syntax, x - first))
            for x, t in enumerate(self.syntax.func_types)
        )

    @cached_property
    def custom_sections(self) -> tuple[CustomSection, ...]:
        """Custom sections in order."""
        return tuple(
            CustomSection(custom.name, self.data[slice(*custom.payload)])
            for custom in self.syntax.customs
        )

    @cached_property
    def printed(self) -> PrintedModule:
        """The module as text made from the binary, with offsets."""
        from wasmlab.text.printer import print_module

        return print_module(self.syntax)

    @cached_property
    def code_lines(self) -> CodeLines:
        """Which code lines stand for: of the text it came from, else of ``printed``."""
        if self.source is None:
            return self.printed
        from wasmlab.text.code_lines import WrittenLines
        from wasmlab.text.linemap import LineMap

        return WrittenLines(self.syntax, self.source, self.line_map or LineMap({}))

    def wat(self) -> str:
        """Return the module as text made from the binary: flat, complete, names kept."""
        return self.printed.text

    def __deepcopy__(self, _known: object) -> Self:
        """Return itself: it does not change."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """Return how pickle makes it again: from its bytes, as types are one object each."""
        rest = (self.name, self.source, self.lines, self.note, self.file, self.read_as)
        return _decoded_again, (self.data, *rest)

    def __repr__(self) -> str:
        """Return a short text."""
        return f"<Module {self.name}, {len(self.data)} bytes>"


def _decoded_again(
    data: bytes,
    name: str,
    source: str | None,
    lines: LineMap | bytes | None,
    note: str,
    file: str | None,
    read_as: FileState | None,
) -> Module:
    return Module(_decoded(data), name, source, lines, note, file, read_as)


def need_module(found: object) -> None:
    """Raise UsageError unless that is a module: users give it in Python."""
    if not isinstance(found, Module):
        hint = "wasmlab.load(FILE) or wasmlab.assemble(TEXT) makes one"
        raise UsageError(f"a module is needed, not a {type(found).__name__}", hint=hint)


def _extent(module: syntax.Module, place: int) -> tuple[int | None, int]:
    if place < 0:
        return None, 0
    start, end = module.funcs[place].body
    return start, end - start


def _function_names(module: syntax.Module) -> dict[int, str]:
    imports = (i for i in module.imports if i.kind is syntax.ExternKind.FUNC)
    imported = {x: f"{i.module}.{i.name}" for x, i in enumerate(imports)}
    funcs = (e for e in module.exports if e.kind is syntax.ExternKind.FUNC)
    return imported | {e.index: e.name for e in funcs} | module.names.funcs


def assemble(text: str, *, check: bool = True, file: str = "<text>", keep: bool = False) -> Module:
    """Return the module that WAT text describes.

    check: validate it; without it, a module with type errors is returned too. keep: keep what the
    assembler makes, on disk, and start none for a text that was kept.
    Raises AssembleError or Invalid, both with line, column and an excerpt of the text; UsageError
    for what is no text.

    >>> wl.assemble("(module (memory 1))")
    <Module <text>, 13 bytes>
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - users give it in Python
        hint = "wasmlab.load takes bytes and files"
        raise UsageError(f"a text is needed, not {type(text).__name__}", hint=hint)
    if keep:
        from wasmlab.text.kept import assembled_once as assemble_text
    else:
        from wasmlab.text.assemble import assemble_text

    try:
        assembled = assemble_text(text, file=file)
        return _from_text(assembled, text, file, check=check)
    except Malformed as error:
        raise AssembleError(str(error), file=file) from error


def _from_text(assembled: Assembled, text: str, file: str, *, check: bool) -> Module:
    lap("assemble")
    known = _known(assembled.data)
    decoded = known or _decoded(assembled.data)
    module = Module(decoded, _name(file), text, assembled.line_table, assembled.note)
    if check and known is None:
        try:
            _judge(module)
        except Invalid as error:
            locate(error, module, file=file)
            raise
    return module


def _known(data: bytes) -> syntax.Module | None:
    """Return the module with these bytes if it ran before: it is valid."""
    from wasmlab.binary.known import known_module

    known = known_module(data)
    lap("read")
    return known


def _decoded(data: bytes) -> syntax.Module:
    from wasmlab.binary.decode import decode  # with the table of instructions

    decoded = decode(data)
    lap("decode")
    return decoded


def _judge(module: Module) -> None:
    from wasmlab.valid.judge import judge

    judge(module.syntax)
    lap("validate")


def _name(file: str) -> str:
    return file if file.startswith("<") else os.path.basename(file)


def locate(error: Invalid, module: Module, *, file: str = "") -> None:
    """Set the line and column of a validation error of a module that was assembled from text."""
    if module.source is None or error.offset is None:
        return
    from wasmlab.text.diagnostics import printable
    from wasmlab.text.positions import field_position

    position = module.line_map.at(error.offset) if module.line_map else None
    position = position or field_position(module.syntax, module.source, error.offset)
    if position is not None:
        source_line = module.source.split("\n")[position.line - 1].rstrip("\r")
        error.at(file or module.name, *position, printable(source_line.expandtabs(1)))


def typed_stack_report(module: Module, func: int | None = None) -> TypedReport:
    """Return the operand types before every instruction of a function, up to the first error.

    func: index, imports counted; without it, the function with the first error of the module, or
    the first that it defines. ``str()`` of the report is a table.
    """
    from wasmlab.text.typed import typed_report

    report = typed_report(module.syntax, module.line_map, func)
    if report.error is not None:
        locate(report.error, module)
    return report


def decode_module(data: bytes, file: str, *, path: str | None = None, check: bool = True) -> Module:
    """Return the module in the binary format.

    file: its name in messages. check: validate it. Raises Malformed or Invalid.
    """
    known = _known(data)
    module = Module(known or _decoded(data), _name(file), file=path)
    if check and known is None:
        _judge(module)
    return module
