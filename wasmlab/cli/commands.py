"""The commands of the command line; parser, help and tests derive from this table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.cli import (
    asm,
    check,
    commit,
    debug,
    dis,
    explain,
    export,
    inspect,
    notebook,
    run,
    serve,
    trace,
    validate,
    wast,
)

if TYPE_CHECKING:
    from wasmlab.cli.command import Command

COMMANDS: tuple[Command, ...] = (
    debug.COMMAND,
    run.COMMAND,
    commit.COMMAND,
    trace.COMMAND,
    asm.COMMAND,
    dis.COMMAND,
    inspect.COMMAND,
    validate.COMMAND,
    explain.COMMAND,
    wast.COMMAND,
    export.COMMAND,
    notebook.COMMAND,
    serve.COMMAND,
    check.COMMAND,
)
"""In the order of the help."""
BY_NAME: dict[str, Command] = {command.name: command for command in COMMANDS}
