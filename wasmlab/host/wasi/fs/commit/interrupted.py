"""Commits that were interrupted: cleared up, finished or taken back, from their journals."""

from __future__ import annotations

from contextlib import closing, contextmanager

from wasmlab.errors import CommitError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.fs.commit import journal as journals
from wasmlab.host.wasi.fs.commit import steps
from wasmlab.host.wasi.fs.commit.disk import DISK, Directories
from wasmlab.host.wasi.fs.real import RealHandle, has_dir_fd, open_directory

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.host.wasi.fs.commit.disk import Disk


def require_dir_fd() -> None:
    """Raise CommitError on a system where a commit could follow a link out of its directory."""
    if not has_dir_fd():
        raise CommitError(
            "this system cannot write to a directory without following links",
            hint="--overlay lists the changes",
        )


@contextmanager
def locked(directories: Directories, host: str) -> Generator[None]:
    """Keep other commits out of a granted directory; CommitError while another is at work there."""
    disk = directories.disk
    with closing(RealHandle(disk.enter(directories.root.fd, "."))) as held:
        try:
            disk.lock(held.fd)
        except BlockingIOError:
            raise CommitError(f"another commit is writing to {host}") from None
        yield


def settle(directories: Directories, host: str) -> str:
    """Clear up after a commit that was interrupted; return a note, "" if there was none.

    CommitError if it had begun to change files: the user says how it goes on. Also if its journal
    is not one to believe.
    """
    state = journals.state_of(directories)
    if state is None:
        return ""
    if state == "writing":
        journals.read(directories, state)
        raise interrupted(host)
    if state == "removing":
        finish(directories)
        return f"a commit to {host} was interrupted; all of it was written"
    take_back(directories)
    return f"a commit to {host} was interrupted; none of it was written"


def interrupted(host: str) -> CommitError:
    """Return the error that says how to go on with a commit that has changed some files."""
    return CommitError(
        f"a commit to {host} was interrupted and has changed some files",
        hint=f"{journals.command(host)} finishes it, with --undo it is taken back",
    )


def resume(host: str, *, undo: bool, trust: bool = False, disk: Disk = DISK) -> str:
    """Finish a commit that was interrupted, or take it back; return what was done.

    CommitError if there is none, or if its journal is not noted, unless trust says that it is to be
    believed all the same. With an OSError nothing is lost, and it may be tried again.
    """
    require_dir_fd()
    directories = Directories(disk, _opened(host), host)
    with locked(directories, host):
        state = journals.state_of(directories)
        if state is None:
            raise CommitError(f"no commit to {host} was interrupted")
        if trust:
            journals.trust(directories, state)
        if state != "part":
            journals.read(directories, state)
        if state == "removing" and undo:
            raise CommitError(
                f"all changes to {host} are written, and it is too late to take them back",
                hint="run it without --undo to remove the files that were replaced",
            )
        if state == "removing" or (state == "writing" and not undo):
            finish(directories)
            return f"all changes to {host} are written"
        take_back(directories)
        return f"{host} is as it was before the commit"


def _opened(host: str) -> RealHandle:
    try:
        return open_directory(host)
    except OSError as error:
        raise CommitError(f"cannot open the directory {host}: {error.strerror}") from None


def take_back(directories: Directories) -> None:
    """Make the directory what it was before a commit that has not removed anything."""
    state = journals.state_of(directories)
    if state is None:
        return
    if state != "part":
        journal = journals.read(directories, state)
        if state in {"writing", "removing"}:
            journals.enter(directories, state, "undoing")
        if state != "staging":
            steps.undo(directories, journal)
            journals.enter(directories, "undoing", "staging")
        steps.remove_staged(directories, journal)
        state = "staging"
    journals.end(directories, state)


def finish(directories: Directories) -> None:
    """Go on with a commit that is writing or removing, to its end."""
    state = journals.state_of(directories) or "writing"
    journal = journals.read(directories, state)
    if state == "writing":
        steps.apply(directories, journal)
        journals.enter(directories, "writing", "removing")
    steps.remove_replaced(directories, journal)
    journals.end(directories, "removing")
