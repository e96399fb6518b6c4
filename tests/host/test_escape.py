"""Attempts to leave the granted directory: all must be refused, and nothing outside may change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from guest import READ, READ_WRITE, SCRATCH, Guest

from wasmlab.errors import CommitError
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.flags import INHERITED_RIGHTS, FileType, OFlags, Rights
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.fs.path import resolve
from wasmlab.host.wasi.fs.real import RealVolume, open_directory
from wasmlab.host.wasi.fs.source import DirFdAccess, HostSource, PathAccess
from wasmlab.host.wasi.fs.volume import Handle, How
from wasmlab.host.wasi.wasi import Wasi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CREAT, DIRECTORY, TRUNC = OFlags.CREAT, OFlags.DIRECTORY, OFlags.TRUNC
SECRET = b"do not read"
REFUSALS = {Errno.ENOTCAPABLE, Errno.ELOOP, Errno.ENOTDIR, Errno.ENOENT, Errno.EINVAL, Errno.EXDEV}


@pytest.fixture(params=["overlay", "real"])
def inmate(request: pytest.FixtureRequest, root: Path) -> Iterator[Guest]:
    """A guest in a directory beside a secret, with links in it that lead out."""
    for name, target in HOST_LINKS.items():
        (root / name).symlink_to(target.replace("ROOT", str(root)))
    before = outside(root)
    with Wasi(dirs={"/": Dir(root, mode=request.param)}) as wasi:
        yield Guest(wasi)
    assert outside(root) == before


def outside(root: Path) -> dict[str, bytes | None]:
    """Return everything beside the root, with its content."""
    return {
        str(path): path.read_bytes() if path.is_file() else None
        for path in sorted(root.parent.rglob("*"))
        if not path.is_relative_to(root)
    }


HOST_LINKS = {
    "abs_file": "/etc/passwd",
    "abs_dir": "/",
    "abs_self": "ROOT/a.txt",
    "up": "..",
    "up_file": "../secret",
    "up_dir": "../outside",
    "up_deep": "sub/deep/../../../secret",
    "up_later": "sub/../../outside/file",
    "chain1": "chain2",
    "chain2": "chain3",
    "chain3": "../outside",
    "loop1": "loop2",
    "loop2": "loop1",
    "proc": "/proc/self/root/etc/passwd",
    "slashes": "//etc/passwd",
}
PATHS = [
    "..",
    "../",
    "../secret",
    "../outside/file",
    "./../secret",
    "sub/../../secret",
    "sub/deep/../../../secret",
    ".//.//..//secret",
    "sub/./.././../secret",
    "../root/a.txt",
    "../root/../secret",
    "/",
    "/etc/passwd",
    "//etc/passwd",
    "/a.txt",
    "///",
    "abs_file/",
    "abs_dir/etc/passwd",
    "abs_dir/",
    "abs_self/",
    "up/secret",
    "up/root/a.txt",
    "up/outside/file",
    "up_dir/file",
    "up_dir/",
    "up_dir/../secret",
    "sub/../up_dir/file",
    "chain1/file",
    "chain1/../secret",
    "loop1/x",
    "loop1/../../secret",
    "proc/",
    "a.txt/../../secret",
    "sub/b.txt/../../../secret",
]

ATTEMPTS: dict[str, Callable[[Guest, str], Errno]] = {
    "open": lambda g, p: g.open(p, follow=True),
    "open directory": lambda g, p: g.open(p, DIRECTORY, follow=True),
    "create": lambda g, p: g.open(p, CREAT, READ_WRITE, follow=True),
    "truncate": lambda g, p: g.open(p, TRUNC, READ_WRITE, follow=True),
    "stat": lambda g, p: g.call("path_filestat_get", 3, 1, p),
    "set times": lambda g, p: g.call("path_filestat_set_times", 3, 1, p, 0, 0, 5),
    "mkdir": lambda g, p: g.call("path_create_directory", 3, p),
    "rmdir": lambda g, p: g.call("path_remove_directory", 3, p),
    "unlink": lambda g, p: g.call("path_unlink_file", 3, p),
    "readlink": lambda g, p: g.call("path_readlink", 3, p, "buffer"),
    "symlink there": lambda g, p: g.call("path_symlink", "a.txt", 3, p),
    "link from": lambda g, p: g.call("path_link", 3, 0, p, 3, "stolen"),
    "link to": lambda g, p: g.call("path_link", 3, 0, "a.txt", 3, p),
    "rename from": lambda g, p: g.call("path_rename", 3, p, 3, "stolen"),
    "rename to": lambda g, p: g.call("path_rename", 3, "a.txt", 3, p),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("path", PATHS)
def test_path_that_leads_out_is_refused(inmate: Guest, path: str, attempt: str) -> None:
    assert ATTEMPTS[attempt](inmate, path) in REFUSALS | {Errno.EEXIST}


@pytest.mark.parametrize("name", HOST_LINKS)
@pytest.mark.parametrize("attempt", ["open", "create", "truncate", "stat", "set times"])
def test_link_of_the_host_that_leads_out_is_not_followed(
    inmate: Guest, name: str, attempt: str
) -> None:
    assert ATTEMPTS[attempt](inmate, name) in REFUSALS


GUEST_LINKS = [
    "..",
    "../secret",
    "../outside",
    "./../outside",
    "sub/../../secret",
    "sub/deep/../../../outside/file",
    "link/../../secret",
    "../root/../secret",
    "up/secret",
    "chain1",
    "..//",
]


@pytest.mark.parametrize("target", GUEST_LINKS)
@pytest.mark.parametrize("tail", ["", "/", "/file", "/../secret"])
def test_link_of_the_guest_that_leads_out_is_not_followed(
    inmate: Guest, target: str, tail: str
) -> None:
    assert inmate.call("path_symlink", target, 3, "trap") == Errno.SUCCESS
    assert inmate.open(f"trap{tail}", follow=True) in REFUSALS
    assert inmate.open(f"trap{tail}", CREAT, READ_WRITE, follow=True) in REFUSALS
    assert inmate.call("path_filestat_get", 3, 1, f"trap{tail}") in REFUSALS


@pytest.mark.parametrize("target", ["/", "/etc/passwd", "//", "/proc/self/fd/0"])
def test_absolute_link_of_the_guest_is_refused_at_once(inmate: Guest, target: str) -> None:
    assert inmate.call("path_symlink", target, 3, "trap") == Errno.ENOTCAPABLE


def test_chain_of_links_of_the_guest_is_refused(inmate: Guest) -> None:
    inmate.call("path_symlink", "..", 3, "c0")
    for number in range(30):
        inmate.call("path_symlink", f"c{number}", 3, f"c{number + 1}")
    assert inmate.open("c30/secret", follow=True) == Errno.ENOTCAPABLE


def test_chain_of_more_than_40_links_is_eloop(inmate: Guest) -> None:
    inmate.call("path_symlink", "a.txt", 3, "c0")
    for number in range(41):
        inmate.call("path_symlink", f"c{number}", 3, f"c{number + 1}")
    assert inmate.open("c39", follow=True) == Errno.SUCCESS
    assert inmate.open("c41", follow=True) == Errno.ELOOP


def test_links_that_multiply_end_soon(inmate: Guest) -> None:
    inmate.call("path_symlink", "a.txt", 3, "m0")
    for number in range(20):
        inmate.call("path_symlink", f"m{number}/../" * 40, 3, f"m{number + 1}")
    assert inmate.open("m20", follow=True) in REFUSALS


def test_link_that_is_harmless_where_made_is_refused_where_renamed_to(inmate: Guest) -> None:
    assert inmate.call("path_symlink", "../../secret", 3, "sub/deep/trap") == Errno.SUCCESS
    assert inmate.open("sub/deep/trap", follow=True) == Errno.ENOENT
    assert inmate.call("path_rename", 3, "sub/deep/trap", 3, "trap") == Errno.SUCCESS
    assert inmate.open("trap", follow=True) == Errno.ENOTCAPABLE


def test_hard_link_to_a_link_that_leads_out_is_not_followed(inmate: Guest) -> None:
    assert inmate.call("path_link", 3, 0, "up_file", 3, "hard") == Errno.SUCCESS
    assert inmate.open("hard", follow=True) == Errno.ENOTCAPABLE
    assert inmate.open("hard") == Errno.ELOOP


def test_directory_opened_below_is_a_border_of_its_own(inmate: Guest) -> None:
    fd = inmate.directory("sub")
    for path in ("..", "../a.txt", "deep/../../a.txt", "../sub/b.txt"):
        assert inmate.open(path, fd=fd, follow=True) == Errno.ENOTCAPABLE
    assert inmate.content("deep/../b.txt", fd=fd) == b"beta"


def test_link_is_confined_to_the_directory_it_is_resolved_from(inmate: Guest) -> None:
    assert inmate.call("path_symlink", "../a.txt", 3, "sub/up") == Errno.SUCCESS
    assert inmate.content("sub/up") == b"alpha"
    fd = inmate.directory("sub")
    assert inmate.open("up", fd=fd, follow=True) == Errno.ENOTCAPABLE


def test_open_directory_moved_elsewhere_does_not_widen(inmate: Guest) -> None:
    fd = inmate.directory("sub/deep")
    assert inmate.call("path_rename", 3, "sub/deep", 3, "moved") == Errno.SUCCESS
    assert inmate.open("..", fd=fd) == Errno.ENOTCAPABLE
    assert inmate.open("../../secret", fd=fd) == Errno.ENOTCAPABLE


def test_rename_between_grants_carries_no_link_out(root: Path) -> None:
    other = root.parent / "outside"
    with Wasi(dirs={"/a": root, "/b": other}, real_dirs=True) as wasi:
        guest = Guest(wasi)
        guest.call("path_symlink", "../secret", 3, "sub/trap")
        assert guest.call("path_rename", 3, "sub/trap", 4, "trap") == Errno.EXDEV
        assert guest.call("path_rename", 3, "sub", 4, "sub") == Errno.EXDEV
        assert guest.call("path_link", 3, 0, "a.txt", 4, "a.txt") == Errno.EXDEV


def test_renumbered_descriptor_has_no_wider_border(inmate: Guest) -> None:
    fd = inmate.directory("sub")
    assert inmate.call("fd_renumber", fd, 3) == Errno.SUCCESS
    assert inmate.open("../a.txt") == Errno.ENOTCAPABLE
    assert inmate.open("../../secret") == Errno.ENOTCAPABLE


def test_file_descriptor_is_no_directory(inmate: Guest) -> None:
    fd = inmate.opened("a.txt")
    for path in ("..", "../secret", ".", "x"):
        assert inmate.open(path, fd=fd) == Errno.ENOTDIR


@pytest.mark.parametrize("fd", [*range(4, 20), 255, 1 << 31, (1 << 32) - 1])
def test_descriptors_of_the_host_are_not_the_guests(inmate: Guest, fd: int) -> None:
    assert inmate.open("a.txt", fd=fd) == Errno.EBADF
    assert inmate.call("fd_filestat_get", fd) == Errno.EBADF
    assert inmate.call("fd_renumber", fd, 3) == Errno.EBADF
    assert inmate.raw("fd_write", fd, SCRATCH, 0, SCRATCH) == Errno.EBADF


def test_closed_directory_gives_nothing_more(inmate: Guest) -> None:
    fd = inmate.directory("sub")
    assert inmate.call("fd_close", fd) == Errno.SUCCESS
    assert inmate.open("b.txt", fd=fd) == Errno.EBADF
    assert inmate.call("fd_close", 3) == Errno.SUCCESS
    assert inmate.open("a.txt") == Errno.EBADF


def test_rights_given_up_do_not_come_back_by_opening_again(inmate: Guest) -> None:
    few = Rights.PATH_OPEN | Rights.FD_READDIR
    assert inmate.call("fd_fdstat_set_rights", 3, few, READ) == Errno.SUCCESS
    assert inmate.open(".", DIRECTORY, few, inheriting=INHERITED_RIGHTS) == Errno.ENOTCAPABLE
    assert inmate.open("a.txt", rights=READ_WRITE) == Errno.ENOTCAPABLE
    assert inmate.open("new", CREAT) == Errno.ENOTCAPABLE
    fd = inmate.opened(".", DIRECTORY, few, inheriting=READ)
    assert inmate.open("a.txt", rights=READ_WRITE, fd=fd) == Errno.ENOTCAPABLE


def test_readdir_names_nothing_outside(inmate: Guest) -> None:
    found = inmate.entries(inmate.directory("."))
    assert {e.name.decode() for e in found} == {".", "..", "a.txt", "sub", "link", *HOST_LINKS}
    assert found[0].ino == found[1].ino


def test_absolute_link_names_of_the_host_are_only_text(inmate: Guest) -> None:
    assert inmate.call("path_readlink", 3, "abs_file", "x" * 40) == Errno.SUCCESS
    assert inmate.call("path_readlink", 3, "abs_file/", "x" * 40) == Errno.ENOTCAPABLE


@pytest.mark.parametrize("mode", ["overlay", "real"])
def test_pipe_in_the_directory_is_not_waited_for(root: Path, mode: str) -> None:
    os.mkfifo(root / "pipe")
    with Wasi(dirs={"/": Dir(root, mode="real" if mode == "real" else "overlay")}) as wasi:
        guest = Guest(wasi)
        for rights in (READ, READ_WRITE):
            assert guest.open("pipe", rights=rights) == Errno.EACCES


class Racing(RealVolume):
    """A real directory that is changed right after a component was looked at."""

    def __init__(self, host: Path, act: Callable[[], object]) -> None:
        super().__init__(open_directory(host), 1)
        self.act: Callable[[], object] | None = act

    def kind(self, parent: Handle, name: str) -> FileType | None:
        found = super().kind(parent, name)
        if self.act is not None:
            act, self.act = self.act, None
            act()
        return found


def swap(path: Path, target: str) -> Callable[[], object]:
    """Return an act that puts a symbolic link in the place of path."""

    def act() -> None:
        path.rename(path.parent / "elsewhere")
        path.symlink_to(target)

    return act


def open_through(volume: RealVolume, path: str) -> bytes:
    with resolve(volume, volume.root, path, follow=True) as place:
        handle, _ = volume.open(place.parent, place.name, How())
        return volume.read(handle, 0, 100)


@pytest.mark.parametrize(
    ("path", "victim", "target"),
    [
        ("sub/file", "sub", "../outside"),
        ("sub/file", "sub", "/"),
        ("sub/deep/file", "sub", "../outside"),
        ("a.txt", "a.txt", "../secret"),
        ("a.txt", "a.txt", "/etc/passwd"),
    ],
)
def test_link_put_in_place_between_look_and_use_is_refused(
    root: Path, path: str, victim: str, target: str
) -> None:
    volume = Racing(root, swap(root / victim, target))
    with pytest.raises(ErrnoError) as caught:
        open_through(volume, path)
    assert caught.value.errno in REFUSALS


def test_directory_moved_out_between_look_and_use_leads_nowhere_else(root: Path) -> None:
    """``..`` is where one came from, not the parent that the directory has by then."""
    (root.parent / "outside" / "a.txt").write_text("do not read")

    class MovedAfterEntering(RealVolume):
        def enter(self, parent: Handle, name: str) -> Handle:
            handle = super().enter(parent, name)
            (root / "sub").rename(root.parent / "outside" / "sub")
            return handle

    assert open_through(MovedAfterEntering(open_directory(root), 1), "sub/../a.txt") == b"alpha"


def test_write_through_a_link_put_in_place_is_refused(root: Path) -> None:
    volume = Racing(root, swap(root / "a.txt", "../secret"))
    with (
        pytest.raises(ErrnoError),
        resolve(volume, volume.root, "a.txt", follow=True) as place,
    ):
        volume.open(place.parent, place.name, How(write=True, truncate=True))
    assert (root.parent / "secret").read_bytes() == SECRET


@pytest.mark.parametrize("victim", ["a.txt", "sub"])
def test_overlay_does_not_read_through_a_link_put_in_place(root: Path, victim: str) -> None:
    with Wasi(dirs={"/": root}) as wasi:
        guest = Guest(wasi)
        guest.entries(guest.directory("."))
        swap(root / victim, "../secret" if victim == "a.txt" else "../outside")()
        fd = guest.open("a.txt" if victim == "a.txt" else "sub/file")
        if fd == Errno.SUCCESS:
            assert guest.raw("fd_read", guest.result(), *guest.iovs(99), SCRATCH) != Errno.SUCCESS
        assert SECRET not in guest.memory.data


def test_commit_does_not_write_through_a_link_put_in_place(root: Path) -> None:
    with Wasi(dirs={"/": root}) as wasi:
        guest = Guest(wasi)
        guest.create("sub/new", b"evil")
        swap(root / "sub", "../outside")()
        with pytest.raises(CommitError):
            wasi.commit()
    assert not (root.parent / "outside" / "new").exists()


def test_snapshot_of_a_directory_read_by_path_has_no_way_out(root: Path) -> None:
    (root / "up_file").symlink_to("../secret")
    source = HostSource(PathAccess(root))
    with Wasi(dirs={"/": Dir()}) as wasi:
        volume = wasi.volumes[0]
        volume.source = source  # pyright: ignore[reportAttributeAccessIssue] - a TreeVolume
        guest = Guest(wasi)
        (root / "a.txt").write_text("changed")
        assert guest.content("a.txt") == b"alpha"
        assert guest.open("up_file", follow=True) == Errno.ENOTCAPABLE


def test_access_by_descriptor_refuses_links_in_between(root: Path) -> None:
    (root / "out").symlink_to("../outside")
    access = DirFdAccess(open_directory(root))
    with pytest.raises(OSError, match="out"):
        access.scan(("out",))
    with pytest.raises(OSError, match="out"):
        access.read(("out", "file"), 100)
