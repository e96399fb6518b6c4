"""``wasmlab explain``: an instruction, an opcode, a WASI function or a word."""

from __future__ import annotations

from wasmlab.cli.command import Command, Plain
from wasmlab.cli.terminal import say
from wasmlab.explain.lookup import explain
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from wasmlab.opening.parser import Parser

_EPILOG = """examples:
  wasmlab explain i32.add        an instruction
  wasmlab explain 0x6a           an opcode; 0xfc 0x08 with its prefix
  wasmlab explain fd_write       a WASI function
  wasmlab explain trap           a word
  wasmlab explain shift left     whatever has these words in its explanation"""


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("words", nargs="+", metavar="WORD", help="what to explain")


def _run(found: argparse.Namespace) -> int:
    for line in explain(" ".join(found.words)).lines:
        say(line)
    return 0


COMMAND = Command(_add_arguments, _run, epilog=_EPILOG, plain=Plain("words", many=True))
