"""Directories of the host before and after a commit, and guests that change them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tests.host.guest import READ_WRITE, Guest
from wasmlab.host.wasi.flags import FileType, OFlags
from wasmlab.host.wasi.fs.commit.journal import RESERVED
from wasmlab.host.wasi.fs.memory import ROOT, TreeVolume
from wasmlab.host.wasi.fs.tree import read_pages
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    import random


class Seen(NamedTuple):
    """A file, directory or link as it is on the disk."""

    kind: str
    content: bytes
    """A link's target; b"" for a directory."""
    mode: int
    links: frozenset[str]
    """The names of the file in the picture."""


Picture = dict[str, Seen]


def picture(root: Path) -> Picture:
    """Return what is below a directory, by path."""
    found: dict[str, os.stat_result] = {}
    for folder, directories, files in os.walk(root):
        for name in [*directories, *files]:
            path = Path(folder) / name
            found[str(path.relative_to(root))] = path.lstat()
    names: dict[tuple[int, int], set[str]] = {}
    for path, attributes in found.items():
        names.setdefault((attributes.st_dev, attributes.st_ino), set()).add(path)
    return {
        path: Seen(
            _kind(attributes.st_mode),
            _content(root / path),
            stat.S_IMODE(attributes.st_mode),
            frozenset(names[attributes.st_dev, attributes.st_ino]),
        )
        for path, attributes in found.items()
    }


def _kind(mode: int) -> str:
    return "link" if stat.S_ISLNK(mode) else "directory" if stat.S_ISDIR(mode) else "file"


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else b""


def shown(volume: TreeVolume) -> dict[str, tuple[str, bytes]]:
    """Return kind and content of what a guest sees in a volume, by path."""
    found: dict[str, tuple[str, bytes]] = {}
    todo = [("", ROOT)]
    while todo:
        path, ino = todo.pop()
        node = volume.node(ino)
        if node.kind is FileType.DIRECTORY:
            todo.extend((f"{path}/{n}", child) for n, (child, _) in volume.entry_map(ino).items())
            found[path[1:]] = ("directory", b"")
        elif node.kind is FileType.SYMBOLIC_LINK:
            found[path[1:]] = ("link", node.target.encode())
        else:
            found[path[1:]] = ("file", read_pages(volume.pages(ino), 0, node.size))
    del found[""]
    return found


def plain(seen: Picture) -> dict[str, tuple[str, bytes]]:
    """Return kind and content only, without what a commit keeps for itself."""
    return {path: (s.kind, s.content) for path, s in seen.items() if RESERVED not in path}


# What is on the disk


def furnish(root: Path) -> None:
    """Make a directory with files, directories, a link, hard links and a script."""
    (root / "d" / "deep").mkdir(parents=True)
    (root / "e").mkdir()
    (root / "gone" / "sub").mkdir(parents=True)
    for name, text in CONTENT.items():
        (root / name).write_text(text)
    (root / "script").chmod(0o750)
    os.link(root / "hard1", root / "e" / "hard2")
    (root / "link").symlink_to("a")


CONTENT = {
    "a": "alpha",
    "b": "beta",
    "script": "#!/bin/sh",
    "big": "0123456789" * 2000,
    "hard1": "linked",
    "becomes": "a directory",
    "d/x": "in d",
    "d/deep/y": "in d/deep",
    "e/z": "in e",
    "gone/sub/w": "goes",
}


def change(guest: Guest) -> None:
    """Change what furnish made in each way there is."""
    rename(guest, "a", "tmp")
    rename(guest, "b", "a")
    rename(guest, "tmp", "b")
    rename(guest, "script", "d/script")
    rename(guest, "d", "moved")
    rename(guest, "e", "d")
    write(guest, "big", b"X" * 5000)
    write(guest, "hard1", b"both names")
    write(guest, "moved/x", b"moved and changed")
    write(guest, "new", b"n" * 9000)
    guest.call("path_unlink_file", 3, "gone/sub/w")
    guest.call("path_remove_directory", 3, "gone/sub")
    guest.call("path_remove_directory", 3, "gone")
    write(guest, "gone", b"was a directory")
    guest.call("path_unlink_file", 3, "becomes")
    guest.call("path_create_directory", 3, "becomes")
    write(guest, "becomes/file", b"inside")
    guest.call("path_link", 3, 0, "moved/deep/y", 3, "becomes/y")
    guest.call("path_unlink_file", 3, "link")
    guest.call("path_symlink", "../outside", 3, "link")
    guest.call("path_symlink", "../../outside/file", 3, "becomes/out")


def rename(guest: Guest, old: str, new: str) -> None:
    guest.call("path_rename", 3, old, 3, new)


def write(guest: Guest, path: str, data: bytes, fd: int = 3) -> None:
    """Write a file from its start, if that can be."""
    if not guest.open(path, OFlags.CREAT, READ_WRITE, fd=fd):
        file = guest.result()
        guest.write(file, data)
        guest.call("fd_close", file)


# Guests that do anything

NAMES = ("a", "b", "d", "e", "x")
TARGETS = ("a", "d", "..", "../..", "../../outside", "../outside/file", "d/../..", ".")


def scatter(root: Path, chance: random.Random) -> None:
    """Make a random directory of few names."""
    for _ in range(chance.randrange(2, 14)):
        path = root / path_of(chance)
        if any(part.is_symlink() or part.is_file() for part in [path, *path.parents]):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if chance.random() < 0.4:
            path.mkdir(exist_ok=True)
        elif not path.exists():
            path.write_bytes(chance.randbytes(chance.choice((0, 3, 5000))))
            if chance.random() < 0.3 and not (root / "hard").exists():
                os.link(path, root / "hard")
    if chance.random() < 0.3 and not (root / "s").is_symlink():
        (root / "s").symlink_to(chance.choice(TARGETS))


def path_of(chance: random.Random) -> str:
    return "/".join(chance.choices(NAMES, k=chance.choice((1, 1, 2, 3))))


def act(guest: Guest, chance: random.Random, fds: list[int]) -> None:
    """Make one random call on random descriptors."""
    fd, other = chance.choice(fds), chance.choice(fds)
    path, second = path_of(chance), path_of(chance)
    match chance.randrange(9):
        case 0 | 1:
            guest.call("path_rename", fd, path, other, second)
        case 2:
            guest.call("path_symlink", chance.choice(TARGETS), fd, path)
        case 3:
            guest.call("path_create_directory", fd, path)
        case 4:
            guest.call("path_unlink_file", fd, path)
        case 5:
            guest.call("path_remove_directory", fd, path)
        case 6:
            guest.call("path_link", fd, 0, path, other, second)
        case _:
            write(guest, path, chance.randbytes(chance.choice((0, 4, 6000))), fd)


def overlays(guest: Guest) -> list[TreeVolume]:
    """Return the volumes of a guest that a commit writes."""
    volumes = guest.wasi.volumes
    return [v for v in volumes if isinstance(v, TreeVolume) and not v.readonly]
