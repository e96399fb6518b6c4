"""The request of a lab: a program, and the grants of the session over it."""

from __future__ import annotations

from wasmlab.engine.grants import INTERACTIVE, Grants
from wasmlab.errors import AssembleError, Invalid, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.module import assemble
from wasmlab.opening.arguments import Option, parse_program
from wasmlab.opening.files import STDIN, find, load_module
from wasmlab.opening.inputs import TEXT, format_of
from wasmlab.opening.options import PROGRAM_OPTIONS, add_program_arguments, given
from wasmlab.records import dataclass, replace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from wasmlab.module import Module
    from wasmlab.samples import Sample


def _megabytes(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"--record-limit takes megabytes, found {text!r}", hint="such as 512")
    return int(text) << 20


LAB_OPTIONS = (
    Option(
        ("--record-limit",),
        "how much the recording may take (512); when it is full, the oldest steps go",
        "MB",
        read=_megabytes,
    ),
    *PROGRAM_OPTIONS,
)


@dataclass(frozen=True, slots=True)
class LabRequest:
    """A program to open; without a path, the start screen."""

    path: Path | None = None
    """A file in one of the input formats."""
    grants: Grants = INTERACTIVE
    """What the program is given; a recording takes only ``engine`` from it."""
    module: Module | None = None
    """The module in the file, if that has been read already."""
    startup: bool = True
    """Whether the lab begins with the user's own file of commands."""
    at_end: bool = False
    """Whether it begins a recording at its last step."""


def lab_request(found: argparse.Namespace) -> LabRequest:
    """Return the request of a parsed command line with ``LAB_OPTIONS``.

    Raises UsageError for standard input and options that make no sense, WasmlabError for files
    that cannot be read, Malformed, Invalid.
    """
    if found.file == STDIN:
        raise UsageError("the lab needs a file", hint="standard input is the keyboard; try --plain")
    path = find(found.file)
    if not format_of(path).is_module:
        return LabRequest(path, Grants(engine=recording_engine(found)))
    module = _module_in(path)
    known = None if module.read_as is None else module
    return LabRequest(path, given(found, module), known)


def parse_request(words: Sequence[str]) -> LabRequest:
    """Return the request of the words after ``wasmlab serve``; raises as ``lab_request`` does."""
    from wasmlab.opening.parser import Parser

    parser = Parser(prog="wasmlab serve", allow_abbrev=False)
    add_program_arguments(parser, LAB_OPTIONS)
    return lab_request(parse_program(parser, LAB_OPTIONS, words))


def sample_grants(sample: Sample) -> Grants:
    """Return the grants in a sample's header, its input included.

    Raises WasmlabError for a module in the header that cannot be loaded.
    """
    from wasmlab.opening.parser import Parser

    parser = Parser(prog=sample.name, allow_abbrev=False)
    add_program_arguments(parser, PROGRAM_OPTIONS)
    found = parse_program(parser, PROGRAM_OPTIONS, [str(sample.path), *sample.args])
    grants = given(found, load_module(str(sample.path)))
    return replace(grants, stdin=sample.stdin or None)


def recording_engine(found: argparse.Namespace) -> str:
    """Return the engine that replays a recording.

    Raises UsageError for arguments and for other options of a program: the recording has its own.
    """
    for option in PROGRAM_OPTIONS:
        flag = option.flags[0]
        if flag != "--engine" and getattr(found, option.name):
            raise UsageError(
                f"{flag} makes no sense with a recording", hint="what the program got is in it"
            )
    if found.arguments:
        raise UsageError("a recording takes no arguments", hint="those of its program are in it")
    return found.engine or "auto"


def _module_in(path: Path) -> Module:
    """Return the module in a file; an empty one for a text with an error, which the lab shows."""
    try:
        return load_module(str(path))
    except (AssembleError, Invalid):
        if path.suffix != TEXT.suffix:
            raise
        return assemble("(module)")
