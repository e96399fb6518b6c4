"""``wasmlab validate``: check every body, and show the broken rule and the operand types there."""

from __future__ import annotations

from itertools import islice

from wasmlab.binary.known import is_known, keep
from wasmlab.cli.command import Command, Plain
from wasmlab.cli.missing_memory import missing_memory
from wasmlab.cli.terminal import complain, say
from wasmlab.errors import Invalid, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.files import read
from wasmlab.opening.inputs import MODULE_FILE, module_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wasmlab.module import Module
    from wasmlab.opening.parser import Parser


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=MODULE_FILE)
    parser.add_argument("--first", action="store_true", help="stop at the first fault of each file")


def _run(found: argparse.Namespace) -> int:
    return max([_check(file, first=found.first) for file in found.files])


def _check(file: str, *, first: bool) -> int:
    try:
        module = module_of(read(file), file, check=False)
    except WasmlabError as error:
        return _report(error, file)
    status = 0
    for fault in islice(_faults(module), 1 if first else None):
        status = _report_fault(fault, module, file)
    if status:
        return status
    keep(module.syntax)
    said = filter(None, [missing_memory(module.syntax), module.note])
    for warning in (*module.syntax.warnings, *said):
        complain(f"{file}: warning: {warning}")
    say(f"{file}: ok")
    return 0


def _faults(module: Module) -> Iterator[WasmlabError]:
    """Yield what is wrong with a module; nothing if these bytes were found to be valid before."""
    if not is_known(module.syntax):
        from wasmlab.valid.judge import judged_faults

        yield from judged_faults(module.syntax)


def _report(error: WasmlabError, file: str) -> int:
    from wasmlab.cli.report import report

    return report(error, file=file)


def _report_fault(fault: WasmlabError, module: Module, file: str) -> int:
    from wasmlab.module import locate

    if isinstance(fault, Invalid):
        locate(fault, module, file=file)
        _show_types(module, fault)
    return _report(fault, file)


def _show_types(module: Module, error: Invalid) -> None:
    """Print the operand types before the instructions that lead to the error."""
    from wasmlab.text.typed import TypedReport, typed_lines

    lines = typed_lines(module.syntax, module.line_map, error, _SHOWN)
    if error.func is None or not lines:
        return
    from wasmlab.debug.views.symbols import func_name

    say(f"{func_name(module.syntax, error.func)}: operand types before each instruction")
    say(str(TypedReport(error.func, lines, None)))


_SHOWN = 12


COMMAND = Command(_add_arguments, _run, plain=Plain("files", many=True, switches=("first",)))
