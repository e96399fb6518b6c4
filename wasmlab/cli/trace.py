"""``wasmlab trace``: every executed instruction, a line each, with its effects."""

from __future__ import annotations

import csv
import json
import sys
from array import array

from wasmlab.cli.command import Command
from wasmlab.cli.outcome import need_a_call, outcome
from wasmlab.cli.terminal import complain, say
from wasmlab.counted import counted
from wasmlab.debug.recorded_session import recorded_session
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.debug.views.plain_text import step_line
from wasmlab.debug.views.step_fields import FIELDS, step_object, step_row
from wasmlab.engine.grants import Grants
from wasmlab.engine.recording.file.reader import Recording
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.opening.arguments import Option
from wasmlab.opening.files import open_word
from wasmlab.opening.options import (
    PROGRAM_OPTIONS,
    OwnInput,
    add_program_arguments,
    given,
)
from wasmlab.opening.request import recording_engine

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from wasmlab.debug.views.model import Step
    from wasmlab.module import Module
    from wasmlab.opening.parser import Parser


class Writer(Protocol):
    """A form of the trace."""

    def begin(self) -> None:
        """Write the head, before the first line."""
        ...

    def step(self, step: Step) -> None:
        """Write a line."""
        ...

    def end(self) -> None:
        """Write the foot, after the last line."""
        ...


class _Text:
    def begin(self) -> None:
        """Begin without a heading."""

    def step(self, step: Step) -> None:
        """Write a line of plain text."""
        say(step_line(step))

    def end(self) -> None:
        """End without more."""


class _Json:
    """An array with an object on every line; values carry their types."""

    def __init__(self) -> None:
        self._separator = "[\n"

    def begin(self) -> None:
        """Wait for the first step."""

    def step(self, step: Step) -> None:
        """Write an object."""
        sys.stdout.write(self._separator + json.dumps(step_object(step)))
        self._separator = ",\n"

    def end(self) -> None:
        """Close the array."""
        say("[]" if self._separator == "[\n" else "\n]")


class _Csv:
    def __init__(self) -> None:
        self._writer = csv.writer(sys.stdout, lineterminator="\n")

    def begin(self) -> None:
        """Write the heading."""
        self._writer.writerow(FIELDS)

    def step(self, step: Step) -> None:
        """Write a row."""
        self._writer.writerow(step_row(step))

    def end(self) -> None:
        """End without more."""


class _Markdown:
    def begin(self) -> None:
        """Write the heading."""
        self._write(FIELDS)
        self._write("---" for _ in FIELDS)

    def step(self, step: Step) -> None:
        """Write a row."""
        self._write(str(cell).replace("|", "\\|") for cell in step_row(step))

    def end(self) -> None:
        """End without more."""

    def _write(self, cells: Iterable[str]) -> None:
        say(f"| {' | '.join(cells)} |", whole=True)


FORMATS: dict[str, type[Writer]] = {"text": _Text, "json": _Json, "csv": _Csv, "md": _Markdown}
RAW = "raw"
"""The records that the machine itself makes, hundreds of millions a second."""
OPTIONS = (
    Option(
        ("--format",),
        "form of the trace (default: text); raw: three little-endian 64-bit words for each"
        " instruction (function << 32 | offset, top of the stack, effective address)",
        "|".join((*FORMATS, RAW)),
        choices=(*FORMATS, RAW),
        default="text",
    ),
    Option(("--limit",), "stop after N instructions", "N", read=int),
    *PROGRAM_OPTIONS,
)


def _add_arguments(parser: Parser) -> None:
    add_program_arguments(parser, OPTIONS)


def _run(found: argparse.Namespace) -> int:
    opened = open_word(found.file)
    if isinstance(opened, Recording):
        session = recorded_session(opened, recording_engine(found))
        last = session.recorded[1]
    else:
        session, last = _session(found, opened), None
        need_a_call(session)
    limit = last if found.limit is None else found.limit
    if limit is not None and limit < 0:
        raise UsageError(f"--limit counts instructions, found {limit}")
    if found.format == RAW:
        _write_raw(session, limit)
    else:
        _write(session, FORMATS[found.format](), limit)
    if session.tick == last and session.state is State.PAUSED:
        session.to_end()
    if session.state is State.PAUSED:
        why = "the recording ends there" if session.tick == last else "as --limit says"
        complain(f"wasmlab: stopped after {counted(session.tick, 'instruction')}, {why}")
        return 0
    return outcome(session)


def _write(session: Session, writer: Writer, limit: int | None) -> None:
    writer.begin()
    for step in session.trace(limit):
        writer.step(step)
    writer.end()


def _write_raw(session: Session, limit: int | None) -> None:
    """Run to the end or to a limit, then write the records of the executed instructions."""

    def write(records: memoryview) -> None:
        words = array("Q", records)
        if sys.byteorder == "big":
            words.byteswap()
        sys.stdout.buffer.write(words)

    if limit is None:
        session.run()
    elif limit > session.tick:
        session.step(limit - session.tick)
    session.trace_records(write)
    sys.stdout.buffer.flush()


def _session(found: argparse.Namespace, module: Module) -> Session:
    grants = given(found, module, Grants(stdin=OwnInput()), to_end=True)
    return Session.granted(module, grants)


COMMAND = Command(_add_arguments, _run, runs_guest=OPTIONS)
