"""What an overlay changed, against its host directory as it was when it was seen or committed."""

from __future__ import annotations

from contextlib import suppress

from wasmlab.hints import TYPE_CHECKING, Literal
from wasmlab.host.wasi.errno import ErrnoError
from wasmlab.host.wasi.flags import FileType
from wasmlab.host.wasi.fs.memory import ROOT, TreeVolume
from wasmlab.host.wasi.fs.source import HostSource
from wasmlab.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wasmlab.host.wasi.fs.source import Parts
    from wasmlab.host.wasi.fs.tree import Entry


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that is not as it is in the host directory."""

    what: Literal["added", "modified", "removed"]
    path: str
    """Below the granted directory, with ``/`` between components."""
    kind: FileType
    size: int
    """Bytes, now; 0 for what was removed."""
    ino: int
    """In the overlay; 0 for what was removed."""


class NameChange(NamedTuple):
    """One name, in a directory that stays, at which there is something else now."""

    directory: Parts
    name: str
    old: int
    """Inode number of what was there; 0 if there was nothing."""
    new: int
    """Inode number of what is there; 0 if there is nothing, the old one for new content."""


def before(volume: TreeVolume) -> TreeVolume:
    """Return the volume that shows the host directory as it was seen or committed."""
    return TreeVolume(volume.dev, volume.now, volume.source, tree=volume.committed)


def differences(volume: TreeVolume) -> Iterator[NameChange]:
    """Yield names that differ from the host directory; a directory comes before its contents."""
    old_volume = before(volume)
    # Not recursive: a guest may nest directories as deep as it likes.
    todo: list[tuple[Parts, int]] = [((), ROOT)] if may_differ(volume, ROOT) else []
    while todo:
        parts, ino = todo.pop()
        for name, old, new in _pairs(old_volume, volume, ino):
            if old != new:
                yield NameChange(parts, name, old, new)
            elif may_differ(volume, new):
                if volume.node(new).kind is FileType.DIRECTORY:
                    todo.append(((*parts, name), new))
                elif not same_content(old_volume, volume, new):
                    yield NameChange(parts, name, old, new)


def _pairs(old: TreeVolume, new: TreeVolume, ino: int) -> list[tuple[str, int, int]]:
    """Return (name, inode number before or 0, inode number now or 0) in a directory."""
    entries: Mapping[str, Entry] = old.entry_map(ino)
    now = new.entry_map(ino)
    nothing = (0, 0)
    return [
        (name, entries.get(name, nothing)[0], now.get(name, nothing)[0])
        for name in sorted({*entries, *now})
    ]


def may_differ(volume: TreeVolume, ino: int) -> bool:
    """Return False only for a file, or a directory with all below it, that is as it was."""
    source = volume.source
    seen = isinstance(source, HostSource) and source.is_read(ino)
    return seen or ino in volume.tree.nodes or ino in volume.committed.nodes


def same_content(old: TreeVolume, new: TreeVolume, ino: int) -> bool:
    """Return whether a file has the same bytes in both volumes; True for what has none."""
    now, was = new.node(ino), old.node(ino)
    if now.kind is not FileType.REGULAR_FILE or now.pages is was.pages:
        return True
    return now.size == was.size and new.pages(ino) == old.pages(ino)


def changes(volume: TreeVolume) -> list[FileChange]:
    """Return what is different from the host directory, parents before children.

    A thing that took another's place is removed and added.
    """
    old_volume = before(volume)
    found: list[FileChange] = []
    for directory, name, old, new in differences(volume):
        path = "/".join((*directory, name))
        if old == new:
            node = volume.node(new)
            found.append(FileChange("modified", path, node.kind, node.size, new))
            continue
        if old:
            found.append(FileChange("removed", path, old_volume.node(old).kind, 0, 0))
        if new:
            found.extend(_added(volume, new, path))
    return sorted(found, key=lambda change: (change.path.split("/"), change.what != "removed"))


def _added(volume: TreeVolume, ino: int, path: str) -> Iterator[FileChange]:
    todo = [(path, ino)]
    while todo:
        path, ino = todo.pop()
        node = volume.node(ino)
        yield FileChange("added", path, node.kind, node.size, ino)
        if node.kind is FileType.DIRECTORY:
            entries = volume.entry_map(ino).items()
            todo.extend((f"{path}/{name}", child) for name, (child, _) in entries)


def load_replaced(volume: TreeVolume) -> None:
    """Read now what a commit will remove or replace, for going back to before it.

    Files that are too long or cannot be read are left out.
    """
    old_volume = before(volume)
    todo = [old for _, _, old, _ in differences(volume) if old]
    while todo:
        ino = todo.pop()
        kind = old_volume.node(ino).kind
        if kind is FileType.DIRECTORY:
            todo.extend(child for child, _ in old_volume.entry_map(ino).values())
        elif kind is FileType.REGULAR_FILE:
            with suppress(ErrnoError):
                old_volume.pages(ino)
