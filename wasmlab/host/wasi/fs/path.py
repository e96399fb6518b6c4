"""Resolving guest paths: one component after the other, never above the directory one starts from.

``..`` goes back on the stack of directories that were entered, so nothing that is renamed or linked
meanwhile can lead out. Absolute paths and absolute links are refused.

Functions raise ErrnoError for paths that lead nowhere or out.
"""

from __future__ import annotations

from contextlib import contextmanager

from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.flags import FileType
from wasmlab.host.wasi.fs.volume import SELF
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.host.wasi.fs.volume import Handle, Volume

MAX_LINKS = 40
"""Symbolic links followed in one path before it is ELOOP, as on Linux."""
NAME_LIMIT = 255
"""Longest component in bytes."""


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """Where a path leads: a directory and the last component, which may not exist."""

    parent: Handle
    name: str
    """``SELF`` if the path leads to the parent itself."""
    slash: bool
    """The path ends in a slash: only a directory will do."""


@dataclass(slots=True)
class _Walk:
    volume: Volume
    stack: list[Handle]
    todo: list[str]
    """Components still to go, the next one last."""
    links: int = 0
    slash: bool = False

    def queue(self, path: str) -> None:
        if path.startswith("/"):
            raise ErrnoError(Errno.ENOTCAPABLE)
        if not self.todo:
            self.slash = self.slash or path.endswith("/")
        self.todo.extend(part for part in reversed(path.split("/")) if part)

    def go_up(self) -> None:
        if len(self.stack) == 1:
            raise ErrnoError(Errno.ENOTCAPABLE)
        self.volume.leave(self.stack.pop())

    def go_down(self, name: str) -> None:
        kind = self.volume.kind(self.stack[-1], name)
        if kind is None:
            raise ErrnoError(Errno.ENOENT)
        if kind is FileType.SYMBOLIC_LINK:
            self.follow(name)
        elif kind is FileType.DIRECTORY:
            self.stack.append(self.volume.enter(self.stack[-1], name))
        else:
            raise ErrnoError(Errno.ENOTDIR)

    def follow(self, name: str) -> None:
        self.links += 1
        if self.links > MAX_LINKS:
            raise ErrnoError(Errno.ELOOP)
        target = self.volume.readlink(self.stack[-1], name)
        if not target:
            raise ErrnoError(Errno.ENOENT)
        self.queue(target)


@contextmanager
def resolve(volume: Volume, start: Handle, path: str, *, follow: bool) -> Generator[ResolvedPath]:
    """Yield where path leads from the directory start; the parent is open inside the block only.

    follow says what happens to a symbolic link at the end of path; elsewhere links are followed.
    Raises ErrnoError: ENOTCAPABLE if path leads out of start, ELOOP, ENOENT, ENOTDIR, ENAMETOOLONG.
    """
    if not path:
        raise ErrnoError(Errno.ENOENT)
    walk = _Walk(volume, [start], [])
    try:
        walk.queue(path)
        name = _advance(walk, follow=follow)
        yield ResolvedPath(walk.stack[-1], name, walk.slash)
    finally:
        for handle in walk.stack[:0:-1]:
            volume.leave(handle)


def _advance(walk: _Walk, *, follow: bool) -> str:
    while walk.todo:
        name = walk.todo.pop()
        if len(name.encode("utf-8", "surrogateescape")) > NAME_LIMIT:
            raise ErrnoError(Errno.ENAMETOOLONG)
        if name == "..":
            walk.go_up()
        elif name != SELF:
            if walk.todo:
                walk.go_down(name)
            elif follow and walk.volume.kind(walk.stack[-1], name) is FileType.SYMBOLIC_LINK:
                walk.follow(name)
            else:
                return name
    return SELF
