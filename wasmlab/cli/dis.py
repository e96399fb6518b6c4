"""``wasmlab dis``: from a module to the text format."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from wasmlab.cli.command import Command
from wasmlab.cli.outcome import some
from wasmlab.cli.terminal import say
from wasmlab.debug.views.symbols import func_name
from wasmlab.errors import UsageError, WasmlabError
from wasmlab.opening.files import load_module
from wasmlab.opening.inputs import MODULE_FILE
from wasmlab.syntax.module import ExternKind
from wasmlab.text.parts import Printer

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from wasmlab.opening.arguments import Parser
    from wasmlab.syntax.module import Module
    from wasmlab.text.fields import PrintedLine

_OFFSET_WIDTH = 8


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help=f"{MODULE_FILE}; - for standard input")
    parser.add_argument("-o", "--output", metavar="FILE.wat", help="write to a file")
    parser.add_argument("--func", metavar="NAME", help="one function only, by name or index")
    parser.add_argument(
        "--offsets", action="store_true", help="begin lines with their offset in the module"
    )


def _run(found: argparse.Namespace) -> int:
    module = load_module(found.file).syntax
    printer = Printer(module)
    if found.func is not None:
        lines: Iterable[PrintedLine] = printer.func(_index(module, found.func))
    else:
        lines = (line for part in printer.parts for line in printer.part(part))
    texts = _texts(lines, offsets=found.offsets)
    if found.output is not None:
        _write(Path(found.output), texts)
        return 0
    for text in texts:
        say(text)
    return 0


def _texts(lines: Iterable[PrintedLine], *, offsets: bool) -> Iterator[str]:
    for line in lines:
        if offsets:
            place = "" if line.offset is None else f"{line.offset:06x}"
            yield f"{place:>{_OFFSET_WIDTH}}  {line.text}".rstrip()
        else:
            yield line.text


def _write(path: Path, lines: Iterable[str]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise WasmlabError(f"cannot write {path}: {error.strerror}") from error
    say(f"{path}: {path.stat().st_size} bytes")


def _index(module: Module, word: str) -> int:
    """Return the index of a function that the module defines; UsageError names those like it."""
    defined = range(module.imported_funcs, module.imported_funcs + len(module.funcs))
    names = {func_name(module, index): index for index in defined}
    exported = {e.name: e.index for e in module.exports if e.kind is ExternKind.FUNC}
    for table, key in ((names, word), (names, f"${word}"), (exported, word)):
        if key in table and table[key] in defined:
            return table[key]
    if word.isdecimal() and int(word) in defined:
        return int(word)
    close = get_close_matches(word, [*names, *exported], n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else f"functions: {some(list(names))}"
    raise UsageError(f"the module defines no function {word!r}", hint=hint)


COMMAND = Command(_add_arguments, _run)
