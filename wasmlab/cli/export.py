"""``wasmlab export``: a recorded run as a page with a slider."""

from __future__ import annotations

from pathlib import Path

from wasmlab.cli.command import Command
from wasmlab.cli.frontend import front_end
from wasmlab.cli.outcome import need_a_call
from wasmlab.cli.terminal import complain
from wasmlab.counted import counted
from wasmlab.debug.session import Session
from wasmlab.engine.grants import Grants
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.arguments import Option
from wasmlab.opening.files import load_module
from wasmlab.opening.options import (
    FORCE,
    PROGRAM_OPTIONS,
    add_program_arguments,
    files_given,
    given,
)
from wasmlab.output_file import STDOUT, Replacing, need_replaceable, write_output

if TYPE_CHECKING:
    import argparse

    from wasmlab.opening.parser import Parser

MOST_STEPS = 5_000
OPTIONS = (
    Option(("--output", "-o"), "the page to write (default: FILE.html here)", "PAGE"),
    FORCE,
    Option(("--limit",), f"record N steps, at most {MOST_STEPS:,} (default)", "N", read=int),
    *PROGRAM_OPTIONS,
)


def _add_arguments(parser: Parser) -> None:
    add_program_arguments(parser, OPTIONS)


def _run(found: argparse.Namespace) -> int:
    limit = MOST_STEPS if found.limit is None else found.limit
    if not 0 < limit <= MOST_STEPS:
        raise UsageError(f"--limit is from 1 to {MOST_STEPS}", hint="a longer page would be slow")
    module = load_module(found.file)
    target = found.output or f"{Path(module.name).stem or 'page'}.html"
    rule = Replacing(found.force, files_given(found), stdout="text")
    need_replaceable(target, rule)
    session = Session.granted(module, given(found, module, Grants()))
    need_a_call(session)
    text = front_end("page")(session, limit)
    write_output(target, text.encode(), rule)
    place = "the page" if target == STDOUT else target
    complain(f"wasmlab: wrote {place}, {counted(session.tick, 'step')}: {session.stop.message}")
    return 0


COMMAND = Command(_add_arguments, _run, runs_guest=OPTIONS)
"""The exit status tells whether the page was written, not how the program ended."""
