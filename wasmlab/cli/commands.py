"""The commands of the command line: parser, help and tests derive from this table.

Each is implemented by the module of its name, which is imported when the command is given.
"""

from __future__ import annotations

from importlib import import_module

from wasmlab.cli.command_row import CommandRow
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.cli.command import Command


COMMANDS = (
    CommandRow("debug", "step through a program"),
    CommandRow("run", "run a program; its exit status is ours, 134 after a trap"),
    CommandRow("commit", "finish a run --commit that was interrupted, or undo it"),
    CommandRow("trace", "run a program and print every instruction with its effects"),
    CommandRow("asm", "assemble WAT to a .wasm module"),
    CommandRow("dis", "show a module as WAT"),
    CommandRow("inspect", "say what a file is, what it needs, and what to type next"),
    CommandRow("validate", "check a module, every body of it"),
    CommandRow("explain", "explain an instruction, an opcode, a WASI function or a word"),
    CommandRow("wast", "run test scripts"),
    CommandRow("export", "write a page with a slider over a recorded run"),
    CommandRow("notebook", "copy the teaching notebooks to a folder and open them"),
    CommandRow("serve", "show the lab in a browser on this machine"),
    CommandRow("check", "grade an exercise"),
)
"""In the order of the help."""
BY_NAME = {row.name: row for row in COMMANDS}


def command_of(row: CommandRow) -> Command:
    """Return what implements a row, importing its module."""
    found: Command = import_module(f"wasmlab.cli.{row.name}").COMMAND
    return found
