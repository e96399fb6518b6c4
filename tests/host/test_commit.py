"""Commits: they stay in the granted directory, and are made as a whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import stat
from errno import EIO, ENOSPC, EPERM
from typing import TYPE_CHECKING

import pytest

from tests.attack.commit import FAULTS, attempt, attempt_twice, case, faults, hostile, known
from tests.attack.disk import Fault, FaultyDisk, Killed
from tests.attack.trees import picture, rename, write
from tests.host.guest import READ_WRITE, Guest
from wasmlab.debug.views.files import Files
from wasmlab.errors import CommitError, UsageError
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import OFlags
from wasmlab.host.wasi.fs.commit.disk import Disk
from wasmlab.host.wasi.fs.commit.interrupted import resume
from wasmlab.host.wasi.fs.commit.journal import RESERVED
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.replica import replica
from wasmlab.host.wasi.wasi import Wasi

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = 61
"""Every so many faults are tried here; ``make attack`` tries all."""


@pytest.fixture
def guest(root: Path) -> Guest:
    return Guest(Wasi(dirs={"/": root}))


# Directories inside each other


def test_guest_that_swaps_an_inner_grant_for_a_link_writes_nothing_outside(root: Path) -> None:
    with Wasi(dirs={"/": root, "/sub": root / "sub"}) as wasi:
        guest = Guest(wasi)
        rename(guest, "sub", "old")
        guest.call("path_symlink", "../outside", 3, "sub")
        write(guest, "x", b"evil", fd=4)
        wasi.commit()
    assert [path.name for path in (root.parent / "outside").iterdir()] == ["file"]
    assert (root / "old" / "x").read_text() == "evil"
    assert (root / "sub").is_symlink()


@pytest.mark.parametrize("inner", ["sub", "sub/.", "sub/deep/..", "../root/sub", "alias/sub"])
def test_directories_inside_each_other_are_one_tree(root: Path, inner: str) -> None:
    (root / "alias").symlink_to(".")
    guest = Guest(Wasi(dirs={"/in": f"{root}/{inner}", "/": root}))
    write(guest, "new", b"seen", fd=3)
    assert guest.content("sub/new", fd=4) == b"seen"
    assert guest.call("path_rename", 4, "a.txt", 3, "moved") == Errno.SUCCESS
    assert guest.content("moved", fd=3) == b"alpha"
    assert guest.open("..", fd=3) == Errno.ENOTCAPABLE
    assert list(guest.wasi.commit()) == ["/"]
    assert (root / "sub" / "moved").read_text() == "alpha"


def test_directories_that_two_paths_name_are_one_tree(root: Path) -> None:
    (root.parent / "alias").symlink_to("root")
    guest = Guest(Wasi(dirs={"/a": root, "/b": root.parent / "alias"}))
    write(guest, "new", b"seen", fd=3)
    assert guest.content("new", fd=4) == b"seen"
    assert list(guest.wasi.commit()) == ["/a"]


def test_directories_beside_each_other_are_two_trees(root: Path) -> None:
    guest = Guest(Wasi(dirs={"/a": root, "/b": root.parent / "outside"}))
    assert guest.call("path_rename", 3, "a.txt", 4, "a.txt") == Errno.EXDEV
    write(guest, "new", b"x", fd=4)
    assert list(guest.wasi.commit()) == ["/a", "/b"]
    assert (root.parent / "outside" / "new").exists()


def test_inner_directory_for_reading_only_shows_the_host_and_is_not_written(root: Path) -> None:
    guest = Guest(Wasi(dirs={"/": root, "/in": Dir(root / "sub", readonly=True)}))
    write(guest, "sub/b.txt", b"BETA")
    assert guest.content("b.txt", fd=4) == b"beta"
    assert guest.call("path_unlink_file", 4, "b.txt") == Errno.EROFS
    guest.wasi.commit()
    assert (root / "sub" / "b.txt").read_text() == "BETA"


@pytest.mark.parametrize("real", [False, True])
def test_path_that_leads_out_of_a_grant_by_a_link_in_it_is_refused(
    root: Path, *, real: bool
) -> None:
    (root / "data").symlink_to("../outside")
    with pytest.raises(UsageError, match="is a link out of"):
        Wasi(dirs={"/": root, "/data": root / "data"}, real_dirs=real)
    Wasi(dirs={"/": Dir(root, readonly=True), "/data": root / "data"}).close()
    Wasi(dirs={"/": root, "/data": root.parent / "outside"}).close()


def test_replica_reads_the_directory_that_was_granted(root: Path) -> None:
    """In a real directory the guest can put a link in the place of an inner grant."""
    with Wasi(dirs={"/": root, "/sub": root / "sub"}, real_dirs=True) as wasi:
        guest = Guest(wasi)
        rename(guest, "sub", "old")
        guest.call("path_symlink", "../outside", 3, "sub")
        with replica(wasi, b"", (), ended=True) as again:
            names = {entry.name for entry in Guest(again).entries(4)}
    assert names == {b".", b"..", b"b.txt", b"deep"}


@pytest.mark.parametrize("seed", range(25))
def test_guest_that_does_anything_changes_nothing_outside(tmp_path: Path, seed: int) -> None:
    hostile(tmp_path, seed)


# What a commit keeps


def test_commit_keeps_permissions_times_and_links(guest: Guest, root: Path) -> None:
    (root / "sub" / "b.txt").chmod(0o754)
    os.utime(root / "sub" / "b.txt", ns=(1_000_000_000, 2_000_000_000))
    (root / "sub").chmod(0o710)
    (root / "a.txt").chmod(0o700)
    os.link(root / "a.txt", root / "sub" / "deep" / "hard")
    os.link(root / "a.txt", root.parent / "outside" / "hard")
    rename(guest, "sub", "moved")
    write(guest, "a.txt", b"ALPHA")
    guest.wasi.commit()
    moved = (root / "moved" / "b.txt").stat()
    assert stat.S_IMODE(moved.st_mode) == 0o754
    assert moved.st_mtime_ns == 2_000_000_000
    assert stat.S_IMODE((root / "moved").stat().st_mode) == 0o710
    assert stat.S_IMODE((root / "a.txt").stat().st_mode) == 0o700
    assert (root / "moved" / "deep" / "hard").samefile(root / "a.txt")
    assert (root / "a.txt").read_text() == "ALPHA"
    assert (root.parent / "outside" / "hard").read_text() == "alpha"


class Linkless(Disk):
    """A file system without hard links."""

    def link(self, old_at: int, old: str, at: int, name: str) -> None:
        raise OSError(EPERM, "no links here", old, None, (old_at, at, name))


def test_commit_copies_what_moved_where_there_are_no_hard_links(guest: Guest, root: Path) -> None:
    (root / "a.txt").chmod(0o750)
    rename(guest, "a.txt", "moved")
    guest.call("path_link", 3, 0, "sub/b.txt", 3, "second")
    write(guest, "link", b"changed")
    guest.wasi.commit(Linkless())
    found = picture(root)
    assert (found["moved"].content, found["moved"].mode) == (b"alpha", 0o750)
    assert found["second"].content == found["sub/b.txt"].content == b"beta"
    assert not [path for path in found if RESERVED in path]


def test_commit_after_a_commit_writes_what_changed_since(guest: Guest, root: Path) -> None:
    rename(guest, "sub", "moved")
    write(guest, "new", b"one")
    first = guest.wasi.snapshot()
    assert guest.wasi.commit()["/"]
    assert guest.wasi.commit() == {"/": []}
    rename(guest, "moved/b.txt", "b.txt")
    write(guest, "new", b"two")
    guest.wasi.commit()
    assert (root / "b.txt").read_text() == "beta"
    assert (root / "new").read_text() == "two"
    guest.wasi.restore(first)
    guest.wasi.commit()
    assert (root / "moved" / "b.txt").read_text() == "beta"
    assert (root / "new").read_text() == "one"
    assert not (root / "b.txt").exists()


def test_two_names_of_a_symbolic_link_stay_one(guest: Guest, root: Path) -> None:
    guest.call("path_symlink", "a.txt", 3, "one")
    guest.call("path_link", 3, 0, "one", 3, "two")
    guest.wasi.commit()
    assert (root / "one").lstat().st_ino == (root / "two").lstat().st_ino
    rename(guest, "one", "three")
    guest.wasi.commit()
    assert (root / "three").lstat().st_ino == (root / "two").lstat().st_ino
    assert (root / "three").readlink().name == "a.txt"


def test_going_back_before_a_commit_shows_what_it_replaced(guest: Guest, root: Path) -> None:
    first = guest.wasi.snapshot()
    guest.opened("a.txt", OFlags.TRUNC, READ_WRITE)
    guest.call("path_unlink_file", 3, "sub/b.txt")
    Files(guest.wasi).commit()
    assert (root / "a.txt").read_text() == ""
    guest.wasi.restore(first)
    assert guest.content("a.txt") == b"alpha"
    assert guest.content("sub/b.txt") == b"beta"
    Files(guest.wasi).commit()
    assert (root / "a.txt").read_text() == "alpha"
    assert (root / "sub" / "b.txt").read_text() == "beta"


# What a commit refuses


@pytest.mark.parametrize("what", ["modified", "removed", "added"])
def test_file_that_changed_meanwhile_is_not_overwritten(
    guest: Guest, root: Path, what: str
) -> None:
    if what == "modified":
        write(guest, "a.txt", b"guest")
    elif what == "removed":
        guest.call("path_unlink_file", 3, "a.txt")
    else:
        write(guest, "b.txt", b"guest")
    name = "b.txt" if what == "added" else "a.txt"
    guest.entries(guest.directory("."))
    (root / name).write_text("by another program")
    before = picture(root)
    with pytest.raises(CommitError, match=r"changed since.*nothing was written"):
        guest.wasi.commit()
    assert picture(root) == before


def test_directory_with_a_file_that_came_meanwhile_is_not_removed(guest: Guest, root: Path) -> None:
    rename(guest, "sub", "moved")
    guest.entries(guest.directory("moved"))
    (root / "sub" / "later").write_text("came meanwhile")
    with pytest.raises(CommitError, match="sub/later has changed"):
        guest.wasi.commit()
    assert (root / "sub" / "later").exists()


@pytest.mark.parametrize("name", [f"{RESERVED}.writing", f"dir/{RESERVED}-0-0.old"])
def test_guest_cannot_make_the_files_of_a_commit(guest: Guest, root: Path, name: str) -> None:
    guest.call("path_create_directory", 3, "dir")
    write(guest, name, b"{}")
    before = picture(root)
    with pytest.raises(CommitError, match="is reserved for commits"):
        guest.wasi.commit()
    assert picture(root) == before


def test_directories_nested_too_deep_are_not_written(guest: Guest, root: Path) -> None:
    before, fd = picture(root), 3
    for _ in range(1001):
        guest.call("path_create_directory", fd, "d")
        fd = guest.directory("d", fd=fd)
    with pytest.raises(CommitError, match="nested deeper than 1000"):
        guest.wasi.commit()
    assert picture(root) == before


def test_commit_while_another_is_at_work_is_refused(guest: Guest, root: Path) -> None:
    class Meanwhile(Disk):
        def sync(self, fd: int) -> None:
            with pytest.raises(CommitError, match="another commit is writing"):
                Wasi(dirs={"/": root}).commit()
            super().sync(fd)

    write(guest, "new", b"x")
    guest.wasi.commit(Meanwhile())
    assert (root / "new").exists()


def test_system_that_follows_links_does_not_commit(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wasmlab.host.wasi.fs.commit.interrupted.has_dir_fd", lambda: False)
    write(guest, "new", b"x")
    for attempted in (guest.wasi.prepare_commit, guest.wasi.commit):
        with pytest.raises(CommitError, match="cannot write to a directory without following"):
            attempted()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"wasmlab": 1, "token": "0123456789abcdef", "steps": [[[".."], "x", true, false]]}',
        '{"wasmlab": 1, "token": "0123456789abcdef", "steps": [[[], "../x", true, false]]}',
        '{"wasmlab": 1, "token": "../../../../../a", "steps": [[[], "x", true, false]]}',
        '{"wasmlab": 1, "token": "0123456789abcdef", "steps": [[[], "x", 1, false]]}',
        '{"wasmlab": 2, "token": "0123456789abcdef", "steps": []}',
        '{"wasmlab": 1, "token": "0123456789abcdef", "steps": [["ab"]]}',
        '{"wasmlab": 1, "token": 5, "steps": []}',
    ],
)
def test_journal_that_no_commit_wrote_is_refused(root: Path, text: str) -> None:
    (root / f"{RESERVED}.writing").write_text(text)
    before = picture(root.parent)
    for undo in (False, True):
        with pytest.raises(CommitError, match="is not the journal of a commit"):
            resume(str(root), undo=undo)
    assert picture(root.parent) == before


@pytest.mark.parametrize("state", ["part", "staging", "writing", "undoing", "removing"])
@pytest.mark.parametrize("kind", ["directory", "link", "pipe"])
def test_journal_that_is_no_file_is_refused(root: Path, state: str, kind: str) -> None:
    journal = root / f"{RESERVED}.{state}"
    if kind == "directory":
        journal.mkdir()
    elif kind == "link":
        journal.symlink_to("a.txt")
    else:
        os.mkfifo(journal)
    before = picture(root.parent)
    for undo in (False, True):
        with pytest.raises(CommitError, match="is not the journal of a commit"):
            resume(str(root), undo=undo, trust=True)
    with pytest.raises(CommitError, match="is not the journal of a commit"):
        Wasi(dirs={"/": root}).prepare_commit()
    assert picture(root.parent) == before


def test_journal_follows_no_link(root: Path) -> None:
    (root / "out").symlink_to("../outside")
    steps = '[[["out"], "file", true, false]]'
    journal = f'{{"wasmlab": 1, "token": "0123456789abcdef", "steps": {steps}}}'
    (root / f"{RESERVED}.writing").write_text(journal)
    before = picture(root.parent / "outside")
    with pytest.raises(OSError, match="out"):
        resume(str(root), undo=False, trust=True)
    assert picture(root.parent / "outside") == before


# Faults


def test_every_file_survives_faults_at_calls_of_a_commit(tmp_path: Path) -> None:
    found = known(tmp_path)
    tried = list(faults(found))[::SAMPLE]
    assert {fault.errno for fault, _ in tried} == {fault.errno for fault in FAULTS}
    for number, (fault, undo) in enumerate(tried):
        attempt(found, case(tmp_path / str(number)), fault, undo=undo)


def test_every_file_survives_two_kills(tmp_path: Path) -> None:
    found = known(tmp_path)
    for at in range(found.calls // 2, found.calls, found.calls // 7):
        for again in (5, 30, 80):
            for undo in (False, True):
                base = tmp_path / f"{at}-{again}-{undo}"
                attempt_twice(found, case(base), at, again, undo=undo)


def test_full_disk_changes_nothing_and_says_so(guest: Guest, root: Path) -> None:
    rename(guest, "a.txt", "moved")
    write(guest, "new", b"x" * 9000)
    before = picture(root)
    full = FaultyDisk(Fault(2, ENOSPC, stays=True, only="write"))
    with pytest.raises(CommitError, match="No space left on device; nothing was written"):
        guest.wasi.commit(full)
    assert picture(root) == before
    guest.wasi.commit()
    assert (root / "new").stat().st_size == 9000


@pytest.mark.parametrize("only", ["create", "rename", "sync"])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 6])
def test_error_in_one_directory_takes_all_back(root: Path, only: str, at: int) -> None:
    before = picture(root.parent)
    with Wasi(dirs={"/a": root, "/b": root.parent / "outside"}) as wasi:
        guest = Guest(wasi)
        write(guest, "a.txt", b"ALPHA", fd=3)
        write(guest, "file", b"do write", fd=4)
        disk = FaultyDisk(Fault(min(at, 4) if only == "create" else at, EIO, only=only))
        with pytest.raises(CommitError, match="nothing was written"):
            wasi.commit(disk)
        assert picture(root.parent) == before
        wasi.commit()
    assert (root.parent / "outside" / "file").read_text().startswith("do write")
    assert (root / "a.txt").read_text() == "ALPHA"


def test_control_c_takes_everything_back(guest: Guest, root: Path) -> None:
    class Pressed(FaultyDisk):
        def rename(self, at: int, old: str, name: str) -> None:
            super().rename(at, old, name)
            if name == "new" and not self.struck:
                self.struck = True
                raise KeyboardInterrupt

    rename(guest, "a.txt", "moved")
    write(guest, "new", b"x")
    before = picture(root)
    with pytest.raises(KeyboardInterrupt):
        guest.wasi.commit(Pressed(Fault(errno=EIO)))
    assert picture(root) == before


@pytest.mark.parametrize("undo", [False, True])
def test_commit_that_was_killed_is_finished_or_undone_by_the_user(
    guest: Guest, root: Path, *, undo: bool
) -> None:
    rename(guest, "a.txt", "moved")
    write(guest, "new", b"x")
    before = picture(root)
    with pytest.raises(Killed):
        guest.wasi.commit(FaultyDisk(Fault(4, only="rename")))
    assert f"{RESERVED}.writing" in picture(root)
    with pytest.raises(CommitError, match=r"interrupted.*wasmlab commit .*--undo") as caught:
        Wasi(dirs={"/": root}).prepare_commit()
    assert str(root) in str(caught.value)
    resume(str(root), undo=undo)
    after = picture(root)
    assert ("new" in after) is not undo
    assert (after == before) is undo
    assert Wasi(dirs={"/": root}).prepare_commit() == []


@pytest.mark.parametrize(("only", "written"), [("create", False), ("rmdir", True)])
def test_commit_that_was_killed_before_or_after_it_wrote_is_cleared_up(
    guest: Guest, root: Path, only: str, *, written: bool
) -> None:
    write(guest, "new", b"x")
    guest.call("path_unlink_file", 3, "sub/b.txt")
    guest.call("path_remove_directory", 3, "sub/deep")
    guest.call("path_remove_directory", 3, "sub")
    with pytest.raises(Killed):
        guest.wasi.commit(FaultyDisk(Fault(2 if only == "create" else 1, only=only)))
    (note,) = Wasi(dirs={"/": root}).prepare_commit()
    assert ("all of it was written" in note) is written
    assert (root / "new").exists() is written
    assert not [path for path in picture(root) if RESERVED in path]


NO_JOURNALS: list[list[object]] = [
    [[[], "\ud800", True, True]],
    [[["\ud800"], "x", True, True]],
    [[[], "f", True, False]] * 3,
    [[[], "f", False, True], [[], "f", True, False]],
]


@pytest.mark.parametrize("undo", [False, True])
@pytest.mark.parametrize("steps", NO_JOURNALS)
def test_journal_that_no_commit_writes_is_refused(
    steps: list[object], tmp_path: Path, *, undo: bool
) -> None:
    (tmp_path / "f").write_text("mine")
    journal = {"wasmlab": 1, "token": "0123456789abcdef", "steps": steps}
    (tmp_path / f"{RESERVED}.writing").write_text(json.dumps(journal))
    with pytest.raises(CommitError, match="not the journal"):
        resume(str(tmp_path), undo=undo)
    assert (tmp_path / "f").read_text() == "mine"


def test_undo_leaves_what_took_the_place_of_nothing_that_was_kept(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("mine")
    step: list[object] = [[], "f", True, True]
    journal = {"wasmlab": 1, "token": "0123456789abcdef", "steps": [step]}
    (tmp_path / f"{RESERVED}.writing").write_text(json.dumps(journal))
    resume(str(tmp_path), undo=True, trust=True)
    assert (tmp_path / "f").read_text() == "mine"


# Journals of strangers


@pytest.mark.parametrize("undo", [False, True])
@pytest.mark.parametrize("state", ["staging", "writing", "undoing", "removing"])
def test_journal_that_is_not_noted_is_refused_and_removes_nothing(
    root: Path, state: str, *, undo: bool
) -> None:
    digits = "0123456789abcdef"
    steps: list[object] = [[[], "a.txt", True, False], [["sub"], "b.txt", True, True]]
    journal = {"wasmlab": 1, "token": digits, "steps": steps}
    (root / f"{RESERVED}.{state}").write_text(json.dumps(journal))
    for name in (f"{RESERVED}-{digits}-0.new", f"{RESERVED}-{digits}-0.old"):
        (root / name).write_text("mine")
    (root / "sub" / f"{RESERVED}-{digits}-1.new").write_text("theirs")
    before = picture(root)
    with pytest.raises(CommitError, match=r"not known here.*remove 2 names.*--trust-journal"):
        resume(str(root), undo=undo)
    with (
        Wasi(dirs={"/": root}) as wasi,
        pytest.raises(CommitError, match="--trust-journal"),
    ):
        wasi.prepare_commit()
    assert picture(root) == before


def test_journal_that_was_changed_after_it_was_noted_is_refused(guest: Guest, root: Path) -> None:
    write(guest, "new", b"x")
    with pytest.raises(Killed):
        guest.wasi.commit(FaultyDisk(Fault(2, only="rename")))
    (journal,) = root.glob(f"{RESERVED}.*")
    journal.write_text(journal.read_text().replace('"new"', '"a.txt"'))
    before = picture(root)
    with pytest.raises(CommitError, match="not known here"):
        resume(str(root), undo=False)
    assert picture(root) == before


@pytest.mark.parametrize("undo", [False, True])
def test_commit_goes_on_without_its_note_if_the_user_trusts_the_journal(
    guest: Guest, root: Path, state: Path, *, undo: bool
) -> None:
    write(guest, "new", b"x")
    with pytest.raises(Killed):
        guest.wasi.commit(FaultyDisk(Fault(3, only="rename")))
    shutil.rmtree(state)
    with pytest.raises(CommitError, match="not known here"):
        resume(str(root), undo=undo)
    resume(str(root), undo=undo, trust=True)
    assert (root / "new").exists() is not undo


def test_commit_where_no_note_can_be_made_is_made_or_taken_back(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no directory")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    before = picture(root)
    with Wasi(dirs={"/": root}) as wasi:
        guest = Guest(wasi)
        write(guest, "new", b"x")
        with pytest.raises(CommitError, match="nothing was written"):
            wasi.commit(FaultyDisk(Fault(3, ENOSPC, only="rename")))
        assert picture(root) == before
        wasi.commit()
    assert (root / "new").read_bytes() == b"x"


@pytest.mark.parametrize("killed", [False, True])
def test_note_is_gone_when_the_commit_is_over(guest: Guest, state: Path, *, killed: bool) -> None:
    write(guest, "new", b"x")
    if killed:
        with pytest.raises(Killed):
            guest.wasi.commit(FaultyDisk(Fault(2, only="rename")))
        assert len(list((state / "wasmlab" / "commits").iterdir())) == 1
    guest.wasi.commit()
    assert not list((state / "wasmlab" / "commits").iterdir())
