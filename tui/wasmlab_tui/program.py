"""A program that is open in the lab: where its text is, and how its sessions are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab import samples
from wasmlab.debug.session import Session
from wasmlab.engine.grants import INTERACTIVE, Grants
from wasmlab.errors import Unsupported, WasmlabError
from wasmlab.module import Module, assemble, file_state
from wasmlab.opening.inputs import open_input
from wasmlab.opening.request import sample_grants
from wasmlab.records import dataclass, replace

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.samples import Sample

PRINTABLE = 1_000_000
"""Bytes of a binary whose text is short enough; the text of a larger one is not even made."""
_TOO_LONG = "the text of this program is too long to be edited here"
EDITABLE = 4_000_000
"""Characters of text up to which a program can be edited."""

_SAMPLES = "samples/"


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
    grants = program.session.beginning.grants
    return Draft(program.title, text, path, grants, program.origin)


def open_file(
    path: Path, grants: Grants = INTERACTIVE, module: Module | None = None
) -> OpenProgram:
    """Return the program in a file, at its first instruction; module: its content, if it is read.

    The samples are wasmlab's own: they are not written back.
    Raises WasmlabError: no such file, not a module, cannot be linked.
    """
    opened, origin = module or open_input(path), origin_of(path)
    if isinstance(opened, Module):
        own = None if origin.startswith(_SAMPLES) else path
        return OpenProgram(path.name, Session.granted(opened, grants), own, origin=origin)
    from wasmlab.debug.recorded_session import recorded_session

    return OpenProgram(path.name, recorded_session(opened, grants.engine), origin=origin)


def origin_of(path: Path) -> str:
    """Return what identifies a file from one visit to the next, wherever the samples are."""
    path = path.resolve()
    try:
        return _SAMPLES + path.relative_to(samples.folder().resolve()).as_posix()
    except (WasmlabError, ValueError):
        return str(path)


def open_draft(draft: Draft) -> OpenProgram:
    """Return the program that a text describes; raises AssembleError, or WasmlabError."""
    return _program(draft, Session.granted(_module(draft), draft.grants))


def _module(draft: Draft) -> Module:
    """Return the module of a text that was written to its file, if it has one."""
    state = None if draft.path is None else file_state(draft.path)
    module = assemble(draft.text, file=draft.title)
    return replace(module, file=None if draft.path is None else str(draft.path), read_as=state)


def replay_draft(old: OpenProgram, draft: Draft) -> OpenProgram:
    """Return the program of a text, run under the input that another had, at what differs first.

    Raises AssembleError, or another WasmlabError; to be called where sessions work.
    """
    found = old.session.replay(_module(draft))
    return replace(_program(draft, found.session), news=str(found))


def _program(draft: Draft, session: Session) -> OpenProgram:
    return OpenProgram(draft.title, session, draft.path, origin=draft.origin)


def open_sample(sample: Sample) -> OpenProgram:
    """Return a sample with the grants and input of its header."""
    return open_file(sample.path, sample_grants(sample))


def keep_breakpoints(old: OpenProgram, new: OpenProgram) -> tuple[str, ...]:
    """Set the breakpoints and watchpoints of old in new, where their instructions went.

    Return those that have no place any more, a line each, and how many are kept.
    """
    from wasmlab.debug.preferences import carried
    from wasmlab.debug.rebuild import kept_stops
    from wasmlab.debug.whatif.carried import carry_stops

    lost = carry_stops(old.session.control, new.session.control)
    new.session.control.preferences = carried(old.session.control.preferences)
    kept = kept_stops(new.session)
    return (*lost, f"{kept}.") if kept else lost
