"""The journal of a commit: a file in the granted directory that says how to finish it or undo it.

Its name ends in the state of the commit, so that one rename changes that:

    part       the journal is being written; nothing else was made
    staging    what is new is written under names of its own; no name of the user's has changed
    writing    name after name becomes what it is in the overlay
    undoing    name after name becomes what it was before
    removing   all is as in the overlay; what it replaced is removed

A journal is believed if this process wrote it, or if its digest is noted in the user's state
directory: a folder that comes from elsewhere cannot bring one that removes files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import stat
from contextlib import closing, suppress
from string import hexdigits
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from wasmlab.errors import CommitError
from wasmlab.host.wasi.fs.commit.disk import write_all
from wasmlab.host.wasi.fs.real import RealHandle
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.host.wasi.fs.commit.disk import Directories, Parts

State = Literal["part", "staging", "writing", "undoing", "removing"]
_STATES: tuple[State, ...] = get_args(State)
RESERVED = ".wasmlab-commit"
"""How all names begin that a commit makes beside those of the overlay."""
VERSION = 1
_LONGEST = 1 << 28
"""Bytes of a journal that is read."""
_TOKEN = 16
"""Hexadecimal digits that tell the names of one commit from those of another."""


@dataclass(frozen=True, slots=True)
class CommitStep:
    """One name in a directory that stays, and what becomes of it."""

    directory: Parts
    name: str
    removes: bool
    """Something is there that goes."""
    places: bool
    """Something new comes there."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What a commit does."""

    token: str
    steps: tuple[CommitStep, ...]

    def new(self, number: int) -> str:
        """Return the name, in a step's directory, of what is to come."""
        return f"{RESERVED}-{self.token}-{number}.new"

    def old(self, number: int) -> str:
        """Return the name, in a step's directory, of what was there."""
        return f"{RESERVED}-{self.token}-{number}.old"


def journal_of(steps: Sequence[CommitStep]) -> Journal:
    """Return the journal of a new commit."""
    import secrets

    return Journal(secrets.token_hex(_TOKEN // 2), tuple(steps))


def _file(state: State) -> str:
    return f"{RESERVED}.{state}"


def state_of(directories: Directories) -> State | None:
    """Return where the commit of a granted directory is; None if there is none.

    CommitError if what is called like a journal is no file.
    """
    for state in _STATES:
        found = directories.stat((), _file(state))
        if found is not None and not stat.S_ISREG(found.st_mode):
            raise _no_journal(state)
        if found is not None:
            return state
    return None


def begin(directories: Directories, journal: Journal) -> None:
    """Write the journal of a commit that is about to stage."""
    root, disk = directories.root.fd, directories.disk
    rows = [[list(s.directory), s.name, s.removes, s.places] for s in journal.steps]
    written = {"wasmlab": VERSION, "token": journal.token, "steps": rows}
    text = json.dumps(written).encode()
    with closing(RealHandle(disk.create(root, _file("part")))) as file:
        write_all(disk, file.fd, text, 0)
        disk.sync(file.fd)
    directories.believed = _digest(text)
    with suppress(OSError):  # then it takes --trust-journal to go on after a kill
        disk.note(directories.believed)
    enter(directories, "part", "staging")


def enter(directories: Directories, old: State, state: State) -> None:
    """Go from one state to another, on the disk."""
    directories.disk.rename(directories.root.fd, _file(old), _file(state))
    directories.disk.sync(directories.root.fd)


def end(directories: Directories, state: State) -> None:
    """Remove the journal: the commit is over."""
    directories.disk.unlink(directories.root.fd, _file(state))
    with suppress(OSError):  # if the journal comes again after a crash, nothing is left to do
        directories.disk.sync(directories.root.fd)
    directories.disk.forget(directories.believed)


def read(directories: Directories, state: State) -> Journal:
    """Return the journal in a granted directory.

    CommitError for a file that no commit wrote, or that none of this user's wrote.
    """
    text = _text(directories, state)
    try:
        journal = _checked(json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _no_journal(state) from None
    digest = _digest(text)
    if digest != directories.believed and not directories.disk.has_noted(digest):
        raise _unknown(directories, state, journal)
    directories.believed = digest
    return journal


def _no_journal(state: State) -> CommitError:
    return CommitError(
        f"{_file(state)} is not the journal of a commit", hint="remove it if nothing needs it"
    )


def trust(directories: Directories, state: State) -> None:
    """Believe the journal in a granted directory, as the user says."""
    directories.believed = _digest(_text(directories, state))


def command(host: str) -> str:
    """Return the command line that goes on with the commit to a directory."""
    return f"wasmlab commit {shlex.quote(os.path.realpath(host))}"


def _unknown(directories: Directories, state: State, journal: Journal) -> CommitError:
    host, count = directories.host, len(journal.steps)
    return CommitError(
        f"{host} has the journal of a commit that is not known here; nothing is done: it says to "
        f"change or remove {count:,} {'name' if count == 1 else 'names'}",
        hint=f"if {host} comes from elsewhere, remove its {_file(state)}; "
        f"if a commit of yours was interrupted there, {command(host)} --trust-journal",
    )


def _text(directories: Directories, state: State) -> bytes:
    disk, text = directories.disk, bytearray()
    with closing(RealHandle(disk.open(directories.root.fd, _file(state)))) as file:
        while len(text) < _LONGEST and (part := disk.read(file.fd, _LONGEST)):
            text += part
    return bytes(text)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _checked(found: dict[str, Any]) -> Journal:
    token = found["token"]
    is_token = isinstance(token, str) and len(token) == _TOKEN and not set(token) - set(hexdigits)
    steps = tuple(_step(*row) for row in found["steps"])
    names = {(step.directory, step.name) for step in steps}
    if found["wasmlab"] != VERSION or not is_token or len(names) < len(steps):
        raise ValueError(token)
    return Journal(token, steps)


def _step(directory: list[object], name: object, removes: object, places: object) -> CommitStep:
    components = [*directory, name]
    if not all(isinstance(part, str) and is_component(part) for part in components):
        raise ValueError(components)
    if not (isinstance(removes, bool) and isinstance(places, bool)):
        raise TypeError(removes, places)
    return CommitStep(tuple(cast("list[str]", directory)), cast("str", name), removes, places)


def is_component(name: str) -> bool:
    """Return whether a name is one component of a path, and not a commit's own."""
    named = name not in {"", ".", ".."} and not name.startswith(RESERVED)
    return named and not {"/", "\0"} & set(name) and _is_encodable(name)


def _is_encodable(name: str) -> bool:
    """Return whether the system can be asked for a name, which lone surrogates prevent."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True
