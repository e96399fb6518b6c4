"""Carrying out the steps of a commit, or taking them back; either may be repeated at any point.

What a step has done is seen from the names in its directory: while ``.new`` is there, the new thing
is not in its place; once ``.old`` is there, the old one is kept.
"""

from __future__ import annotations

import os

from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.fs.commit.disk import Directories, is_directory, remove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wasmlab.host.wasi.fs.commit.disk import Parts
    from wasmlab.host.wasi.fs.commit.journal import CommitStep, Journal


def apply(directories: Directories, journal: Journal) -> None:
    """Make every name what it is to be: what comes first, what only goes afterwards."""
    numbered = list(enumerate(journal.steps))
    for number, step in numbered:
        if step.places:
            _place(directories, step, journal.new(number), journal.old(number))
    for number, step in numbered:
        if not step.places:
            _set_aside(directories, step, journal.old(number))
    sync(directories, journal)


def undo(directories: Directories, journal: Journal) -> None:
    """Make every name what it was."""
    for number, step in enumerate(journal.steps):
        new, old = journal.new(number), journal.old(number)
        kept = step.removes and directories.stat(step.directory, old)
        placed = step.places and not directories.stat(step.directory, new)
        if placed and (kept or not step.removes) and directories.stat(step.directory, step.name):
            _move(directories, step.directory, step.name, new)
        if kept:
            _move(directories, step.directory, old, step.name)
    sync(directories, journal)


def remove_staged(directories: Directories, journal: Journal) -> None:
    """Remove what was staged."""
    _remove(directories, journal, (journal.new(number) for number in range(len(journal.steps))))


def remove_replaced(directories: Directories, journal: Journal) -> None:
    """Remove what was replaced."""
    _remove(directories, journal, (journal.old(number) for number in range(len(journal.steps))))


def sync(directories: Directories, journal: Journal) -> None:
    """Bring to the disk which names there are."""
    for parts in {step.directory for step in journal.steps}:
        directories.disk.sync(directories.at(parts))


def _remove(directories: Directories, journal: Journal, names: Iterable[str]) -> None:
    for step, name in zip(journal.steps, names, strict=True):
        remove(directories, step.directory, name)


def _place(directories: Directories, step: CommitStep, new: str, old: str) -> None:
    staged = directories.stat(step.directory, new)
    if staged is None:
        return
    if step.removes and not directories.stat(step.directory, old):
        _keep(directories, step, staged, old)
    _move(directories, step.directory, new, step.name, replaces=step.removes)


def _keep(directories: Directories, step: CommitStep, staged: os.stat_result, old: str) -> None:
    """Keep what a step replaces, if it can be so that its name is never without a file."""
    parts, name, disk = step.directory, step.name, directories.disk
    found = directories.stat(parts, name)
    if found is None:
        return
    if not (is_directory(found) or is_directory(staged)):
        try:
            disk.link(directories.at(parts), name, directories.at(parts), old)
        except OSError:
            pass  # renaming does it too, or says what is wrong
        else:
            return
    disk.rename(directories.at(parts), name, old)


def _set_aside(directories: Directories, step: CommitStep, old: str) -> None:
    there = directories.stat(step.directory, step.name)
    if there and not directories.stat(step.directory, old):
        directories.disk.rename(directories.at(step.directory), step.name, old)


def _move(
    directories: Directories, parts: Parts, old: str, name: str, *, replaces: bool = False
) -> None:
    """Rename; two names of one file become one, which rename(2) does not do.

    Raises FileExistsError if there is something at name that is not to be replaced.
    """
    there = directories.stat(parts, name)
    moved = directories.stat(parts, old)
    if there and moved and os.path.samestat(there, moved) and not is_directory(there):
        directories.disk.unlink(directories.at(parts), old)
    elif there and not replaces:
        raise FileExistsError(17, "File exists", name)
    else:
        directories.disk.rename(directories.at(parts), old, name)
