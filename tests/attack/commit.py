"""Commits under faults: ``make attack``. An error, a full disk or a kill at each call of a commit.

After each, every file is on the disk with its old content or its new one, nothing outside is
touched, and the commit can be finished or taken back, even if that is killed too. Then guests that
do anything, in directories that contain one another: nothing outside is touched, and the host has
what the guest saw.
"""

from __future__ import annotations

import random
import shutil
import time
from contextlib import contextmanager, suppress
from errno import EIO, ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING

from tests.attack.disk import Fault, FaultyDisk, Killed
from tests.attack.tally import Tally
from tests.attack.trees import (
    Picture,
    act,
    change,
    furnish,
    overlays,
    picture,
    plain,
    scatter,
    shown,
)
from tests.host.guest import Guest
from wasmlab.errors import CommitError
from wasmlab.host.wasi.fs.changes import changes
from wasmlab.host.wasi.fs.commit.interrupted import resume
from wasmlab.host.wasi.fs.commit.journal import RESERVED
from wasmlab.host.wasi.fs.memory import ROOT, TreeVolume
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

FAULTS = (
    Fault(errno=ENOSPC),
    Fault(errno=ENOSPC, stays=True),
    Fault(errno=EIO),
    Fault(errno=EIO, stays=True),
    Fault(),
)


class Case(NamedTuple):
    """A host directory, furnished anew, and a guest that has changed its overlay."""

    base: Path
    guest: Guest

    @property
    def root(self) -> Path:
        return self.base / "root"


def case(base: Path) -> Case:
    """Return a case in an empty directory."""
    (base / "outside").mkdir(parents=True)
    (base / "outside" / "file").write_text("do not touch")
    (base / "root").mkdir()
    furnish(base / "root")
    guest = Guest(Wasi(dirs={"/": base / "root"}))
    change(guest)
    return Case(base, guest)


class Known(NamedTuple):
    """What the directory is before a commit and after it, and how many calls that takes."""

    old: Picture
    new: Picture
    outside: Picture
    calls: int


def known(folder: Path) -> Known:
    """Return what comes of a commit without faults; it must be what the guest sees."""
    made = case(folder / "known")
    old, outside = picture(made.root), picture(made.base / "outside")
    disk = FaultyDisk()
    made.guest.wasi.commit(disk)
    new = picture(made.root)
    (volume,) = overlays(made.guest)
    assert plain(new) == shown(volume)
    assert not [path for path in new if RESERVED in path]
    assert picture(made.base / "outside") == outside
    return Known(old, new, outside, disk.calls)


def check(found: Known, base: Path) -> None:
    """Check what a fault left: names have old or new content, and no content is gone."""
    now = picture(base / "root")
    assert picture(base / "outside") == found.outside
    old, new = plain(found.old), plain(found.new)
    for path, what in plain(now).items():
        assert what in (old.get(path), new.get(path)), path
    states = [path for path in now if path.startswith(f"{RESERVED}.")]
    kept = {seen.content for seen in now.values() if seen.kind == "file"}
    wanted = new if now == found.new or f"{RESERVED}.removing" in states else old
    lost = {content for kind, content in wanted.values() if kind == "file"} - kept
    assert not lost, len(lost)
    if not states:
        assert now in (found.old, found.new), states


def attempt(found: Known, made: Case, fault: Fault, *, undo: bool) -> None:
    """Commit with a fault, check what is left, and come to the end that is wanted."""
    try:
        made.guest.wasi.commit(FaultyDisk(fault))
    except Killed:
        check(found, made.base)
    except CommitError as error:
        check(found, made.base)
        assert_said(found, made, str(error))
    settled(found, made, undo=undo)


def assert_said(found: Known, made: Case, message: str) -> None:
    """Check that a message says what is on the disk."""
    now = picture(made.root)
    if "nothing was written" in message:
        assert now == found.old
    elif "all changes are written" in message:
        assert plain(now) == plain(found.new)
    else:
        assert "was interrupted" in message


def settled(found: Known, made: Case, *, undo: bool) -> None:
    """Finish a commit or take it back, as the user is told to, then make it again."""
    with Wasi(dirs={"/": made.root}) as later:
        try:
            later.prepare_commit()
        except CommitError:
            resume(str(made.root), undo=undo)
            assert picture(made.root) == (found.old if undo else found.new)
    now = picture(made.root)
    assert now in (found.old, found.new)
    if now == found.old:
        made.guest.wasi.commit()
    assert picture(made.root) == found.new
    assert picture(made.base / "outside") == found.outside


