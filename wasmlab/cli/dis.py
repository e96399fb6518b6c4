"""``wasmlab dis``: from a module to the text format."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from wasmlab.cli.command import Command
from wasmlab.cli.outcome import some
from wasmlab.cli.report import report
from wasmlab.cli.terminal import say
from wasmlab.debug.views.func_names import funcs_written
from wasmlab.debug.views.main_function import main_indices
from wasmlab.debug.views.symbols import func_symbol, shown_name
from wasmlab.errors import Invalid, UsageError, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.module import locate
from wasmlab.opening.files import name_of, naming, read
from wasmlab.opening.inputs import MODULE_FILE, module_as_far
from wasmlab.opening.options import add_force, files_read
from wasmlab.output_file import Replacing, write_output
from wasmlab.syntax.module import ExternKind
from wasmlab.text.parts import LONGEST_CUSTOM, Printer
from wasmlab.valid.judge import judged_faults

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from wasmlab.opening.parser import Parser
    from wasmlab.syntax.module import Module
    from wasmlab.text.fields import PrintedLine

_OFFSET_WIDTH = 8


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help=f"{MODULE_FILE}; - for standard input")
    parser.add_argument("-o", "--output", metavar="FILE.wat", help="write to a file")
    add_force(parser)
    parser.add_argument(
        "--func", metavar="NAME", help="functions of a name only, or the one of an index"
    )
    parser.add_argument(
        "--custom",
        choices=("all",),
        help=f"write custom sections of more than {LONGEST_CUSTOM >> 10} KiB too",
    )
    parser.add_argument(
        "--offsets", action="store_true", help="begin lines with their offset in the module"
    )


def _run(found: argparse.Namespace) -> int:
    module, wrong = _opened(found.file)
    printer = Printer(module, None if found.custom else LONGEST_CUSTOM)
    if found.func is not None:
        chosen = _indices(module, found.func)
        lines: Iterable[PrintedLine] = (line for index in chosen for line in printer.func(index))
    else:
        lines = (line for part in printer.parts for line in printer.part(part))
    if found.output is not None:
        rule = Replacing(found.force, files_read(found.file), stdout="text")
        _write(found.output, _texts(lines, wrong, offsets=found.offsets), rule)
    else:
        for text in _texts(lines, wrong, offsets=found.offsets or bool(wrong)):
            say(text, whole=True)
    return max((report(fault, file=found.file) for fault in wrong), default=0)


def _opened(word: str) -> tuple[Module, list[WasmlabError]]:
    """Return the module that a word names, as far as it decodes, and what is wrong with it."""
    name = name_of(word)
    with naming(name):
        module, error = module_as_far(read(word), name)
    if error is not None:
        return module.syntax, [error]
    located: list[WasmlabError] = []
    for fault in judged_faults(module.syntax):
        if isinstance(fault, Invalid):
            locate(fault, module, file=name)
        located.append(fault)
    return module.syntax, located


def _texts(
    lines: Iterable[PrintedLine], wrong: Iterable[WasmlabError], *, offsets: bool
) -> Iterator[str]:
    """Yield lines, with a comment after each instruction at which a body is invalid."""
    marks = {error.offset: error.message for error in wrong if isinstance(error, Invalid)}
    for line in lines:
        place = "" if line.offset is None else f"{line.offset:06x}"
        before = f"{place:>{_OFFSET_WIDTH}}  " if offsets else ""
        yield f"{before}{line.text}".rstrip()
        if line.offset in marks and line.offset is not None:
            indent = len(line.text) - len(line.text.lstrip())
            yield f"{' ' * (len(before) + indent)};; ^ {marks[line.offset]}"


def _write(path: str, lines: Iterable[str], rule: Replacing) -> None:
    if write_output(path, (f"{line}\n".encode() for line in lines), rule):
        say(f"{path}: {Path(path).stat().st_size} bytes")


def _indices(module: Module, word: str) -> list[int]:
    """Return the functions that a module defines by a name, or the one of an index.

    The rules are those of breakpoints. UsageError names those like it.
    """
    defined = range(module.imported_funcs, module.imported_funcs + len(module.funcs))
    names: dict[str, list[int]] = {}
    for index in defined:
        own = shown_name(module.names.funcs.get(index), "")
        for name in {own, func_symbol(module, index)} - {""}:
            names.setdefault(name, []).append(index)
    exports = [e for e in module.exports if e.kind is ExternKind.FUNC and e.index in defined]
    exported = {e.name: [e.index] for e in exports}
    mains = main_indices(module) if word.removeprefix("$") == "main" else []
    plain = names.get(word) or names.get(f"${word}")
    found = (mains or plain if word == "main" else plain or mains) or exported.get(word)
    found = found or [index for index in funcs_written(module, word) if index in defined]
    if found:
        return found
    if word.isdecimal() and int(word) in defined:
        return [int(word)]
    close = get_close_matches(word, [*names, *exported], n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else f"functions: {some(list(names))}"
    raise UsageError(f"the module defines no function {word!r}", hint=hint)


COMMAND = Command(_add_arguments, _run)
