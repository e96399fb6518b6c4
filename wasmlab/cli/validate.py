"""``wasmlab validate``: check every body, and show the broken rule and the operand types there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.cli.command import Command
from wasmlab.cli.report import report
from wasmlab.cli.terminal import complain, say
from wasmlab.debug.views.symbols import func_name
from wasmlab.errors import Invalid, WasmlabError
from wasmlab.host.wasi.link import memory_warning
from wasmlab.module import locate
from wasmlab.opening.files import read
from wasmlab.opening.inputs import MODULE_FILE, module_of
from wasmlab.text.typed import TypedReport, typed_report
from wasmlab.valid.module import validate_module

if TYPE_CHECKING:
    import argparse

    from wasmlab.module import Module
    from wasmlab.opening.arguments import Parser


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=MODULE_FILE)


def _run(found: argparse.Namespace) -> int:
    return max([_check(file) for file in found.files])


def _check(file: str) -> int:
    try:
        module = module_of(read(file), file, check=False)
    except WasmlabError as error:
        return report(error, file=file)
    try:
        validate_module(module.syntax)
    except Invalid as error:
        locate(error, module, file=file)
        _show_types(module, error)
        return report(error, file=file)
    for warning in (*module.syntax.warnings, *filter(None, [memory_warning(module.syntax)])):
        complain(f"{file}: warning: {warning}")
    say(f"{file}: ok")
    return 0


def _show_types(module: Module, error: Invalid) -> None:
    """Print the operand types before the instructions that lead to the error."""
    if error.func is None:
        return
    lines = typed_report(module.syntax, module.line_map, error.func).lines[-_SHOWN:]
    say(f"{func_name(module.syntax, error.func)}: operand types before each instruction")
    say(str(TypedReport(error.func, lines, None)))


_SHOWN = 12


COMMAND = Command(_add_arguments, _run)
