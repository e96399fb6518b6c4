"""``wasmlab asm``: from the text format to a module."""

from __future__ import annotations

import wasmlab.module
from wasmlab.cli.command import Command
from wasmlab.cli.terminal import complain, say
from wasmlab.counted import counted
from wasmlab.errors import UsageError, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.files import STDIN, find, read
from wasmlab.opening.inputs import BINARY, text_in
from wasmlab.opening.options import add_force, files_read
from wasmlab.output_file import Replacing, write_output

if TYPE_CHECKING:
    import argparse

    from wasmlab.opening.parser import Parser


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE.wat", help="the text; - reads standard input")
    parser.add_argument(
        "-o", "--output", metavar="FILE.wasm", help="what to write; - for standard output"
    )
    add_force(parser)
    parser.add_argument(
        "--no-check", action="store_true", help="write it even if it breaks rules of validation"
    )


def _run(found: argparse.Namespace) -> int:
    output = _output(found.file, found.output)
    rule = Replacing(found.force, files_read(found.file), stdout="binary")
    content = read(found.file)
    if content.startswith(BINARY.magic):
        hint = "asm takes text; wasmlab dis shows a .wasm file as text"
        raise WasmlabError(f"{found.file} is a binary module", hint=hint)
    text = text_in(content, found.file)
    module = wasmlab.module.assemble(text, check=not found.no_check, file=found.file)
    data = module.syntax.data
    if module.note:
        complain(f"{found.file}: warning: {module.note}")
    if write_output(output, data, rule):
        count = len(module.syntax.funcs)
        say(f"{output}: {counted(len(data), 'byte')}, {counted(count, 'function')}")
    return 0


def _output(word: str, output: str | None) -> str:
    if output is not None:
        return output
    if word == STDIN:
        raise UsageError("where should the module go?", hint="name it with -o FILE.wasm")
    return find(word).with_suffix(BINARY.suffix).name


COMMAND = Command(_add_arguments, _run)
