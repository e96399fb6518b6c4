"""Directories that a guest is given, and the volumes that serve them."""

from __future__ import annotations

from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING, Literal
from wasmlab.host.wasi.fs.memory import TreeVolume
from wasmlab.host.wasi.fs.real import RealVolume, open_directory
from wasmlab.host.wasi.fs.source import DirFdAccess, HostSource, PathAccess
from wasmlab.host.wasi.fs.tree import PAGE
from wasmlab.host.wasi.fs.volume import How
from wasmlab.records import dataclass, field

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from wasmlab.host.wasi.fs.real import RealHandle
    from wasmlab.host.wasi.fs.tree import TreeSource
    from wasmlab.host.wasi.fs.volume import Volume
    from wasmlab.host.wasi.quotas import Quotas

Mode = Literal["overlay", "real", "memory"]


@dataclass(frozen=True, slots=True)
class Dir:
    """A directory to grant: what serves it and whether it may be changed.

    ``overlay`` reads the host directory and keeps changes in memory, ``real`` is the directory
    itself, ``memory`` starts from ``files`` (paths with ``/`` make directories). Overlays of one
    host directory, or of directories inside each other, are one tree; those for reading only are
    another, which shows the host directory as it is.
    """

    host: str | os.PathLike[str] | None = None
    mode: Mode | None = None
    """None: memory without a host directory, otherwise what the Wasi instance prefers."""
    readonly: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    opened: RealHandle | None = field(default=None, repr=False, compare=False)
    """The host directory, open; its path may lead elsewhere by now. None: the path says which."""


def _empty_volume(
    dev: int,
    now: Callable[[], int],
    quotas: Quotas,
    source: TreeSource | None = None,
    readonly: bool = False,  # noqa: FBT001, FBT002 - passed on from Dir
) -> TreeVolume:
    pages = quotas.storage // PAGE
    return TreeVolume(dev, now, source, readonly, page_quota=pages, file_quota=quotas.files)


def memory_volume(
    files: Mapping[str, bytes], dev: int, now: Callable[[], int], quotas: Quotas
) -> TreeVolume:
    """Return a volume in memory with these files in it."""
    volume = _empty_volume(dev, now, quotas)
    for path, data in files.items():
        *directories, name = [part for part in path.split("/") if part]
        parent = volume.root
        for directory in directories:
            if volume.kind(parent, directory) is None:
                volume.mkdir(parent, directory)
            parent = volume.enter(parent, directory)
        handle, _ = volume.open(parent, name, How(write=True, create=True))
        volume.write(handle, 0, data)
        volume.close(handle)
    return volume


def make_volume(
    directory: Dir, mode: Mode, dev: int, now: Callable[[], int], quotas: Quotas
) -> Volume:
    """Return the volume for a directory; UsageError if the host directory cannot be opened."""
    if mode == "memory":
        volume = memory_volume(directory.files, dev, now, quotas)
        volume.readonly = directory.readonly
        return volume
    if directory.host is None:
        raise UsageError(f"a directory of mode {mode} needs a host directory")
    try:
        opened = directory.opened
        if mode == "real":
            root = opened or open_directory(directory.host)
            return RealVolume(root, dev, readonly=directory.readonly)
        access = DirFdAccess(opened) if opened else PathAccess(directory.host)
        return _empty_volume(dev, now, quotas, HostSource(access), directory.readonly)
    except OSError as error:
        raise UsageError(
            f"cannot open the directory {directory.host}: {error.strerror}",
            hint="give a directory that exists and may be read",
        ) from None
