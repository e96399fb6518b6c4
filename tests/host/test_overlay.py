"""Overlays: what they read, keep, tell and write back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from guest import READ_WRITE, Guest

from wasmlab.errors import CommitError, UsageError
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import OFlags
from wasmlab.host.wasi.fs import mount
from wasmlab.host.wasi.fs import source as source_module
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.wasi import Wasi

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def guest(root: Path) -> Guest:
    return Guest(Wasi(dirs={"/": root}))


def listing(root: Path) -> dict[str, str]:
    """Return every path below root with its content or target."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        else:
            found[name] = path.read_text() if path.is_file() else "/"
    return found


def changed(guest: Guest) -> list[tuple[str, str]]:
    return [(change.what, change.path) for change in guest.wasi.diff()["/"]]


def test_overlay_shows_the_host_directory(guest: Guest) -> None:
    assert guest.content("a.txt") == b"alpha"
    assert guest.content("link") == b"alpha"
    assert guest.content("sub/b.txt") == b"beta"
    entries = {entry.name for entry in guest.entries(guest.directory("."))}
    assert entries == {b".", b"..", b"a.txt", b"link", b"sub"}


def test_directory_that_was_not_looked_into_is_not_read(
    guest: Guest, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned: list[tuple[str, ...]] = []
    scan = source_module.DirFdAccess.scan

    def noted(access: source_module.DirFdAccess, parts: tuple[str, ...]) -> object:
        scanned.append(parts)
        return scan(access, parts)

    monkeypatch.setattr(source_module.DirFdAccess, "scan", noted)
    assert guest.wasi.diff() == {"/": []}
    assert guest.wasi.prepare_commit() == []
    guest.wasi.commit()
    assert scanned == []
    assert guest.content("a.txt") == b"alpha"
    assert guest.wasi.diff() == {"/": []}
    assert scanned == [()]
    guest.create("sub/new", b"x")
    guest.wasi.commit()
    assert (root / "sub" / "new").read_bytes() == b"x"


def test_overlay_changes_nothing_on_the_host(guest: Guest, root: Path) -> None:
    before = listing(root)
    guest.create("a.txt", b"CHANGED")
    guest.create("new", b"x")
    guest.call("path_unlink_file", 3, "link")
    guest.call("path_rename", 3, "sub", 3, "moved")
    assert guest.content("moved/b.txt") == b"beta"
    assert listing(root) == before


def test_diff_is_empty_after_reading_only(guest: Guest) -> None:
    guest.content("sub/b.txt")
    guest.call("path_filestat_get", 3, 0, "link")
    assert changed(guest) == []


def test_diff_names_what_was_done(guest: Guest) -> None:
    guest.create("a.txt", b"CHANGED")
    guest.create("new", b"x")
    guest.call("path_create_directory", 3, "dir")
    guest.create("dir/f", b"y")
    guest.call("path_unlink_file", 3, "link")
    assert changed(guest) == [
        ("modified", "a.txt"),
        ("added", "dir"),
        ("added", "dir/f"),
        ("removed", "link"),
        ("added", "new"),
    ]


def test_diff_leaves_out_what_was_written_back_to_the_same(guest: Guest) -> None:
    guest.create("a.txt", b"CHANGED")
    fd = guest.opened("a.txt", OFlags.TRUNC, READ_WRITE)
    guest.write(fd, b"alpha")
    assert changed(guest) == []


def test_file_replaced_by_another_is_removed_and_added(guest: Guest) -> None:
    guest.call("path_unlink_file", 3, "a.txt")
    guest.create("a.txt", b"alpha")
    assert changed(guest) == [("removed", "a.txt"), ("added", "a.txt")]


def test_commit_makes_the_host_directory_as_the_overlay(guest: Guest, root: Path) -> None:
    guest.create("a.txt", b"CHANGED")
    guest.call("path_rename", 3, "sub", 3, "moved")
    guest.create("moved/deep/new", b"n" * 5000)
    guest.call("path_symlink", "moved/b.txt", 3, "moved/s")
    guest.call("path_link", 3, 0, "moved/b.txt", 3, "hard")
    guest.call("path_unlink_file", 3, "link")
    guest.call("path_create_directory", 3, "link")
    guest.wasi.commit()
    assert listing(root) == {
        "a.txt": "CHANGED",
        "hard": "beta",
        "link": "/",
        "moved": "/",
        "moved/b.txt": "beta",
        "moved/deep": "/",
        "moved/deep/new": "n" * 5000,
        "moved/s": "-> moved/b.txt",
    }
    assert (root / "hard").samefile(root / "moved" / "b.txt")


def test_directories_nested_without_end_are_no_problem(guest: Guest) -> None:
    fd = 3
    for _ in range(1500):
        assert guest.call("path_create_directory", fd, "d") == Errno.SUCCESS
        inner = guest.directory("d", fd=fd)
        if fd != 3:
            guest.call("fd_close", fd)
        fd = inner
    assert len(guest.wasi.diff()["/"]) == 1500
    assert guest.call("path_rename", 3, "d", fd, "x") == Errno.EINVAL


def test_commit_removes_whole_directories(guest: Guest, root: Path) -> None:
    for path in ("sub/b.txt",):
        guest.call("path_unlink_file", 3, path)
    guest.call("path_remove_directory", 3, "sub/deep")
    guest.call("path_remove_directory", 3, "sub")
    guest.wasi.commit()
    assert not (root / "sub").exists()


def test_commit_keeps_holes(guest: Guest, root: Path) -> None:
    fd = guest.opened("sparse", OFlags.CREAT, READ_WRITE)
    guest.call("fd_filestat_set_size", fd, 10_000)
    guest.wasi.commit()
    assert (root / "sparse").read_bytes() == bytes(10_000)


def test_commit_of_nothing_changes_nothing(guest: Guest, root: Path) -> None:
    before = listing(root)
    assert guest.wasi.commit() == {"/": []}
    assert listing(root) == before


def test_commit_where_the_host_refuses_is_a_commit_error(guest: Guest, root: Path) -> None:
    guest.create("new", b"x")
    (root / "new").mkdir()
    with pytest.raises(CommitError, match="cannot write"):
        guest.wasi.commit()


def test_read_only_overlay_is_not_committed(root: Path) -> None:
    wasi = Wasi(dirs={"/": Dir(root, readonly=True)})
    assert wasi.commit() == {}


def test_diff_of_a_memory_directory_is_all_that_is_in_it() -> None:
    guest = Guest(Wasi(dirs={"/": Dir(files={"a/b": b"x"})}))
    assert changed(guest) == [("added", "a"), ("added", "a/b")]


def test_two_names_for_one_host_directory_show_the_same(root: Path) -> None:
    guest = Guest(Wasi(dirs={"/": root, ".": f"{root}/."}))
    guest.create("new", b"x", fd=3)
    assert guest.content("new", fd=4) == b"x"
    assert guest.call("path_rename", 3, "new", 4, "renamed") == Errno.SUCCESS
    assert list(guest.wasi.diff()) == ["/"]


def test_hard_links_of_the_host_are_one_file(root: Path) -> None:
    os.link(root / "a.txt", root / "sub" / "hard")
    guest = Guest(Wasi(dirs={"/": root}))
    assert guest.stat("a.txt") == guest.stat("sub/hard")
    guest.create("a.txt", b"BOTH!")
    assert guest.content("sub/hard") == b"BOTH!"


def test_file_over_the_limit_is_efbig(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "FILE_LIMIT", 3)
    fd = guest.opened("a.txt")
    assert guest.raw("fd_read", fd, *guest.iovs(9), 0x100) == Errno.EFBIG


def test_inode_numbers_are_the_same_in_every_run(root: Path) -> None:
    def numbers() -> list[int]:
        guest = Guest(Wasi(dirs={"/": root}))
        guest.create("new")
        return [guest.stat(path).ino for path in ("a.txt", "sub/b.txt", "sub/deep", "new")]

    assert numbers() == numbers()


def test_real_directory_that_cannot_be_confined_becomes_a_read_only_copy(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wasmlab.host.wasi.fs.real.has_dir_fd", lambda: False)
    monkeypatch.setattr("wasmlab.host.wasi.fs.grants.has_dir_fd", lambda: False)
    wasi = Wasi(dirs={"/": root}, real_dirs=True)
    guest = Guest(wasi)
    assert len(wasi.notes) == 1
    assert "read-only copy" in wasi.notes[0]
    assert guest.content("sub/b.txt") == b"beta"
    assert guest.open("new", OFlags.CREAT) == Errno.EROFS


def test_directory_of_a_mode_without_host_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        mount.make_volume(Dir(), "real", 1, lambda: 0, Wasi().quotas)
