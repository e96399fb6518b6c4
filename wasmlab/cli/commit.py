"""``wasmlab commit``: goes on with a ``run --commit`` that was interrupted while it wrote."""

from __future__ import annotations

from wasmlab.cli.command import Command
from wasmlab.cli.terminal import say
from wasmlab.errors import WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.fs.commit.interrupted import resume

if TYPE_CHECKING:
    import argparse

    from wasmlab.opening.parser import Parser


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("directory", metavar="DIR", help="the directory that was written to")
    parser.add_argument(
        "--undo", action="store_true", help="make it what it was before, in place of finishing"
    )
    parser.add_argument(
        "--trust-journal",
        action="store_true",
        help="believe a journal in DIR that is not known here: it may remove any file in DIR",
    )


def _run(found: argparse.Namespace) -> int:
    try:
        say(resume(found.directory, undo=found.undo, trust=found.trust_journal))
    except OSError as error:
        raise WasmlabError(
            f"cannot go on with the commit to {found.directory}: {error.strerror or error}",
            hint="nothing is lost, and it may be tried again",
        ) from None
    return 0


COMMAND = Command(_add_arguments, _run)
