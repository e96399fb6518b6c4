"""Functions on paths, on every kind of volume."""

from __future__ import annotations

import pytest
from guest import READ, READ_WRITE, RESULT, SCRATCH, Guest

from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import FdFlags, FileType, OFlags, Rights
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.wasi import Wasi

CREAT, DIRECTORY, EXCL, TRUNC = OFlags.CREAT, OFlags.DIRECTORY, OFlags.EXCL, OFlags.TRUNC
NONE = OFlags(0)


def mkdir(guest: Guest, path: str) -> Errno:
    return guest.call("path_create_directory", 3, path)


def rmdir(guest: Guest, path: str) -> Errno:
    return guest.call("path_remove_directory", 3, path)


def unlink(guest: Guest, path: str) -> Errno:
    return guest.call("path_unlink_file", 3, path)


def symlink(guest: Guest, target: str, path: str) -> Errno:
    return guest.call("path_symlink", target, 3, path)


def link(guest: Guest, old: str, new: str) -> Errno:
    return guest.call("path_link", 3, 0, old, 3, new)


def rename(guest: Guest, old: str, new: str) -> Errno:
    return guest.call("path_rename", 3, old, 3, new)


@pytest.fixture
def tree(guest: Guest) -> Guest:
    """Files ``f`` and ``d/f``, an empty directory ``e``, and links to most of them."""
    guest.create("f", b"file")
    assert mkdir(guest, "d") == mkdir(guest, "e") == Errno.SUCCESS
    guest.create("d/f", b"below")
    assert symlink(guest, "f", "lf") == symlink(guest, "d", "ld") == Errno.SUCCESS
    assert symlink(guest, "nowhere", "dangling") == Errno.SUCCESS
    assert symlink(guest, "loop", "loop") == Errno.SUCCESS
    return guest


@pytest.mark.parametrize(
    ("path", "errno"),
    [
        ("new", Errno.SUCCESS),
        ("new/", Errno.SUCCESS),
        ("d/new", Errno.SUCCESS),
        ("ld/new", Errno.SUCCESS),
        ("d", Errno.EEXIST),
        ("d/", Errno.EEXIST),
        ("f", Errno.EEXIST),
        ("lf", Errno.EEXIST),
        ("dangling", Errno.EEXIST),
        (".", Errno.EEXIST),
        ("d/..", Errno.EEXIST),
        ("f/x", Errno.ENOTDIR),
        ("no/x", Errno.ENOENT),
        ("", Errno.ENOENT),
        ("x" * 256, Errno.ENAMETOOLONG),
    ],
)
def test_create_directory(tree: Guest, path: str, errno: Errno) -> None:
    assert mkdir(tree, path) == errno


@pytest.mark.parametrize(
    ("path", "errno"),
    [
        ("e", Errno.SUCCESS),
        ("e/", Errno.SUCCESS),
        ("d", Errno.ENOTEMPTY),
        ("f", Errno.ENOTDIR),
        ("f/", Errno.ENOTDIR),
        ("ld", Errno.ENOTDIR),
        ("ld/", Errno.ENOTDIR),
        (".", Errno.EINVAL),
        ("no", Errno.ENOENT),
        ("", Errno.ENOENT),
    ],
)
def test_remove_directory(tree: Guest, path: str, errno: Errno) -> None:
    assert rmdir(tree, path) == errno


@pytest.mark.parametrize(
    ("path", "errno"),
    [
        ("f", Errno.SUCCESS),
        ("lf", Errno.SUCCESS),
        ("ld", Errno.SUCCESS),
        ("dangling", Errno.SUCCESS),
        ("ld/f", Errno.SUCCESS),
        ("d", Errno.EISDIR),
        ("d/", Errno.EISDIR),
        (".", Errno.EISDIR),
        ("f/", Errno.ENOTDIR),
        ("lf/", Errno.ENOTDIR),
        ("ld/", Errno.ENOTDIR),
        ("no", Errno.ENOENT),
    ],
)
def test_unlink_file(tree: Guest, path: str, errno: Errno) -> None:
    assert unlink(tree, path) == errno
    gone = tree.call("path_filestat_get", 3, 0, path) == Errno.ENOENT
    assert gone == (errno in (Errno.SUCCESS, Errno.ENOENT))


