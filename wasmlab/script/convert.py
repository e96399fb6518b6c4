"""From a .wast file to commands and modules, by the assemblers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wasmlab.errors import AssembleError
from wasmlab.text.tools import WASM_TOOLS, WAST2JSON, run

if TYPE_CHECKING:
    from pathlib import Path

Command = dict[str, Any]
_LEGACY = (
    "--enable-exceptions",
    "--enable-tail-call",
    "--enable-function-references",
    "--no-check",
)
_JSON = "script.json"


def convert(script: Path, folder: Path) -> list[Command]:
    """Return a script's commands; modules that they name are files in folder.

    wast2json takes what json-from-wast does not know: the legacy exceptions. Raises AssembleError
    with the former's message if neither can read the script.
    """
    source = str(script.resolve())
    made = run(WASM_TOOLS, ("json-from-wast", source, "-o", _JSON, "--wasm-dir", "."), folder)
    if not made.ok:
        legacy = run(WAST2JSON, (*_LEGACY, source, "-o", _JSON), folder)
        if not legacy.ok:
            first = made.messages.strip().splitlines() or ["the assembler refused it"]
            raise AssembleError(first[0], file=script.name)
    commands: list[Command] = json.loads((folder / _JSON).read_text())["commands"]
    return commands
