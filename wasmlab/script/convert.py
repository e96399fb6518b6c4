"""From a .wast file to commands and modules, by the assemblers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wasmlab.errors import AssembleError
from wasmlab.text.tools import WASM_TOOLS, WAST2JSON, WAT2WASM, Tool, run

if TYPE_CHECKING:
    from pathlib import Path

Command = dict[str, Any]
_LEGACY = (
    "--enable-threads",
    "--enable-function-references",
    "--no-check",
)
_READ = {WASM_TOOLS: ("parse",), WAT2WASM: _LEGACY}
_BINARY = "text.wasm"
_JSON = "script.json"


def convert(script: Path, folder: Path) -> tuple[Tool, list[Command]]:
    """Return a script's commands and who read it; modules that they name are files in folder.

    wast2json takes what json-from-wast does not know: the legacy exceptions. Raises AssembleError
    with the former's message if neither can read the script.
    """
    source = str(script.resolve())
    made = run(WASM_TOOLS, ("json-from-wast", source, "-o", _JSON, "--wasm-dir", "."), folder)
    reader = WASM_TOOLS
    if not made.ok:
        reader = WAT2WASM
        legacy = run(WAST2JSON, (*_LEGACY, source, "-o", _JSON), folder)
        if not legacy.ok:
            first = made.messages.strip().splitlines() or ["the assembler refused it"]
            raise AssembleError(first[0], file=script.name)
    commands: list[Command] = json.loads((folder / _JSON).read_text())["commands"]
    return reader, commands


def read_text(reader: Tool, name: str, folder: Path) -> bytes:
    """Return the module that a text in folder describes, ill-typed ones too.

    Raises AssembleError if the assembler that read the script refuses it.
    """
    made = run(reader, (*_READ[reader], name, "-o", _BINARY), folder)
    if not made.ok:
        first = made.messages.strip().splitlines() or ["the assembler refused it"]
        raise AssembleError(first[0], file=name)
    return (folder / _BINARY).read_bytes()
