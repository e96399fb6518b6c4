"""From a .wast file to commands and modules, by the assemblers."""

from __future__ import annotations

import json
import re
from operator import itemgetter

from wasmlab.errors import AssembleError
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.script.forms import Refused, set_apart
from wasmlab.text.diagnostics import assemble_error
from wasmlab.tools import WASM_TOOLS, WAST2JSON, WAT2WASM, Tool, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Command = dict[str, Any]
_LEGACY = ("--enable-threads", "--enable-function-references", "--no-check")
_READ = {WASM_TOOLS: ("parse",), WAT2WASM: _LEGACY}
_BINARY = "text.wasm"
_JSON = "script.json"
_REST = "rest.wast"
_MOST_REFUSALS = 50
"""Most forms that are left out before the script is given up."""
_EITHER_WAY = {"eqref": "eq", "i31ref": "i31", "structref": "struct", "arrayref": "array"}
"""Results that json-from-wast writes alike, whether null is expected or not."""


def convert(script: Path, folder: Path) -> tuple[Tool, list[Command]]:
    """Return the assembler that read a script, and its commands; their modules are files in folder.

    json-from-wast goes first; wast2json reads the legacy exceptions too. A form that neither reads
    is a command with its error as ``refused``. Raises AssembleError, the first, for more than
    ``_MOST_REFUSALS`` such forms, and for an error that is in no form.
    """
    text = script.read_text("utf-8", "replace")
    refused: list[Refused] = []
    errors: list[AssembleError] = []
    source, rest = script.resolve(), text
    for _ in range(_MOST_REFUSALS):
        try:
            reader = _read_script(source, rest, folder, script.name)
        except AssembleError as error:
            errors.append(error)
            rest, found = set_apart(rest, error)
            refused += found
            source = folder / _REST
            source.write_text(rest, "utf-8")
        else:
            break
    else:
        raise errors[0]
    commands: list[Command] = json.loads((folder / _JSON).read_text())["commands"]
    commands = sorted([*_commands(refused, reader), *commands], key=itemgetter("line"))
    _tell_nulls(commands, text.split("\n"))
    return reader, commands


def _read_script(source: Path, text: str, folder: Path, name: str) -> Tool:
    """Convert a script, the text of a file; return the assembler that read it."""
    made = run(WASM_TOOLS, ("json-from-wast", str(source), "-o", _JSON, "--wasm-dir", "."), folder)
    if made.ok:
        return WASM_TOOLS
    legacy = run(WAST2JSON, (*_LEGACY, str(source), "-o", _JSON), folder)
    if legacy.ok:
        return WAT2WASM
    complaints = (
        assemble_error(WASM_TOOLS, made, text, name),
        assemble_error(WAT2WASM, legacy, text, name),
    )
    raise max(complaints, key=lambda error: error.line)


def _commands(refused: list[Refused], reader: Tool) -> Iterator[Command]:
    """Yield commands for the forms that no assembler reads; names as the reader writes them."""
    for kind, name, line, reason in refused:
        called = f"${name}" if name and reader is WAT2WASM else name
        yield {"type": kind, "name": called, "line": line, "refused": reason}


def _tell_nulls(commands: list[Command], lines: list[str]) -> None:
    """Mark expected nulls where only the text tells: ``(ref.null i31)`` from ``(ref.i31)``."""
    ends = [*(command["line"] for command in commands[1:]), len(lines) + 1]
    for command, end in zip(commands, ends, strict=False):
        for expected in _expectations(command.get("expected", ())):
            heap = _EITHER_WAY.get(expected["type"])
            if heap is not None and "value" not in expected:
                first = command["line"] - 1
                text = "\n".join(lines[first : max(end - 1, first + 1)])
                if not re.search(rf"\(\s*ref\.{heap}\s*\)", text):
                    expected["value"] = "null"


def _expectations(expected: list[Command]) -> Iterator[Command]:
    for one in expected:
        yield from _expectations(one["values"]) if one["type"] == "either" else (one,)


def read_text(reader: Tool, name: str, folder: Path) -> bytes:
    """Return the module that a text in folder describes, ill-typed ones too.

    Raises AssembleError if the assembler that read the script refuses it.
    """
    made = run(reader, (*_READ[reader], name, "-o", _BINARY), folder)
    if not made.ok:
        raise assemble_error(reader, made, (folder / name).read_text(errors="replace"), name)
    return (folder / _BINARY).read_bytes()
