"""Open descriptors; immutable, so that a table of them can be kept and restored."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.flags import (
    DIRECTORY_RIGHTS,
    FILE_RIGHTS,
    INHERITED_RIGHTS,
    NO_FLAGS,
    NO_RIGHTS,
    STREAM_RIGHTS,
    FdFlags,
    FileType,
    Rights,
)
from wasmlab.host.wasi.quote import escape
from wasmlab.host.wasi.streams import STDIN, STREAM_NAMES
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from wasmlab.host.wasi.fs.volume import Handle, Volume


@dataclass(frozen=True, slots=True)
class Descriptor:
    """An open file, directory or standard stream."""

    kind: FileType
    rights: Rights
    inheriting: Rights = NO_RIGHTS
    flags: FdFlags = NO_FLAGS
    path: str = ""
    """As the guest would name it; for display."""
    position: int = 0
    """Offset in bytes of the next read or write."""
    volume: Volume | None = None
    handle: Handle | None = None
    stream: int | None = None
    """0 to 2 for the standard streams."""
    preopen: bool = False

    @property
    def label(self) -> str:
        """How strace shows it, escaped: ``<stdout>``, ``</data/a.txt>``."""
        return STREAM_NAMES[self.stream] if self.stream is not None else f"<{escape(self.path)}>"


def standard_stream(stream: int, *, terminal: bool) -> Descriptor:
    """Return the descriptor of stdin, stdout or stderr."""
    direction = Rights.FD_READ if stream == STDIN else Rights.FD_WRITE
    kind = FileType.CHARACTER_DEVICE if terminal else FileType.UNKNOWN
    return Descriptor(kind, STREAM_RIGHTS | direction, stream=stream)


def preopened(volume: Volume, path: str, handle: Handle) -> Descriptor:
    """Return the descriptor of a directory that the host grants under the name path."""
    return Descriptor(
        FileType.DIRECTORY,
        DIRECTORY_RIGHTS,
        INHERITED_RIGHTS,
        path=path,
        volume=volume,
        handle=handle,
        preopen=True,
    )


def applicable_rights(kind: FileType) -> Rights:
    """Return the rights that mean anything for a file of that kind."""
    return DIRECTORY_RIGHTS if kind is FileType.DIRECTORY else FILE_RIGHTS
