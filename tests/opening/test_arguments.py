"""Words read without argparse: the same as with it, or left to it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from wasmlab.cli.command import parse, parser_for
from wasmlab.cli.commands import COMMANDS, command_of
from wasmlab.errors import UsageError
from wasmlab.opening.arguments import parse_program, quickly

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.cli.command import Command
    from wasmlab.cli.command_row import CommandRow

GUEST_COMMANDS = [row for row in COMMANDS if command_of(row).runs_guest]
VALUES = ("4", "512M", "x", "-5", "-x", "", "zero", "native", "a=b", "fd_write:1=EIO", "files=3")
TRIES = 1500


def outcome(read: Callable[[], object]) -> object:
    """Return what reading gives: values by name, or what is wrong."""
    try:
        return vars(read())
    except UsageError as error:
        return str(error)


def words_of(command: Command, rng: random.Random) -> list[str]:
    """Return a command line of options, right and wrong, FILE and arguments."""
    words = list[str]()
    for _ in range(rng.randrange(4)):
        option = rng.choice(command.runs_guest)
        flag, value = rng.choice(option.flags), rng.choice([*option.choices, *VALUES])
        form = rng.randrange(4)
        words += [f"{flag}={value}"] if form == 0 else [flag, value] if option.metavar else [flag]
    at = rng.randrange(len(words) + 1)
    return [*words[:at], *rng.choice([["a.wasm"], ["-"], [], ["a.wasm", "--", "--x"]]), *words[at:]]


@pytest.mark.parametrize("row", GUEST_COMMANDS, ids=lambda row: row.name)
def test_words_are_read_as_argparse_reads_them(row: CommandRow) -> None:
    command, rng, read = command_of(row), random.Random(row.name), 0  # noqa: S311 - the same every time
    for _ in range(TRIES):
        words = words_of(command, rng)
        parser = parser_for(row, command)
        expected = outcome(lambda p=parser, w=words: parse_program(p, command.runs_guest, w))
        found = outcome(lambda w=words: quickly(command.runs_guest, w) or parse_program(
            parser_for(row, command), command.runs_guest, w))  # fmt: skip
        assert found == expected, words
        read += isinstance(expected, dict)
    assert read > TRIES // 10


@pytest.mark.parametrize(
    "words", [["--help"], ["--nonsense", "a.wasm"], [], ["--engine", "fast", "a.wasm"], ["--seed"]]
)
def test_words_that_need_an_answer_are_left_to_argparse(words: list[str]) -> None:
    assert quickly(command_of(GUEST_COMMANDS[0]).runs_guest, words) is None


PLAIN_COMMANDS = [row for row in COMMANDS if command_of(row).plain is not None]


@pytest.mark.parametrize("row", PLAIN_COMMANDS, ids=lambda row: row.name)
@pytest.mark.parametrize("words", [["a"], ["a", "b"], ["", "b"], ["a=b"]], ids=str)
def test_plain_words_are_read_as_argparse_reads_them(row: CommandRow, words: list[str]) -> None:
    command = command_of(row)
    expected = outcome(lambda: parser_for(row, command).parse_args(words))
    assert outcome(lambda: parse(row, command, words)) == expected
