"""Messages of the assemblers as ``AssembleError`` with line, column and advice."""

from __future__ import annotations

import re

from wasmlab.errors import AssembleError
from wasmlab.isa.former import name_hint
from wasmlab.isa.index import BY_MNEMONIC
from wasmlab.tools import WAT2WASM, Outcome, Tool

_WASM_TOOLS = re.compile(r"^error: (.+?)$(?:\n\s*--> .*:(\d+):(\d+)\s*$)?", re.MULTILINE)
_DIRECTIVE = re.compile(
    r"^error: failure processing directive on line (\d+)$.*?^\s*0: (.+?)(?: at byte offset \d+)?$",
    re.MULTILINE | re.DOTALL,
)
_WABT = re.compile(r"^.*?:(\d+):(\d+): error: (.+)$", re.MULTILINE)
_WORD = re.compile(r"[^\s()\";,]+")
_LONGEST_LINE = 1000

_FORMER_TYPES = {"anyfunc": "funcref", "exceptref": "exnref", "except_ref": "exnref"}


def assemble_error(tool: Tool, outcome: Outcome, text: str, file: str) -> AssembleError:
    """Return the first complaint of a tool that failed on text.

    Line and column count from 1, the column in characters; 0 if they are not known.
    """
    message, line, column = _first_complaint(tool, outcome)
    lines = text.split("\n")
    source_line = lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""
    if tool is WAT2WASM:
        column = _characters(source_line, column)
    return AssembleError(
        printable(message),
        file=file,
        line=line,
        column=column,
        source_line=_shown(source_line, column),
        hint=_advice(message, source_line, column),
    )


def _first_complaint(tool: Tool, outcome: Outcome) -> tuple[str, int, int]:
    if tool is WAT2WASM and (found := _WABT.search(outcome.messages)):
        return found[3].rstrip("."), int(found[1]), int(found[2])
    if tool is not WAT2WASM and (found := _DIRECTIVE.search(outcome.messages)):
        return found[2], int(found[1]), 0
    if tool is not WAT2WASM and (found := _WASM_TOOLS.search(outcome.messages)):
        return found[1], int(found[2] or 0), int(found[3] or 0)
    if outcome.status < 0:
        return f"{tool.name} crashed (signal {-outcome.status}): nested too deeply?", 0, 0
    said = outcome.messages.strip().partition("\n")[0]
    return said or f"{tool.name} failed with status {outcome.status}", 0, 0


def _characters(source_line: str, byte_column: int) -> int:
    before = source_line.encode()[: max(byte_column - 1, 0)]
    return len(before.decode("utf-8", "ignore")) + 1


def printable(text: str) -> str:
    """Return text with every character that could act on a terminal replaced, one for one."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _shown(source_line: str, column: int) -> str:
    if column > _LONGEST_LINE:
        return ""
    return printable(source_line.expandtabs(1)[:_LONGEST_LINE])


def _advice(message: str, source_line: str, column: int) -> str:
    if "extra tokens" in message or "expected EOF" in message:
        return "a file holds one module; scripts with assertions run with: wasmlab wast FILE"
    word = _WORD.match(source_line, max(column - 1, 0))
    if word is None or "unknown operator" not in message:
        return ""
    wrong = word[0]
    if wrong in _FORMER_TYPES:
        return f"it is called {_FORMER_TYPES[wrong]} now"
    if wrong in BY_MNEMONIC:
        return f"{wrong} is in wasmlab's table, but not in the assembler's"
    return name_hint(wrong)
