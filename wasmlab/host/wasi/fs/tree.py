"""File trees as immutable values: changes in memory, over a source that is only read."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.host.wasi.persistent import PersistentMap, PersistentNames
from wasmlab.records import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.host.wasi.flags import FileType

PAGE = 4096
"""Bytes in a page of file content."""
Entry = tuple[int, int]
"""(inode number, cookie)."""
Pages = PersistentMap[bytes]
Entries = PersistentNames[Entry]
FIRST_COOKIE = 2
"""``.`` and ``..`` come before."""


@dataclass(frozen=True, slots=True)
class Node:
    """A file, directory or symbolic link; times in nanoseconds since 1970."""

    kind: FileType
    nlink: int = 1
    size: int = 0
    atim: int = 0
    mtim: int = 0
    ctim: int = 0
    pages: Pages | None = None
    """A file's content by page number, missing pages being zero; None while it is the source's."""
    entries: Entries | None = None
    """A directory's entries in the order they came; None while they are the source's."""
    next_cookie: int = FIRST_COOKIE
    target: str = ""
    """Where a symbolic link leads."""
    parent: int = 0
    """A directory's parent; 0 for the root."""


@dataclass(frozen=True, slots=True)
class Tree:
    """All that was changed, by inode number; what is not here is the source's."""

    nodes: PersistentMap[Node] = field(default_factory=PersistentMap[Node])
    opens: PersistentMap[int] = field(default_factory=PersistentMap[int])
    """How often a file is open; a file without a name lives until it is closed."""
    created: int = 0
    """How many files were made."""
    pages: int = 0
    """Pages of content held."""
    read: PersistentMap[int] = field(default_factory=PersistentMap[int])
    """Files of the source whose content the guest has had, each with the pages that count."""


class TreeSource(Protocol):
    """A tree that is only read, each part once: what it answered, it answers for ever."""

    def node(self, ino: int) -> Node | None:
        """Return the node as first seen; its pages and entries are None."""
        ...

    def pages(self, ino: int) -> Pages:
        """Return a file's content; ErrnoError(EIO or EFBIG) if it cannot be read."""
        ...

    def entries(self, ino: int) -> Mapping[str, Entry]:
        """Return a directory's entries."""
        ...


def to_pages(data: bytes) -> Pages:
    """Return content as pages; pages of zeros are left out."""
    pages: Pages = PersistentMap()
    for start in range(0, len(data), PAGE):
        page = data[start : start + PAGE].ljust(PAGE, b"\0")
        if page.strip(b"\0"):
            pages = pages.put(start // PAGE, page)
    return pages


def read_pages(pages: Pages, start: int, stop: int) -> bytes:
    """Return the bytes from start to before stop."""
    zeros = bytes(PAGE)
    first = start // PAGE
    parts = [pages.get(number, zeros) for number in range(first, -(-stop // PAGE))]
    return b"".join(parts)[start - first * PAGE : stop - first * PAGE]


def write_pages(pages: Pages, start: int, data: bytes) -> Pages:
    """Return pages with data at start."""
    at = 0
    while at < len(data):
        number, inside = divmod(start + at, PAGE)
        part = data[at : at + PAGE - inside]
        if len(part) < PAGE:
            old = pages.get(number, bytes(PAGE))
            page = old[:inside] + part + old[inside + len(part) :]
        else:
            page = part
        pages = pages.put(number, page)
        at += len(part)
    return pages


def cut_pages(pages: Pages, size: int) -> Pages:
    """Return pages with nothing but zeros from size on."""
    number, inside = divmod(size, PAGE)
    for beyond in [
        key for key, _ in pages.items() if key > number or (key == number and not inside)
    ]:
        pages = pages.remove(beyond)
    last = pages.get(number)
    if last is not None:
        pages = pages.put(number, last[:inside].ljust(PAGE, b"\0"))
    return pages


def with_entry(node: Node, entries: Mapping[str, Entry], name: str, ino: int, now: int) -> Node:
    """Return directory node with one more entry."""
    cookie = max(node.next_cookie, FIRST_COOKIE + len(entries))
    grown = Entries.of(entries).put(name, (ino, cookie))
    return replace(node, entries=grown, next_cookie=cookie + 1, mtim=now, ctim=now)


def without_entry(node: Node, entries: Mapping[str, Entry], name: str, now: int) -> Node:
    """Return directory node with one entry less."""
    rest = Entries.of(entries).without(name)
    cookie = max(node.next_cookie, FIRST_COOKIE + len(entries))
    return replace(node, entries=rest, next_cookie=cookie, mtim=now, ctim=now)
