"""What an overlay changed, and writing it to the host directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wasmlab.host.wasi.flags import FileType
from wasmlab.host.wasi.fs.memory import ROOT, TreeVolume
from wasmlab.host.wasi.fs.path import resolve
from wasmlab.host.wasi.fs.real import RealVolume
from wasmlab.host.wasi.fs.source import HostSource
from wasmlab.host.wasi.fs.tree import PAGE
from wasmlab.host.wasi.fs.volume import How

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from wasmlab.host.wasi.fs.tree import Entry
    from wasmlab.host.wasi.fs.volume import Handle


@dataclass(frozen=True, slots=True)
class Change:
    """One path that is not as it is in the host directory."""

    what: Literal["added", "modified", "removed"]
    path: str
    """Below the granted directory, with ``/`` between components."""
    kind: FileType
    size: int
    """Bytes, now; 0 for what was removed."""
    ino: int
    """In the overlay; 0 for what was removed."""


def changes(volume: TreeVolume) -> list[Change]:
    """Return what is different from the host directory, parents before children.

    A thing that took another's place is removed and added.
    """
    found: list[Change] = []
    # Not recursive: a guest may nest directories as deep as it likes.
    todo = [("", ROOT)]
    while todo:
        path, ino = todo.pop()
        for name, old, new in reversed(_pairs(volume, ino)):
            below = f"{path}{name}"
            if old == new and _may_differ(volume, new):
                if volume.node(new).kind is FileType.DIRECTORY:
                    todo.append((f"{below}/", new))
                found.extend(_modified(volume, new, below))
            elif old != new:
                found.extend(_removed(volume, old, below))
                found.extend(_added(volume, new, below))
    return sorted(found, key=lambda change: (change.path.split("/"), change.what != "removed"))


def _pairs(volume: TreeVolume, ino: int) -> list[tuple[str, int, int]]:
    """Return (name, inode number in the source or 0, inode number now or 0) in a directory."""
    source = volume.source
    known = source is not None and source.node(ino) is not None
    before: Mapping[str, Entry] = source.entries(ino) if source is not None and known else {}
    after = volume.entry_map(ino)
    nothing = (0, 0)
    return [
        (name, before.get(name, nothing)[0], after.get(name, nothing)[0])
        for name in {*before, *after}
    ]


def _may_differ(volume: TreeVolume, ino: int) -> bool:
    source = volume.source
    seen = isinstance(source, HostSource) and source.is_read(ino)
    return ino in volume.tree.nodes or seen


def _modified(volume: TreeVolume, ino: int, path: str) -> Iterator[Change]:
    node, source = volume.node(ino), volume.source
    if node.kind is FileType.REGULAR_FILE and node.pages is not None and source is not None:
        old = source.node(ino)
        same_size = old is not None and old.size == node.size
        if not (same_size and source.pages(ino) == node.pages):
            yield Change("modified", path, node.kind, node.size, ino)


def _removed(volume: TreeVolume, ino: int, path: str) -> Iterator[Change]:
    node = volume.source.node(ino) if ino and volume.source is not None else None
    if node is not None:
        yield Change("removed", path, node.kind, 0, 0)


def _added(volume: TreeVolume, ino: int, path: str) -> Iterator[Change]:
    todo = [(path, ino)] if ino else []
    while todo:
        path, ino = todo.pop()
        node = volume.node(ino)
        yield Change("added", path, node.kind, node.size, ino)
        if node.kind is FileType.DIRECTORY:
            entries = volume.entry_map(ino).items()
            todo.extend((f"{path}/{name}", child) for name, (child, _) in entries)


def commit(volume: TreeVolume, host: str | os.PathLike[str]) -> list[Change]:
    """Make the host directory as the overlay is; return what was changed.

    Raises ErrnoError or OSError where the host refuses; what was done before stays done.
    """
    found = changes(volume)
    # What left its place is read before it is removed, since it may come again elsewhere.
    for change in found:
        if change.ino and change.kind is FileType.REGULAR_FILE:
            volume.pages(change.ino)
    target = RealVolume(host, 0)
    for change in found:
        if change.what == "removed":
            _remove(target, change.path)
    written: dict[int, str] = {}
    for change in found:
        if change.what != "removed":
            _apply(volume, target, change, written)
    return found


def _remove(target: RealVolume, path: str) -> None:
    """Remove a file, or a directory with all that is in it."""
    directories: list[str] = []
    todo = [path]
    while todo:
        path = todo.pop()
        with resolve(target, target.root, path, follow=False) as place:
            if target.kind(place.parent, place.name) is FileType.DIRECTORY:
                directories.append(path)
                todo.extend(f"{path}/{name}" for name in _names(target, place.parent, place.name))
            else:
                target.unlink(place.parent, place.name)
    for path in reversed(directories):
        with resolve(target, target.root, path, follow=False) as place:
            target.rmdir(place.parent, place.name)


def _names(target: RealVolume, parent: Handle, name: str) -> list[str]:
    handle, _ = target.open(parent, name, How(directory=True))
    names = [entry.name.decode("utf-8", "surrogateescape") for entry in target.entries(handle, 2)]
    target.close(handle)
    return names


def _apply(volume: TreeVolume, target: RealVolume, change: Change, written: dict[int, str]) -> None:
    with resolve(target, target.root, change.path, follow=False) as place:
        if change.kind is FileType.DIRECTORY:
            target.mkdir(place.parent, place.name)
        elif change.kind is FileType.SYMBOLIC_LINK:
            target.symlink(volume.node(change.ino).target, place.parent, place.name)
        elif change.what == "added" and change.ino in written:
            with resolve(target, target.root, written[change.ino], follow=False) as first:
                target.link(first.parent, first.name, place.parent, place.name)
        else:
            written[change.ino] = change.path
            how = How(write=True, create=change.what == "added", truncate=True)
            handle, _ = target.open(place.parent, place.name, how)
            for number, page in volume.pages(change.ino).items():
                target.write(handle, number * PAGE, page)
            target.resize(handle, change.size)
