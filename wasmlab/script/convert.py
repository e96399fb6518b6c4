"""From a .wast file to commands and modules, by the assemblers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from wasmlab.text.diagnostics import assemble_error
from wasmlab.text.tools import WASM_TOOLS, WAST2JSON, WAT2WASM, Tool, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Command = dict[str, Any]
_LEGACY = ("--enable-threads", "--enable-function-references", "--no-check")
_READ = {WASM_TOOLS: ("parse",), WAT2WASM: _LEGACY}
_BINARY = "text.wasm"
_JSON = "script.json"
_EITHER_WAY = {"eqref": "eq", "i31ref": "i31", "structref": "struct", "arrayref": "array"}
"""Kinds of results of which json-from-wast does not say whether null is meant."""


def convert(script: Path, folder: Path) -> tuple[Tool, list[Command]]:
    """Return a script's commands and who read it; modules that they name are files in folder.

    wast2json takes what json-from-wast does not know: the legacy exceptions. Raises AssembleError
    if neither can read the script: what the one says that came further.
    """
    source = str(script.resolve())
    made = run(WASM_TOOLS, ("json-from-wast", source, "-o", _JSON, "--wasm-dir", "."), folder)
    reader = WASM_TOOLS
    text = script.read_text(errors="replace")
    if not made.ok:
        reader = WAT2WASM
        legacy = run(WAST2JSON, (*_LEGACY, source, "-o", _JSON), folder)
        if not legacy.ok:
            complaints = (
                assemble_error(WASM_TOOLS, made, text, script.name),
                assemble_error(WAT2WASM, legacy, text, script.name),
            )
            raise max(complaints, key=lambda error: error.line)
    commands: list[Command] = json.loads((folder / _JSON).read_text())["commands"]
    _tell_nulls(commands, text.split("\n"))
    return reader, commands


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
