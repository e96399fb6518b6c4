"""``wasmlab wast``: run scripts in the official test suite's format and judge their assertions."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from wasmlab.cli.command import Command
from wasmlab.cli.terminal import complain, say
from wasmlab.engine.tier import ENGINES
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.script.report import Failure, ScriptReport
from wasmlab.script.runner import run_script

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from wasmlab.opening.parser import Parser

SUFFIX = ".wast"
_SHOWN = 20
"""Failures of a file that are printed; ``--json`` has all of them."""


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help=f"a {SUFFIX} script, or a folder with such"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one array: file, passed, failed, counts of each"
    )
    parser.add_argument(
        "-j", metavar="N", type=int, default=1, dest="jobs", help="run N files at a time"
    )
    parser.add_argument(
        "--engine", choices=ENGINES, default="auto", help="what executes instructions"
    )


def _run(found: argparse.Namespace) -> int:
    if found.jobs < 1:
        raise UsageError(f"-j takes a number from 1 on, found {found.jobs}")
    files = [path for word in found.files for path in scripts_in(word)]
    reports = _reports(files, found.jobs, found.engine)
    if found.json:
        collected = list(reports)
        say(json.dumps([report.as_json() for report in collected], indent=1), whole=True)
    else:
        collected = [_printed(report) for report in reports]
    _sum_up(collected)
    return 1 if any(report.failed for report in collected) else 0


def scripts_in(word: str) -> list[Path]:
    """Return the script, or all scripts in the folder, that a word names.

    Raises UsageError if there is none.
    """
    path = Path(word)
    if "\0" in word or not path.exists():
        raise UsageError(f"no such file or folder: {word}")
    if not path.is_dir():
        return [path]
    scripts = sorted(file for file in path.rglob(f"*{SUFFIX}") if file.is_file())
    if not scripts:
        raise UsageError(f"no {SUFFIX} file in {word}")
    return scripts


def _reports(files: Sequence[Path], jobs: int, engine: str) -> Iterator[ScriptReport]:
    """Yield the report of each file, in order."""
    if jobs == 1 or len(files) == 1:
        yield from (_report(file, engine) for file in files)
        return
    with ProcessPoolExecutor(jobs) as pool:
        pending = [pool.submit(_report, file, engine) for file in files]
        for file, future in zip(files, pending, strict=True):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield _alone(file, engine)


def _report(path: Path, engine: str) -> ScriptReport:
    return run_script(path, str(path), engine)


def _alone(path: Path, engine: str) -> ScriptReport:
    """Run a file in a process of its own, because some file's process came to a bad end."""
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(_report, path, engine).result()
    except BrokenProcessPool:
        failure = Failure(0, "script", "the process that ran it was ended, for lack of memory?")
        return ScriptReport(str(path), failed=[failure])


def _printed(report: ScriptReport) -> ScriptReport:
    """Print a report as one line, failures indented below it; return it."""
    failed = f", {len(report.failed)} failed" if report.failed else ""
    say(f"{report.file}: {report.passed} passed{failed}")
    for failure in report.failed[:_SHOWN]:
        say(f"  line {failure.line}: {failure.kind}: {failure.reason}")
    if len(report.failed) > _SHOWN:
        say(f"  and {len(report.failed) - _SHOWN} more; --json has all of them")
    return report


def _sum_up(reports: Sequence[ScriptReport]) -> None:
    """Say the sum of several files on standard error."""
    if len(reports) > 1:
        passed = sum(report.passed for report in reports)
        failed = sum(len(report.failed) for report in reports)
        complain(f"{len(reports)} files: {passed} passed, {failed} failed")


_EPILOG = """Every command of a script counts: modules, calls and assertions. The exit status is
1 if anything fails. Proposals that wasmlab does not carry out fail as Unsupported."""

COMMAND = Command(_add_arguments, _run, epilog=_EPILOG)
