"""Which volumes serve the directories that a guest is given.

Directories that contain one another are one tree, whichever way their paths lead there: what the
guest does through one name it sees through the other, as in the directories themselves.
"""

from __future__ import annotations

import os

from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.fs.memory import ROOT, TreeVolume
from wasmlab.host.wasi.fs.mount import Dir, Mode, make_volume
from wasmlab.host.wasi.fs.real import DIRECTORY, RealHandle, has_dir_fd, open_directory
from wasmlab.host.wasi.fs.source import HostSource
from wasmlab.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wasmlab.host.wasi.fs.volume import Handle, Volume
    from wasmlab.host.wasi.quotas import Quotas

Identity = tuple[int, int]
"""Device and inode number on the host."""
_SEARCH = getattr(os, "O_PATH", os.O_RDONLY) | DIRECTORY
_MAX_LINKS = 40


class Grant(NamedTuple):
    """A directory that the guest is given, and where it is served from."""

    guest: str
    directory: Dir
    volume: Volume
    handle: Handle


class _Wanted(NamedTuple):
    """A directory to grant, opened if this system confines programs to open directories."""

    guest: str
    directory: Dir
    mode: Mode
    above: tuple[Identity, ...]
    """The directory itself, and all that it is in, up to the root; empty if it is not opened."""


def grants(
    dirs: Mapping[str, tuple[Dir, Mode]], now: Callable[[], int], quotas: Quotas
) -> list[Grant]:
    """Return the grants of directories by guest path, in their order.

    Raises UsageError where one cannot be opened, or lies elsewhere than its path says.
    """
    wanted = [_wanted(guest, directory, mode) for guest, (directory, mode) in dirs.items()]
    _check_links([each for each in wanted if dirs[each.guest][0].opened is None], wanted)
    roots = {(each.above[0], _kind(each)): each for each in wanted if each.above}
    volumes: dict[object, Volume] = {}
    granted: list[Grant] = []
    for each in wanted:
        inside = [root for at in each.above if (root := roots.get((at, _kind(each))))]
        # The outermost of all; real directories are each the directory itself.
        root = inside[-1 if each.mode == "overlay" else 0] if inside else each
        key = _key(root)
        if key not in volumes:
            volumes[key] = make_volume(root.directory, root.mode, len(volumes) + 1, now, quotas)
        volume = volumes[key]
        granted.append(Grant(each.guest, each.directory, volume, _handle(volume, root, each)))
    return granted


def _kind(wanted: _Wanted) -> tuple[Mode, bool]:
    return wanted.mode, wanted.directory.readonly


def _key(root: _Wanted) -> object:
    if root.above:
        return root.above[0], _kind(root)
    host = root.directory.host
    return root.guest if host is None else (os.path.realpath(host), _kind(root))


def _wanted(guest: str, directory: Dir, mode: Mode) -> _Wanted:
    if mode == "memory" or directory.host is None or not has_dir_fd():
        return _Wanted(guest, directory, mode, ())
    try:
        opened = directory.opened or open_directory(directory.host)
        return _Wanted(guest, replace(directory, opened=opened), mode, tuple(_above(opened)))
    except OSError as error:
        raise UsageError(
            f"cannot open the directory {directory.host}: {error.strerror}",
            hint="give a directory that exists and may be read",
        ) from None


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino


def _above(handle: RealHandle) -> Iterator[Identity]:
    """Yield what a directory is and what it is in; up to the root, or to what may be searched."""
    last = None
    while (found := _identity(os.fstat(handle.fd))) != last:
        yield found
        last = found
        try:
            handle = RealHandle(os.open("..", _SEARCH, dir_fd=handle.fd))
        except PermissionError:
            return


def _handle(volume: Volume, root: _Wanted, inner: _Wanted) -> Handle:
    """Return the directory inner in the volume of root."""
    if not isinstance(volume, TreeVolume) or inner.above[:1] == root.above[:1]:
        return volume.root
    ino = ROOT
    down = inner.above[: inner.above.index(root.above[0])]
    for identity in reversed(down):
        ino = _child(volume, ino, identity)
        if not ino:
            raise UsageError(
                f"{inner.directory.host} lies inside {root.directory.host}, but cannot be reached",
                hint="grant one of them",
            )
    return ino


def _child(volume: TreeVolume, ino: int, identity: Identity) -> int:
    """Return the inode number in the volume of a directory of the host; 0 if there is none."""
    source = volume.source
    if not isinstance(source, HostSource):
        return 0
    children = (child for child, _ in source.entries(ino).values())
    return next((child for child in children if source.stamps[child][:2] == identity), 0)


# Links that a guest may have made


def _check_links(named: Sequence[_Wanted], wanted: Sequence[_Wanted]) -> None:
    """Raise UsageError where a path leads out of a directory of the guest by a link that is in it.

    The guest may have made that link in an earlier run.
    """
    writable = {each.above[0]: each for each in wanted if each.above and not _kind(each)[1]}
    for each in named:
        if each.directory.host is None or not each.above:
            continue
        for link, above in _links(os.fspath(each.directory.host)):
            outer = [writable[at] for at in above if at in writable]
            if outer and not {root.above[0] for root in outer} & set(each.above):
                place = outer[0].directory.host
                raise UsageError(
                    f"{link} is a link out of {place}, where the program may write",
                    hint=f"name the directory itself: {os.path.realpath(each.directory.host)}",
                )


def _links(path: str) -> Iterator[tuple[str, tuple[Identity, ...]]]:
    """Yield the links on the way of a path, and the directories that each is in."""
    at, todo = "/", _components(os.path.join(os.getcwd(), path))  # noqa: PTH109, PTH118 - pathlib drops ``..``
    followed = 0
    while todo and followed < _MAX_LINKS:
        name = todo.pop()
        if name == "..":
            at = os.path.dirname(at)  # noqa: PTH120 - likewise
            continue
        below = os.path.join(at, name)  # noqa: PTH118 - likewise
        if not os.path.islink(below):  # noqa: PTH114 - likewise
            at = below
            continue
        followed += 1
        yield below, tuple(_above(open_directory(at)))
        target = os.readlink(below)  # noqa: PTH115 - likewise
        todo.extend(_components(target))
        at = "/" if target.startswith("/") else at


def _components(path: str) -> list[str]:
    """Return the components of a path, the first one last."""
    return [part for part in reversed(path.split("/")) if part not in {"", "."}]