@pytest.mark.parametrize(
    ("path", "oflags", "follow", "errno"),
    [
        ("f", NONE, False, Errno.SUCCESS),
        ("d/.//../d/f", NONE, False, Errno.SUCCESS),
        ("d/", NONE, False, Errno.SUCCESS),
        ("d///", NONE, False, Errno.SUCCESS),
        ("f/", NONE, False, Errno.ENOTDIR),
        ("f///", NONE, False, Errno.ENOTDIR),
        ("f/.", NONE, False, Errno.ENOTDIR),
        ("f/..", NONE, False, Errno.ENOTDIR),
        ("no", NONE, False, Errno.ENOENT),
        ("no/../f", NONE, False, Errno.ENOENT),
        ("", NONE, False, Errno.ENOENT),
        ("f\0", NONE, False, Errno.EINVAL),
        ("x" * 5000, NONE, False, Errno.ENAMETOOLONG),
        ("f", DIRECTORY, False, Errno.ENOTDIR),
        ("d", DIRECTORY, False, Errno.SUCCESS),
        ("new", CREAT, False, Errno.SUCCESS),
        ("new", CREAT | EXCL, False, Errno.SUCCESS),
        ("f", CREAT, False, Errno.SUCCESS),
        ("f", CREAT | EXCL, False, Errno.EEXIST),
        ("f", EXCL, False, Errno.SUCCESS),
        ("lf", CREAT | EXCL, True, Errno.EEXIST),
        ("dangling", CREAT | EXCL, True, Errno.EEXIST),
        ("d", CREAT, False, Errno.EISDIR),
        ("d", TRUNC, False, Errno.EISDIR),
        ("new/", CREAT, False, Errno.EISDIR),
        ("f/", CREAT, False, Errno.EISDIR),
        ("no/new", CREAT, False, Errno.ENOENT),
        ("new", CREAT | DIRECTORY, False, Errno.EINVAL),
        ("d", TRUNC | DIRECTORY, False, Errno.EINVAL),
        ("lf", NONE, False, Errno.ELOOP),
        ("lf", NONE, True, Errno.SUCCESS),
        ("lf/", NONE, False, Errno.ENOTDIR),
        ("ld", DIRECTORY, False, Errno.ELOOP),
        ("ld", DIRECTORY, True, Errno.SUCCESS),
        ("ld/", NONE, False, Errno.SUCCESS),
        ("ld/f", NONE, False, Errno.SUCCESS),
        ("lf", DIRECTORY, True, Errno.ENOTDIR),
        ("dangling", NONE, False, Errno.ELOOP),
        ("dangling", NONE, True, Errno.ENOENT),
        ("dangling", CREAT, False, Errno.ELOOP),
        ("dangling", CREAT, True, Errno.SUCCESS),
        ("loop", NONE, False, Errno.ELOOP),
        ("loop", NONE, True, Errno.ELOOP),
        ("loop/x", NONE, False, Errno.ELOOP),
    ],
)
def test_open(tree: Guest, path: str, oflags: OFlags, follow: bool, errno: Errno) -> None:  # noqa: FBT001 - parametrized
    assert tree.open(path, oflags, Rights.FD_READ, follow=follow) == errno


def test_open_of_a_dangling_link_with_create_makes_its_target(tree: Guest) -> None:
    tree.opened("dangling", CREAT, follow=True)
    assert tree.stat("nowhere").filetype == FileType.REGULAR_FILE


def test_open_with_nonblock_keeps_the_flag(guest: Guest) -> None:
    fd = guest.opened(".", fdflags=FdFlags.NONBLOCK)
    assert guest.fdstat(fd).flags == FdFlags.NONBLOCK


def test_path_that_is_not_utf8_is_eilseq(guest: Guest) -> None:
    assert guest.call("path_open", 3, 0, b"\xff\xfe", 0, 0, 0, 0) == Errno.EILSEQ
    assert guest.call("path_create_directory", 3, b"\xc3") == Errno.EILSEQ


def test_names_may_be_any_utf8(guest: Guest) -> None:
    name = "grün 東京 \U0001f980 \u202e"
    guest.create(name, b"x")
    assert guest.content(name) == b"x"
    assert name.encode() in [entry.name for entry in guest.entries(guest.directory("."))]


