"""``wasmlab serve``: the lab in a browser on this machine."""

from __future__ import annotations

import argparse

from wasmlab.cli.command import Command
from wasmlab.cli.frontend import front_end
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.request import parse_request

if TYPE_CHECKING:
    from wasmlab.opening.parser import Parser

_PORTS = range(65_536)


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "--port", metavar="N", type=int, default=0, help="the port; without, any that is free"
    )
    parser.add_argument(
        "words",
        metavar="FILE",
        nargs=argparse.REMAINDER,
        help="FILE and options of the program, as for debug",
    )


def _run(found: argparse.Namespace) -> int:
    if found.port not in _PORTS:
        raise UsageError(f"there is no port {found.port}")
    parse_request(found.words)  # fails here, before the browser
    return front_end("serve")(found.words, found.port)


COMMAND = Command(_add_arguments, _run)
