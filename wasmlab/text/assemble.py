"""From WAT to bytes, through the assemblers that come in wheels.

``wasm-tools`` knows the whole language, keeps the names of labels and writes the line table, so
its module is taken wherever it makes one; where ``wat2wasm`` can too, the code is the same.
``wat2wasm`` is the second opinion, and serves alone where wasm-tools is not installed.
Types are not checked here: that is our validator's business, which explains itself better.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from wasmlab.binary.decode import decode
from wasmlab.errors import AssembleError, Malformed, Unsupported
from wasmlab.hints import TYPE_CHECKING
from wasmlab.text.assembled import Assembled
from wasmlab.text.diagnostics import assemble_error
from wasmlab.tools import WASM_TOOLS, WAT2WASM, Outcome, Tool, run

if TYPE_CHECKING:
    from wasmlab.syntax.module import Custom, Module

_WABT_FEATURES = (
    "--enable-threads",
    "--enable-function-references",
    "--enable-code-metadata",
    "--enable-custom-page-sizes",
    "--enable-wide-arithmetic",
)
"""By name: ``--enable-all`` also writes compact imports, which other engines reject."""

_SOURCE = "source.wat"
_BINARY = "binary.wasm"
_GENERATED = (".debug_abbrev", ".debug_str", ".debug_line", ".debug_info")
"""Custom sections that ``wasm-tools parse -g`` appends, in this order."""
_LINE_TABLE = ".debug_line"
_GENERATED_WITHOUT_CODE = tuple(name for name in _GENERATED if name != _LINE_TABLE)
_PREAMBLE = 8
"""Bytes of the magic number and the version."""


def assemble_text(text: str, *, file: str = "<text>") -> Assembled:
    """Return the module that text describes, ill-typed ones too.

    Raises AssembleError with the place in file, or with the line that installs a missing tool.
    """
    try:
        source = text.encode()
    except UnicodeEncodeError as error:
        raise AssembleError("malformed UTF-8 encoding", file=file) from error
    with tempfile.TemporaryDirectory(prefix="wasmlab-") as name:
        folder = Path(name)
        (folder / _SOURCE).write_bytes(source)
        try:
            return _assemble(folder, text, file)
        except (Malformed, Unsupported) as error:
            raise AssembleError(str(error), file=file) from error


def _assemble(folder: Path, text: str, file: str) -> Assembled:
    made = _attempt(WASM_TOOLS, ("parse", "-g"), folder)
    if isinstance(made, bytes):
        _refuse_component(made, file)
        return _with_line_table(made)
    second = _attempt(WAT2WASM, ("--no-check", "--debug-names", *_WABT_FEATURES), folder)
    if isinstance(second, bytes):
        refused = assemble_error(WASM_TOOLS, made, text, "") if isinstance(made, Outcome) else None
        return Assembled(second, None, _without_lines(refused))
    if isinstance(made, Outcome):
        raise assemble_error(WASM_TOOLS, made, text, file)
    if isinstance(second, Outcome):
        raise assemble_error(WAT2WASM, second, text, file)
    raise made


def _without_lines(refused: AssembleError | None) -> str:
    """Return what is said of a text that only wat2wasm takes; empty if wasm-tools is missing."""
    if refused is None:
        return ""
    place = f"line {refused.line}, column {refused.column}" if refused.line else "the text"
    why = f"wasm-tools refuses {place} ({refused.message})"
    return f"the text has no lines to stop at: {why}, and wat2wasm, which took it, writes none"


def _attempt(tool: Tool, options: tuple[str, ...], folder: Path) -> bytes | Outcome | AssembleError:
    try:
        outcome = run(tool, (*options, _SOURCE, "-o", _BINARY), folder)
    except AssembleError as missing:
        return missing
    return (folder / _BINARY).read_bytes() if outcome.ok else outcome


def _refuse_component(data: bytes, file: str) -> None:
    if data[4:8] != b"\x01\x00\x00\x00":
        raise AssembleError(
            "a component, not a core module",
            file=file,
            hint="wasmlab runs core modules; wasm-tools component unbundle takes them out",
        )


def _with_line_table(data: bytes) -> Assembled:
    module = decode(data)
    for names in (_GENERATED, _GENERATED_WITHOUT_CODE):
        generated = module.customs[-len(names) :]
        if _are_generated(module, generated, names):
            sections = module.sections[: -len(names)]
            code = data[: sections[-1][1].end if sections else _PREAMBLE]
            tables = [c for c in generated if c.name == _LINE_TABLE]
            return Assembled(code, data[slice(*tables[0].payload)] if tables else None)
    return Assembled(data, None)


def _are_generated(module: Module, customs: tuple[Custom, ...], names: tuple[str, ...]) -> bool:
    """Return whether the assembler wrote them; a ``(module binary ...)`` may have its own."""
    if tuple(custom.name for custom in customs) != names:
        return False
    last = module.sections[-len(names) :]
    strings = module.data[slice(*customs[1].payload)]
    return _SOURCE.encode() in strings and all(
        span.end == custom.payload.end for (_, span), custom in zip(last, customs, strict=True)
    )