@pytest.mark.parametrize(
    ("path", "follow", "kind"),
    [
        ("f", False, FileType.REGULAR_FILE),
        ("f", True, FileType.REGULAR_FILE),
        ("d", False, FileType.DIRECTORY),
        (".", True, FileType.DIRECTORY),
        ("lf", False, FileType.SYMBOLIC_LINK),
        ("lf", True, FileType.REGULAR_FILE),
        ("ld", False, FileType.SYMBOLIC_LINK),
        ("ld", True, FileType.DIRECTORY),
        ("ld/", False, FileType.DIRECTORY),
        ("dangling", False, FileType.SYMBOLIC_LINK),
    ],
)
def test_filestat_get(tree: Guest, path: str, follow: bool, kind: FileType) -> None:  # noqa: FBT001 - parametrized
    assert tree.stat(path, follow=follow).filetype == kind


@pytest.mark.parametrize(
    ("path", "flags", "errno"),
    [
        ("no", 0, Errno.ENOENT),
        ("", 0, Errno.ENOENT),
        ("f/", 0, Errno.ENOTDIR),
        ("lf/", 0, Errno.ENOTDIR),
        ("dangling", 1, Errno.ENOENT),
        ("loop", 1, Errno.ELOOP),
        ("f", 2, Errno.EINVAL),
    ],
)
def test_filestat_get_fails(tree: Guest, path: str, flags: int, errno: Errno) -> None:
    assert tree.call("path_filestat_get", 3, flags, path) == errno
    times = tree.call("path_filestat_set_times", 3, flags, path, 0, 0, 0)
    assert times == errno


def test_size_of_a_link_is_the_length_of_its_target(tree: Guest) -> None:
    assert tree.stat("dangling").size == len("nowhere")


def test_set_times_of_a_link_and_of_what_it_leads_to(tree: Guest) -> None:
    file, link_stat = tree.stat("f"), tree.stat("lf")
    mtim = link_stat.mtim - 200
    assert tree.call("path_filestat_set_times", 3, 0, "lf", 0, mtim, 4) == Errno.SUCCESS
    assert tree.stat("lf").mtim == mtim
    assert tree.stat("f").mtim == file.mtim == tree.stat("lf", follow=True).mtim
    assert tree.call("path_filestat_set_times", 3, 1, "lf", 0, mtim, 4) == Errno.SUCCESS
    assert tree.stat("f").mtim == mtim


def test_readlink_is_cut_to_the_buffer(tree: Guest) -> None:
    for size, expected in [(100, b"nowhere"), (4, b"nowh"), (0, b"")]:
        tree.memory.data[0x8000:0x8010] = b"\xee" * 16
        address, length = 0x8000, size
        tree.rewind()
        errno = tree.raw("path_readlink", 3, *tree.put("dangling"), address, length, RESULT)
        assert errno == Errno.SUCCESS
        assert tree.result() == len(expected)
        assert tree.memory.data[0x8000:0x8010] == expected.ljust(16, b"\xee")


@pytest.mark.parametrize(
    ("path", "errno"),
    [("f", Errno.EINVAL), ("d", Errno.EINVAL), ("ld/", Errno.EINVAL), ("no", Errno.ENOENT)],
)
def test_readlink_of_something_else_fails(tree: Guest, path: str, errno: Errno) -> None:
    assert tree.call("path_readlink", 3, path, "buffer") == errno


@pytest.mark.parametrize(
    ("target", "path", "errno"),
    [
        ("f", "new", Errno.SUCCESS),
        ("no/where/../../at/all", "new", Errno.SUCCESS),
        ("../../outside", "new", Errno.SUCCESS),
        ("f", "new/", Errno.ENOENT),
        ("f", "d", Errno.EEXIST),
        ("f", "d/", Errno.EEXIST),
        ("f", "f", Errno.EEXIST),
        ("f", "f/", Errno.ENOTDIR),
        ("f", "dangling", Errno.EEXIST),
        ("f", "no/new", Errno.ENOENT),
        ("f", "", Errno.ENOENT),
        ("", "new", Errno.ENOENT),
        ("/", "new", Errno.ENOTCAPABLE),
        ("/etc/passwd", "new", Errno.ENOTCAPABLE),
    ],
)
def test_symlink(tree: Guest, target: str, path: str, errno: Errno) -> None:
    assert symlink(tree, target, path) == errno


