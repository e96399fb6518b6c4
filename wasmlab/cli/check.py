"""``wasmlab check``: grade an exercise."""

from __future__ import annotations

from pathlib import Path

from wasmlab.cli.command import Command
from wasmlab.cli.report import report
from wasmlab.cli.terminal import say
from wasmlab.errors import UsageError, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.files import STDIN, find, load_module
from wasmlab.opening.inputs import MODULE_FILE
from wasmlab.script.exercise import grade, read_exercise

if TYPE_CHECKING:
    import argparse

    from wasmlab.opening.parser import Parser

FAILED = 1
BAD_TESTS = 4
NO_CASES = 5
_EPILOG = """TESTS is a TOML file:
  title = "Add"
  max_steps = 100          # per case
  forbidden = ["i32.mul"]  # instructions; "local.*" stands for all that begin so
  required = ["i32.add"]
  [[case]]
  call = "add"
  args = [1, 2]
  returns = 3              # or traps = "integer divide by zero", stdout = "Hello"
                           # a text is a value as results are printed: "nan:0x200001"

The exit status is pytest's: 0 passed, 1 failed, 4 bad usage, 5 nothing to check."""


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("task", metavar="TASK", help=MODULE_FILE)
    parser.add_argument("tests", metavar="TESTS", help="what is asked of it, in TOML")


def _run(found: argparse.Namespace) -> int:
    try:
        exercise = read_exercise(_content(found.tests))
        if found.task != STDIN:
            find(found.task)
    except UsageError as error:
        report(error, file=found.tests)
        return BAD_TESTS
    except WasmlabError as error:
        report(error)
        return BAD_TESTS
    if not (exercise.cases or exercise.forbidden or exercise.required):
        say(f"{found.tests}: nothing to check")
        return NO_CASES
    try:
        module = load_module(found.task)
    except WasmlabError as error:
        report(error, file=found.task)
        return FAILED
    verdicts = grade(module, exercise)
    for verdict in verdicts:
        say(f"{'ok  ' if verdict.passed else 'FAIL'}  {verdict.what}{_because(verdict.why)}")
    failed = sum(not verdict.passed for verdict in verdicts)
    say(f"{len(verdicts) - failed} of {len(verdicts)} passed")
    return FAILED if failed else 0


def _content(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise WasmlabError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WasmlabError(f"cannot read {path}: it is not UTF-8 text") from error


def _because(why: str) -> str:
    return f": {why}" if why else ""


COMMAND = Command(_add_arguments, _run, epilog=_EPILOG)
