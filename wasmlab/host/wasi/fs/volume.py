"""What a file system offers, of the host or in memory; names are single path components."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.host.wasi.flags import FileType
    from wasmlab.host.wasi.layout import Dirent, Filestat

SELF = "."
"""The name by which a directory stands for itself, where a path ends in ``.`` or ``..``."""

Handle = object
"""An open file or directory; only the volume that made it knows what it is."""


@dataclass(frozen=True, slots=True)
class How:
    """How to open."""

    read: bool = True
    write: bool = False
    create: bool = False
    exclusive: bool = False
    truncate: bool = False
    directory: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """New times in nanoseconds since 1970; None leaves one as it is."""

    atim: int | None = None
    mtim: int | None = None


class Volume(Protocol):
    """A file system below one directory.

    Symbolic links are never followed here: ``fs.path`` resolves them. Methods raise ErrnoError.
    """

    dev: int
    readonly: bool

    @property
    def root(self) -> Handle:
        """The directory itself, open."""
        ...

    def kind(self, parent: Handle, name: str) -> FileType | None:
        """Return what name is; None if there is nothing."""
        ...

    def enter(self, parent: Handle, name: str) -> Handle:
        """Return the directory name, for resolving paths; give it back to leave."""
        ...

    def leave(self, handle: Handle) -> None:
        """Release what enter returned."""
        ...

    def readlink(self, parent: Handle, name: str) -> str:
        """Return where the symbolic link name leads; EINVAL if it is none."""
        ...

    def open(self, parent: Handle, name: str, how: How) -> tuple[Handle, FileType]:
        """Open name; ELOOP for a symbolic link."""
        ...

    def close(self, handle: Handle) -> None:
        """Release what open returned."""
        ...

    def stat(self, handle: Handle) -> Filestat:
        """Return the attributes of an open file."""
        ...

    def stat_at(self, parent: Handle, name: str) -> Filestat:
        """Return the attributes of name."""
        ...

    def set_times(self, handle: Handle, times: Times) -> None:
        """Set the times of an open file."""
        ...

    def set_times_at(self, parent: Handle, name: str, times: Times) -> None:
        """Set the times of name."""
        ...

    def read(self, handle: Handle, offset: int, size: int) -> bytes:
        """Return up to size bytes from offset on; fewer only at the end of the file."""
        ...

    def write(self, handle: Handle, offset: int | None, data: bytes) -> int:
        """Write data at offset, or at the end if it is None; return the offset after it."""
        ...

    def resize(self, handle: Handle, size: int) -> None:
        """Cut or extend a file; new bytes are zero."""
        ...

    def sync(self, handle: Handle, *, data_only: bool) -> None:
        """Bring a file to the disk."""
        ...

    def entries(self, handle: Handle, cookie: int) -> Iterator[Dirent]:
        """Yield the entries of a directory from cookie on, ``.`` and ``..`` first."""
        ...

    def mkdir(self, parent: Handle, name: str) -> None:
        """Make a directory."""
        ...

    def rmdir(self, parent: Handle, name: str) -> None:
        """Remove an empty directory."""
        ...

    def unlink(self, parent: Handle, name: str) -> None:
        """Remove a file or symbolic link."""
        ...

    def symlink(self, target: str, parent: Handle, name: str) -> None:
        """Make a symbolic link."""
        ...

    def link(self, old_parent: Handle, old: str, parent: Handle, name: str) -> None:
        """Make a hard link to old, which may be a symbolic link."""
        ...

    def rename(self, old_parent: Handle, old: str, parent: Handle, name: str) -> None:
        """Rename; what was at the new name is replaced where POSIX says so."""
        ...