@pytest.mark.parametrize(
    ("old", "new", "errno"),
    [
        ("f", "new", Errno.SUCCESS),
        ("f", "d/new", Errno.SUCCESS),
        ("lf", "new", Errno.SUCCESS),
        ("dangling", "new", Errno.SUCCESS),
        ("loop", "new", Errno.SUCCESS),
        ("f", "d/f", Errno.EEXIST),
        ("f", "f", Errno.EEXIST),
        ("f", "d", Errno.EEXIST),
        ("f", "dangling", Errno.EEXIST),
        ("f", "new/", Errno.ENOENT),
        ("f/", "new", Errno.ENOTDIR),
        ("d", "new", Errno.EPERM),
        (".", "new", Errno.EPERM),
        ("no", "new", Errno.ENOENT),
        ("f", "no/new", Errno.ENOENT),
    ],
)
def test_link(tree: Guest, old: str, new: str, errno: Errno) -> None:
    assert link(tree, old, new) == errno


def test_link_following_symbolic_links_is_einval(tree: Guest) -> None:
    assert tree.call("path_link", 3, 1, "lf", 3, "new") == Errno.EINVAL


def test_link_is_the_same_file(tree: Guest) -> None:
    assert link(tree, "f", "d/hard") == Errno.SUCCESS
    assert tree.stat("f") == tree.stat("d/hard")
    assert tree.stat("f").nlink == 2
    one, two = tree.opened("f", rights=READ_WRITE), tree.opened("d/hard", rights=READ_WRITE)
    assert tree.fdstat(one) == tree.fdstat(two)
    tree.write(one, b"both")
    assert tree.read(two) == b"both"
    assert unlink(tree, "f") == Errno.SUCCESS
    assert tree.content("d/hard") == b"both"
    assert tree.stat("d/hard").nlink == 1


@pytest.mark.parametrize(
    ("old", "new", "errno"),
    [
        ("f", "new", Errno.SUCCESS),
        ("f", "d/f", Errno.SUCCESS),
        ("f", "f", Errno.SUCCESS),
        ("d", "new", Errno.SUCCESS),
        ("d", "e", Errno.SUCCESS),
        ("d/", "new", Errno.SUCCESS),
        ("d", "new/", Errno.SUCCESS),
        ("d/", "new/", Errno.SUCCESS),
        ("dangling", "new", Errno.SUCCESS),
        ("f", "dangling", Errno.SUCCESS),
        ("e", "d", Errno.ENOTEMPTY),
        ("d", "f", Errno.ENOTDIR),
        ("f", "d", Errno.EISDIR),
        ("f", "new/", Errno.ENOTDIR),
        ("f/", "new", Errno.ENOTDIR),
        ("ld/", "new", Errno.ENOTDIR),
        ("d", "d/below", Errno.EINVAL),
        ("no", "new", Errno.ENOENT),
        ("f", "no/new", Errno.ENOENT),
        (".", "new", Errno.EBUSY),
        ("d", ".", Errno.EBUSY),
    ],
)
def test_rename(tree: Guest, old: str, new: str, errno: Errno) -> None:
    before = tree.stat(old).ino if errno == Errno.SUCCESS else 0
    assert rename(tree, old, new) == errno
    if errno == Errno.SUCCESS:
        assert tree.stat(new).ino == before
        assert tree.call("path_filestat_get", 3, 0, old) == Errno.ENOENT or old == new


def test_rename_to_another_name_of_the_same_file_changes_nothing(tree: Guest) -> None:
    link(tree, "f", "hard")
    assert rename(tree, "f", "hard") == Errno.SUCCESS
    assert tree.stat("f").nlink == 2


def test_rename_of_an_open_directory_keeps_it_open(tree: Guest) -> None:
    fd = tree.directory("d")
    assert rename(tree, "d", "moved") == Errno.SUCCESS
    assert tree.content("f", fd=fd) == b"below"
    tree.create("g", b"x", fd=fd)
    assert tree.content("moved/g") == b"x"


def test_removed_directory_takes_nothing_new(tree: Guest) -> None:
    fd = tree.directory("e")
    assert rmdir(tree, "e") == Errno.SUCCESS
    assert tree.open("f", CREAT, READ, fd=fd) == Errno.ENOENT
    assert mkdir(tree, "e") == Errno.SUCCESS
    assert tree.stat("e").filetype == FileType.DIRECTORY


