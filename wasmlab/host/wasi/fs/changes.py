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
    from wasmlab.host.wasi.fs.volume import Handle, Volume


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
    return list(_compare(volume, ROOT, ""))


def _source_entries(volume: TreeVolume, ino: int) -> Mapping[str, Entry]:
    source = volume.source
    if source is None or source.node(ino) is None:
        return {}
    return source.entries(ino)


def _compare(volume: TreeVolume, ino: int, path: str) -> Iterator[Change]:
    before, after = _source_entries(volume, ino), volume.entry_map(ino)
    for name in sorted({*before, *after}):
        below = f"{path}{name}"
        old = before.get(name, (0, 0))[0]
        new = after.get(name, (0, 0))[0]
        if old != new:
            if old and volume.source is not None and (gone := volume.source.node(old)) is not None:
                yield Change("removed", below, gone.kind, 0, 0)
            if new:
                yield from _added(volume, new, below)
        elif _may_differ(volume, new):
            yield from _same_name(volume, new, below)


def _may_differ(volume: TreeVolume, ino: int) -> bool:
    source = volume.source
    seen = isinstance(source, HostSource) and source.is_read(ino)
    return ino in volume.tree.nodes or seen


def _same_name(volume: TreeVolume, ino: int, path: str) -> Iterator[Change]:
    node = volume.node(ino)
    if node.kind is FileType.DIRECTORY:
        yield from _compare(volume, ino, f"{path}/")
    elif node.pages is not None and volume.source is not None:
        old = volume.source.node(ino)
        same_size = old is not None and old.size == node.size
        if not (same_size and volume.source.pages(ino) == node.pages):
            yield Change("modified", path, node.kind, node.size, ino)


def _added(volume: TreeVolume, ino: int, path: str) -> Iterator[Change]:
    node = volume.node(ino)
    yield Change("added", path, node.kind, node.size, ino)
    if node.kind is FileType.DIRECTORY:
        for name, (child, _) in sorted(volume.entry_map(ino).items()):
            yield from _added(volume, child, f"{path}/{name}")


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
            _remove(target, target.root, change.path)
    written: dict[int, str] = {}
    for change in found:
        if change.what != "removed":
            _apply(volume, target, change, written)
    return found


def _remove(target: Volume, start: Handle, path: str) -> None:
    with resolve(target, start, path, follow=False) as place:
        if target.kind(place.parent, place.name) is not FileType.DIRECTORY:
            target.unlink(place.parent, place.name)
            return
        handle = target.enter(place.parent, place.name)
        names = _names(target, place.parent, place.name)
        for name in names:
            _remove(target, handle, name)
        target.leave(handle)
        target.rmdir(place.parent, place.name)


def _names(target: Volume, parent: Handle, name: str) -> list[str]:
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
