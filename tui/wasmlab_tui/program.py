"""A program that is open in the lab: where its text is, and how its sessions are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from wasmlab import samples
from wasmlab.debug.recorded_session import recorded_session
from wasmlab.debug.session import Session
from wasmlab.engine.grants import INTERACTIVE, Grants
from wasmlab.engine.recording.file.reader import Recording
from wasmlab.errors import BadExpression, NoSuchLocation, Unsupported, WasmlabError
from wasmlab.module import assemble
from wasmlab.opening.inputs import open_input
from wasmlab.opening.request import sample_grants

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.samples import Sample

PRINTABLE = 1_000_000
"""Bytes of a binary whose text is short enough; the text of a larger one is not even made."""
_TOO_LONG = "the text of this program is too long to be edited here"
EDITABLE = 4_000_000
"""Characters of text up to which a program can be edited."""

_SAMPLES = "samples/"
COMPARED = 20_000
"""Lines, of both texts together, up to which they are compared to see where lines went."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text with what is needed to make a program of it."""

    title: str
    text: str = ""
    """WAT; a disassembly where the program came without."""
    path: Path | None = None
    """The file it was read from; None for samples and new texts, which are not written back."""
    grants: Grants = INTERACTIVE
    origin: str = ""
    """What the text is made of, as ``origin_of`` says; empty: unknown."""


@dataclass(frozen=True, slots=True)
class OpenProgram:
    """A program that can be stepped."""

    title: str
    session: Session
    path: Path | None = None
    grants: Grants = INTERACTIVE
    news: str = ""
    """What to say when it is shown; a line each."""
    origin: str = ""
    """The file or sample that it is of, as ``origin_of`` says; empty: unknown."""


def draft_of(program: OpenProgram) -> Draft:
    """Return the text of a program, to be edited; Unsupported if there is too much of it."""
    module = program.session.module
    if module.source is None and len(module.data) > PRINTABLE:
        raise Unsupported(_TOO_LONG)
    text = module.source if module.source is not None else module.wat()
    if len(text) > EDITABLE:
        raise Unsupported(_TOO_LONG)
    path = program.path if module.source is not None else None
    return Draft(program.title, text, path, program.grants, program.origin)


def open_file(path: Path, grants: Grants = INTERACTIVE) -> OpenProgram:
    """Return the program in a file, at its first instruction.

    The samples are wasmlab's own: they are not written back.
    Raises WasmlabError: no such file, not a module, cannot be linked.
    """
    opened = open_input(path)
    if isinstance(opened, Recording):
        session = recorded_session(opened, grants.engine)
        return OpenProgram(path.name, session, origin=origin_of(path))
    session, origin = Session.granted(opened, grants), origin_of(path)
    own = None if origin.startswith(_SAMPLES) else path
    return OpenProgram(path.name, session, own, grants, origin=origin)


def origin_of(path: Path) -> str:
    """Return what identifies a file from one visit to the next, wherever the samples are."""
    path = path.resolve()
    try:
        return _SAMPLES + path.relative_to(samples.folder().resolve()).as_posix()
    except (WasmlabError, ValueError):
        return str(path)


def open_draft(draft: Draft) -> OpenProgram:
    """Return the program that a text describes; raises AssembleError, or WasmlabError."""
    module = assemble(draft.text, file=draft.title)
    return _program(draft, Session.granted(module, draft.grants))


def replay_draft(old: OpenProgram, draft: Draft) -> OpenProgram:
    """Return the program of a text, run under the input that another had, at what differs first.

    Raises AssembleError, or another WasmlabError; to be called where sessions work.
    """
    found = old.session.replay(draft.text)
    return replace(_program(draft, found.session), news=str(found))


def _program(draft: Draft, session: Session) -> OpenProgram:
    return OpenProgram(draft.title, session, draft.path, draft.grants, origin=draft.origin)


def open_sample(sample: Sample) -> OpenProgram:
    """Return a sample with the grants and input of its header."""
    return open_file(sample.path, sample_grants(sample))


def keep_breakpoints(old: OpenProgram, new: OpenProgram) -> None:
    """Set the breakpoints of old in new, on the lines they were on.

    Lines that were inserted or taken away above them are allowed for; a line that is gone takes
    its breakpoint along, and so does a variable its condition.
    """
    moved = _moved_lines(_lines(old), _lines(new))
    for found in old.session.breakpoints:
        line = moved.get(found.location.line or 0)
        offset = None if line is None else new.session.source.line(line).offset
        where = found.callee or found.name or offset
        if where is None:
            continue
        try:
            new.session.break_at(where, found.condition, found.hits)
        except (NoSuchLocation, BadExpression):
            continue


def _lines(program: OpenProgram) -> list[str]:
    source = program.session.source
    return [source.line(n).text for n in range(1, source.line_count + 1)]


def _moved_lines(old: list[str], new: list[str]) -> dict[int, int]:
    """Return the new number of every line, from 1, that is in both texts.

    Of very long texts, lines are taken to stay where they are.
    """
    if len(old) + len(new) > COMPARED:
        return {n: n for n in range(1, min(len(old), len(new)) + 1)}
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {block.a + i + 1: block.b + i + 1 for block in blocks for i in range(block.size)}