def test_rename_and_link_between_directories_granted_separately_are_exdev() -> None:
    guest = Guest(Wasi(dirs={"/a": Dir(files={"f": b"x"}), "/b": Dir()}))
    assert guest.call("path_rename", 3, "f", 4, "f") == Errno.EXDEV
    assert guest.call("path_link", 3, 0, "f", 4, "f") == Errno.EXDEV


def names(guest: Guest, fd: int) -> list[bytes]:
    return [entry.name for entry in guest.entries(fd)]


def test_readdir_of_an_empty_directory_has_dot_and_dotdot(guest: Guest) -> None:
    fd = guest.directory(".")
    found = guest.entries(fd)
    assert [(entry.name, entry.filetype) for entry in found] == [
        (b".", FileType.DIRECTORY),
        (b"..", FileType.DIRECTORY),
    ]
    assert found[0].ino == guest.filestat(fd).ino


def test_readdir_tells_kind_and_inode_number(tree: Guest) -> None:
    found = {entry.name: entry for entry in tree.entries(tree.directory("."))}
    for name in ("f", "d", "lf"):
        stat = tree.stat(name)
        entry = found[name.encode()]
        assert (entry.ino, entry.filetype) == (stat.ino, stat.filetype)


def test_readdir_goes_on_at_every_cookie(tree: Guest) -> None:
    fd = tree.directory(".")
    found = tree.entries(fd)
    for number, entry in enumerate(found):
        rest = tree.entries(fd, cookie=entry.next)
        assert [each.name for each in rest] == [each.name for each in found[number + 1 :]]


@pytest.mark.parametrize("size", [0, 1, 24, 25, 40, 60])
def test_readdir_fills_a_small_buffer_to_its_end(guest: Guest, size: int) -> None:
    fd = guest.directory(".")
    assert guest.raw("fd_readdir", fd, SCRATCH, size, 0, RESULT) == Errno.SUCCESS
    assert guest.result() == min(size, 51)


def test_readdir_in_small_pieces_finds_every_entry_once(guest: Guest) -> None:
    for number in range(40):
        guest.create(f"file.{number}")
    fd = guest.directory(".")
    found: list[bytes] = []
    cookie = 0
    while True:
        part = guest.entries(fd, 256, cookie)
        found.extend(entry.name for entry in part)
        if guest.result() < 256:
            break
        cookie = part[-1].next
    assert sorted(found) == sorted([b".", b"..", *(b"file.%d" % n for n in range(40))])


def test_readdir_while_files_are_removed_misses_none(guest: Guest) -> None:
    for number in range(20):
        guest.create(f"{number}")
    fd = guest.directory(".")
    cookie, removed = 0, 0
    while part := guest.entries(fd, 60, cookie):
        for entry in part:
            cookie = entry.next
            if entry.name not in (b".", b".."):
                assert unlink(guest, entry.name.decode()) == Errno.SUCCESS
                removed += 1
    assert removed == 20
    assert names(guest, fd) == [b".", b".."]


def test_readdir_after_the_last_cookie_is_empty(guest: Guest) -> None:
    assert guest.entries(guest.directory("."), cookie=1 << 40) == []


def test_read_only_directory_refuses_every_change() -> None:
    guest = Guest(Wasi(dirs={"/": Dir(files={"f": b"x", "d/f": b""}, readonly=True)}))
    fd = guest.opened("f", rights=READ | Rights.FD_FILESTAT_SET_TIMES)
    assert guest.read(fd) == b"x"
    attempts = [
        guest.open("f", rights=READ_WRITE),
        guest.open("f", TRUNC),
        guest.open("new", CREAT),
        mkdir(guest, "new"),
        rmdir(guest, "d"),
        unlink(guest, "f"),
        symlink(guest, "f", "new"),
        link(guest, "f", "new"),
        rename(guest, "f", "new"),
        guest.call("path_filestat_set_times", 3, 0, "f", 0, 0, 1),
        guest.call("fd_filestat_set_times", fd, 0, 0, 1),
    ]
    assert attempts == [Errno.EROFS] * len(attempts)
    assert guest.open("f", CREAT) == Errno.SUCCESS
    assert guest.open("no") == Errno.ENOENT
