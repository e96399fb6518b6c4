"""``wasmlab validate``: check everything, and say what the rules want where one is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import wasmlab.module
from wasmlab.binary.decode import decode
from wasmlab.cli.command import Command, Parser
from wasmlab.cli.files import read
from wasmlab.cli.report import report
from wasmlab.cli.terminal import complain, say
from wasmlab.errors import WasmlabError
from wasmlab.valid.module import validate_module

if TYPE_CHECKING:
    import argparse


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .wasm or .wat file")


def _run(found: argparse.Namespace) -> int:
    return max([_check(file) for file in found.files])


def _check(file: str) -> int:
    try:
        warnings = _validated(file)
    except WasmlabError as error:
        report(error, file=file)
        return 1
    for warning in warnings:
        complain(f"{file}: warning: {warning}")
    say(f"{file}: ok")
    return 0


def _validated(file: str) -> tuple[str, ...]:
    """Check a file with all its bodies; return the warnings."""
    data = read(file)
    if data.startswith(wasmlab.module.MAGIC):
        module = decode(data)
        validate_module(module)
        return module.warnings
    text = data.decode("utf-8", "surrogateescape")
    return wasmlab.module.assemble(text, file=file).syntax.warnings


COMMAND = Command("validate", "check a module, every body of it", _add_arguments, _run)
