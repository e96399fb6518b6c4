"""Committing overlays: as a whole or not at all, unless the process is killed.

What is new is staged in every granted directory before a name of the user's changes in any of them.
An error takes everything back; after a kill, the journals say how to finish or undo.
"""

from __future__ import annotations

from contextlib import ExitStack

from wasmlab.errors import CommitError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.errno import ErrnoError
from wasmlab.host.wasi.flags import FileType
from wasmlab.host.wasi.fs.changes import before, differences
from wasmlab.host.wasi.fs.commit import journal as journals
from wasmlab.host.wasi.fs.commit import steps
from wasmlab.host.wasi.fs.commit.disk import DISK, Directories
from wasmlab.host.wasi.fs.commit.interrupted import (
    interrupted,
    locked,
    require_dir_fd,
    settle,
    take_back,
)
from wasmlab.host.wasi.fs.commit.journal import CommitStep, journal_of
from wasmlab.host.wasi.fs.commit.staging import Staging, check_name
from wasmlab.host.wasi.fs.memory import ROOT
from wasmlab.host.wasi.fs.source import DirFdAccess, HostSource
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.host.wasi.fs.changes import NameChange
    from wasmlab.host.wasi.fs.commit.disk import Disk
    from wasmlab.host.wasi.fs.commit.journal import Journal
    from wasmlab.host.wasi.fs.memory import TreeVolume
    from wasmlab.host.wasi.fs.source import Parts


class Overlay(NamedTuple):
    """A volume and the host directory that it was granted over."""

    host: str
    """Its path, for messages only."""
    volume: TreeVolume
    source: HostSource
    directories: Directories
    """The directory itself, as it was opened when it was granted."""


def overlay(host: str, volume: TreeVolume, disk: Disk = DISK) -> Overlay:
    """Return what a commit needs of a volume; CommitError on a system where it is not safe."""
    require_dir_fd()
    source = volume.source
    if not (isinstance(source, HostSource) and isinstance(source.access, DirFdAccess)):
        raise CommitError(f"{host} was read by its path: nothing is written to it")
    return Overlay(host, volume, source, Directories(disk, source.access.root, host))


def settle_all(overlays: Sequence[Overlay]) -> list[str]:
    """Clear up after commits that were interrupted; return what to tell the user.

    CommitError if one has to be finished or undone first.
    """
    notes: list[str] = []
    for each in overlays:
        with locked(each.directories, each.host):
            notes.append(settle(each.directories, each.host))
    return [note for note in notes if note]


def commit(overlays: Sequence[Overlay]) -> None:
    """Make the host directories of overlays as these are.

    CommitError if that cannot be; it says what was written: nothing, unless taking it back failed.
    """
    with ExitStack() as locks:
        for each in overlays:
            locks.enter_context(locked(each.directories, each.host))
            settle(each.directories, each.host)
        _commit([each for each in overlays if next(differences(each.volume), None)])


def _commit(overlays: Sequence[Overlay]) -> None:
    at: Overlay | None = None
    begun: list[Overlay] = []
    staged: list[tuple[Overlay, Journal, Staging]] = []
    try:
        for at in overlays:
            begun.append(at)
            staged.append((at, *_stage(at)))
        for at, journal, _ in staged:
            journals.enter(at.directories, "staging", "writing")
            steps.apply(at.directories, journal)
        if staged:
            at = staged[0][0]
            journals.enter(at.directories, "writing", "removing")
    except BaseException as error:
        _take_back(begun, at, error)
        raise
    for at, _, staging in staged:
        _know(at, staging)
    _clear_up(staged)


def _stage(found: Overlay) -> tuple[Journal, Staging]:
    """Stage all that is different, and return how to put it in its place."""
    directories, volume = found.directories, found.volume
    staging = Staging(directories, before(volume), volume)
    different = _with_links(found)
    for directory, name, old, _ in different:
        check_name(name)
        staging.check(directory, name, old)
    journal = journal_of(
        [CommitStep(d.directory, d.name, bool(d.old), bool(d.new)) for d in different]
    )
    journals.begin(directories, journal)
    for number, (directory, _, _, new) in enumerate(different):
        if new:
            staging.stage(directory, journal.new(number), new)
    steps.sync(directories, journal)
    return journal, staging


def _with_links(found: Overlay) -> list[NameChange]:
    """Return the differences, all names of a file that has several among them."""
    different = list(differences(found.volume))
    modified = [found.source.node(d.new) for d in different if d.old == d.new]
    if any(node is not None and node.nlink > 1 for node in modified):
        found.source.load_names()
        different = list(differences(found.volume))
    return different


def _take_back(begun: list[Overlay], at: Overlay | None, error: BaseException) -> None:
    """Undo what was begun; CommitError in the place of what the host or the guest did wrong."""
    left: list[Overlay] = []
    for each in begun:
        try:
            take_back(each.directories)
        except OSError:
            left.append(each)
    if at is None or not isinstance(error, OSError | ErrnoError | CommitError):
        return
    reason, hint = str(error), ""
    if isinstance(error, CommitError):
        reason, hint = error.message, error.hint
    elif isinstance(error, OSError):
        reason = error.strerror or reason
    message = f"cannot write the changes to {at.host}: {reason}"
    if not left:
        raise CommitError(f"{message}; nothing was written", hint=hint) from None
    again = interrupted(left[0].host)
    raise CommitError(f"{message}; {again.message}", hint=again.hint) from None


def _clear_up(staged: list[tuple[Overlay, Journal, Staging]]) -> None:
    """Remove what was replaced; nothing is taken back any more."""
    for number, (at, journal, _) in enumerate(staged):
        try:
            if number:
                journals.enter(at.directories, "writing", "removing")
            steps.remove_replaced(at.directories, journal)
            journals.end(at.directories, "removing")
        except OSError as error:
            raise CommitError(
                f"all changes are written, but not cleared up in {at.host}: {error.strerror}",
                hint=f"{journals.command(at.host)} does it",
            ) from None


def _know(found: Overlay, staging: Staging) -> None:
    """Note what the host directory holds now."""
    found.volume.committed = found.volume.tree
    found.source.stamps.update(staging.stamps)
    found.source.places.update(_places(found.volume))


def _places(volume: TreeVolume) -> dict[int, Parts]:
    """Return where everything that was seen is now, by inode number."""
    source = volume.source
    places: dict[int, Parts] = {}
    todo: list[tuple[Parts, int]] = [((), ROOT)]
    while todo:
        parts, ino = todo.pop()
        places[ino] = parts
        node = volume.node(ino)
        known = ino in volume.tree.nodes or (isinstance(source, HostSource) and source.is_read(ino))
        if node.kind is FileType.DIRECTORY and known:
            children = volume.entry_map(ino).items()
            todo.extend(((*parts, name), child) for name, (child, _) in children)
    return places