def attempt_twice(found: Known, made: Case, at: int, again: int, *, undo: bool) -> None:
    """Kill a commit, then what goes on with it, then go on."""
    with suppress(Killed):
        made.guest.wasi.commit(FaultyDisk(Fault(at)))
    with suppress(Killed, CommitError):
        resume(str(made.root), undo=undo, disk=FaultyDisk(Fault(again)))
    check(found, made.base)
    settled(found, made, undo=undo)


def faults(found: Known) -> Iterator[tuple[Fault, bool]]:
    """Yield every fault at every call, to be finished and to be undone."""
    for number in range(1, found.calls + 1):
        for fault in FAULTS:
            for undo in (False, True):
                yield fault._replace(at=number), undo


# Guests that do anything


def hostile(folder: Path, seed: int) -> None:
    """Let a guest with random directories do random things, twice; commit; compare."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    work, outside = folder / "work", folder / "outside"
    for made in (work, outside):
        made.mkdir(parents=True)
        scatter(made, chance)
    (outside / "file").unlink(missing_ok=True)
    (outside / "file").write_text("do not touch")
    dirs = _dirs(work, chance)
    hosts = [Path(directory.host or "").resolve() for directory in dirs.values()]
    writable = [h for h, d in zip(hosts, dirs.values(), strict=True) if not d.readonly]
    before = picture(outside), _beside(work, writable)
    try:
        wasi = Wasi(dirs=dirs)
    except CommitError:  # a link that the guest may have made
        return
    with wasi:
        guest = Guest(wasi)
        for _ in range(2):
            for _ in range(chance.randrange(1, 30)):
                act(guest, chance, list(range(3, 3 + len(dirs))))
            wasi.commit()
            assert (picture(outside), _beside(work, writable)) == before
            _check_same(guest, hosts)


def _dirs(work: Path, chance: random.Random) -> dict[str, Dir]:
    below = [path for path in work.rglob("*") if path.is_dir()]
    inside = [work, *(path for path in below if path.resolve().is_relative_to(work.resolve()))]
    found: dict[str, Dir] = {}
    for number in range(chance.randrange(1, 4)):
        path = chance.choice(inside)
        host = chance.choice((str(path), f"{path}/.", f"{path.resolve()}/../{path.resolve().name}"))
        found[f"/{number}"] = Dir(host, readonly=chance.random() < 0.2)
    return found


def _beside(work: Path, roots: list[Path]) -> dict[str, tuple[str, bytes]]:
    """Return what is in no directory that the guest may write."""
    real = work.resolve()
    return {
        path: what
        for path, what in plain(picture(work)).items()
        if not any((real / path).is_relative_to(root) for root in roots)
    }


def _check_same(guest: Guest, hosts: list[Path]) -> None:
    """Check that the host has what the guest sees, in its outermost directories."""
    for number, host in enumerate(hosts, 3):
        descriptor = guest.wasi.descriptor(number)
        volume = descriptor.volume
        if volume in overlays(guest) and descriptor.handle == ROOT:
            assert isinstance(volume, TreeVolume)
            assert not changes(volume)
            assert plain(picture(host)) == shown(volume)


# All of it


def attack(seconds: float, seed: int, folder: Path) -> list[Tally]:
    """Try every fault, then random kills of what follows a kill, then random guests."""
    found = known(folder)
    tried = list(faults(found))
    for number, (fault, undo) in enumerate(tried):
        with _fresh(folder, f"fault{number}") as base:
            attempt(found, case(base), fault, undo=undo)
    chance = random.Random(seed)  # noqa: S311 - repeatable
    twice = guests = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with _fresh(folder, f"twice{twice}") as base:
            at, again = chance.randrange(1, found.calls + 1), chance.randrange(1, found.calls + 1)
            attempt_twice(found, case(base), at, again, undo=chance.random() < 0.5)
        twice += 1
        for _ in range(5):
            with _fresh(folder, f"guest{guests}") as base:
                hostile(base, seed + guests)
            guests += 1
    whole = "no file lost, nothing outside touched, finished or undone afterwards"
    same = "nothing outside touched; the host has what the guest saw"
    faulty = f"commits with ENOSPC, EIO or a kill at each of {found.calls} system calls"
    return [
        Tally(faulty, len(tried), whole),
        Tally("commits killed, then killed again while they are resumed", twice, whole),
        Tally("commits of guests that do anything, with nested grants", guests, same),
    ]


@contextmanager
def _fresh(folder: Path, name: str) -> Generator[Path]:
    base = folder / name
    yield base
    shutil.rmtree(base)
