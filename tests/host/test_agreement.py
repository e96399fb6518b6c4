"""Overlays, directories in memory and real directories answer every path operation alike."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.attack.trees import write
from tests.host.guest import READ, READ_WRITE, Guest
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import OFlags
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.wasi import Wasi

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

BUFFER = "x" * 40
PATHS = (
    *("f", "d", "d/f", "d/e", "ln", "lnd", "none", "loop", "dangling"),
    *("f/", "d/", "d/e/", "ln/", "lnd/", "none/", "loop/", "dangling/", "lnd/f", "f/x", "none/x"),
    *(".", "d/.", "d/..", "..", "d/../..", "", "/f", "./", "lnd/.."),
)
ONE = (
    "path_create_directory",
    "path_remove_directory",
    "path_unlink_file",
    "path_readlink",
    "path_symlink",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_open",
)


def furnish(guest: Guest) -> None:
    for path in ("d", "d/e", "g"):
        guest.call("path_create_directory", 3, path)
    for path in ("f", "d/f", "h"):
        write(guest, path, b"content")
    for target, path in (("f", "ln"), ("d", "lnd"), ("loop", "loop"), ("nowhere", "dangling")):
        guest.call("path_symlink", target, 3, path)


@contextmanager
def furnished(folder: Path) -> Generator[list[Guest]]:
    """Yield guests with the same files: the host's in an overlay, made there, in memory, real."""
    for name in ("host", "overlay", "real"):
        (folder / name).mkdir(parents=True)
    with Wasi(dirs={"/": folder / "host"}, real_dirs=True) as host:
        furnish(Guest(host))
    with (
        Wasi(dirs={"/": folder / "host"}) as host,
        Wasi(dirs={"/": folder / "overlay"}) as overlay,
        Wasi(dirs={"/": Dir()}) as memory,
        Wasi(dirs={"/": folder / "real"}, real_dirs=True) as real,
    ):
        for wasi in (overlay, memory, real):
            furnish(Guest(wasi))
        yield [Guest(wasi) for wasi in (host, overlay, memory, real)]


def answers(guest: Guest, name: str, path: str) -> Iterator[Errno]:
    """Yield the answers of a call with a path, with each of its flags."""
    match name:
        case "path_readlink":
            yield guest.call(name, 3, path, BUFFER)
        case "path_symlink":
            yield guest.call(name, "target", 3, path)
        case "path_filestat_get":
            for follow in (0, 1):
                yield guest.call(name, 3, follow, path)
        case "path_filestat_set_times":
            for follow in (0, 1):
                yield guest.call(name, 3, follow, path, 5, 7, 5)
        case "path_open":
            for flags, rights, follow in product(range(16), (READ, READ_WRITE), (False, True)):
                yield guest.open(path, OFlags(flags), rights, follow=follow)
        case _:
            yield guest.call(name, 3, path)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("path", PATHS)
def test_call_with_a_path_has_one_answer(tmp_path: Path, name: str, path: str) -> None:
    with furnished(tmp_path) as guests:
        found = [[*answers(guest, name, path)] for guest in guests]
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize("name", ["path_rename", "path_link"])
@pytest.mark.parametrize("old", PATHS)
def test_call_with_two_paths_has_one_answer(tmp_path: Path, name: str, old: str) -> None:
    flags = () if name == "path_rename" else (0,)
    todo = [*PATHS, "d/e/x", "g", "h", "g/x", "new"]
    while todo:
        with furnished(tmp_path / str(len(todo))) as guests:
            found = {Errno.EINVAL}
            # Until something has changed.
            while todo and Errno.SUCCESS not in found:
                new = todo.pop()
                found = {guest.call(name, 3, *flags, old, 3, new) for guest in guests}
                assert len(found) == 1, (new, found)
