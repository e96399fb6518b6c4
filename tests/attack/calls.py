"""Random WASI calls while the host's directories change: ``make attack``.

Another process renames directories, puts links that lead out in their place and moves them away,
as fast as it can. Whatever the guest calls ends in an errno, a trap, an exit or a wait; it reads
nothing that is outside what it was given, and nothing there changes.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.attack.tally import Tally
from tests.attack.trees import NAMES, act, furnish, path_of, picture
from tests.host.guest import RESULT, SCRATCH, Guest, Memory
from wasmlab.errors import ProcExit, Trap, UsageError, WouldBlock
from wasmlab.host.wasi.abi import ROWS
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.quotas import Quotas
from wasmlab.host.wasi.wasi import Input, Wasi

if TYPE_CHECKING:
    from collections.abc import Generator
    from multiprocessing.synchronize import Event
    from pathlib import Path

    from wasmlab.host.wasi.fs.mount import Mode

SECRET = b"not for the guest"
OUT = ("../outside", "../../outside", "..", "/", "../outside/secret")
MODES: tuple[Mode, ...] = ("real", "overlay")
CALLS = 400
"""Calls of one guest."""


def furnished(folder: Path) -> tuple[Path, Path]:
    """Return a directory for a guest and one beside it, whose files have the secret in them."""
    work, outside = folder / "work", folder / "outside"
    for made in (work, outside):
        made.mkdir(parents=True)
        furnish(made)
    for path in outside.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.write_bytes(SECRET)
    (outside / "secret").write_bytes(SECRET)
    for name in NAMES:
        (outside / "d" / SECRET.decode().replace(" ", name)).write_bytes(SECRET)
    return work, outside


@contextmanager
def changing(work: Path, elsewhere: Path, seed: int) -> Generator[None]:
    """Have another process change a directory meanwhile."""
    elsewhere.mkdir()
    context = multiprocessing.get_context("spawn")
    over = context.Event()
    process = context.Process(target=_change, args=(work, elsewhere, seed, over), daemon=True)
    process.start()
    try:
        yield
    finally:
        over.set()
        process.join()
    assert process.exitcode == 0, process.exitcode


def _change(work: Path, elsewhere: Path, seed: int, over: Event) -> None:
    """Swap directories with links that lead out, and move them away and back, until told to end."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    while not over.is_set():
        *above, name = path_of(chance).split("/")
        with suppress(OSError), _opened(work, above) as folder:
            away = elsewhere / f"{chance.randrange(4)}"
            match chance.randrange(4):
                case 0:
                    os.rename(name, away, src_dir_fd=folder)
                case 1:
                    os.rename(name, away, src_dir_fd=folder)
                    os.symlink(chance.choice(OUT), name, dir_fd=folder)
                    os.sched_yield()
                    os.unlink(name, dir_fd=folder)
                    os.rename(away, name, dst_dir_fd=folder)
                case 2:
                    os.rename(away, name, dst_dir_fd=folder)
                case _:
                    os.mkdir(name, dir_fd=folder)


@contextmanager
def _opened(root: Path, names: list[str]) -> Generator[int]:
    """Open a directory below another one, following no link, as the guest may have made some."""
    fd = os.open(root, os.O_DIRECTORY)
    try:
        for name in names:
            inner = os.open(name, os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
            os.close(fd)
            fd = inner
        yield fd
    finally:
        os.close(fd)


def attempt(work: Path, mode: Mode, seed: int) -> int:
    """Let a guest make random calls in a directory that changes; return how many it made."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    quotas = Quotas(storage=1 << 20, written=1 << 24)
    try:
        wasi = Wasi(dirs={"/": Dir(work, mode=mode)}, stdin=Input(), quotas=quotas)
    except UsageError:  # the directory holds what no guest could name
        return 0
    with wasi:
        guest = Guest(wasi, Memory(bytearray(1 << 16)))
        fds = [3]
        for _ in range(CALLS):
            _call(guest, chance, fds)
            assert SECRET not in guest.memory.data, "the guest has read what is outside"
    return CALLS


def _call(guest: Guest, chance: random.Random, fds: list[int]) -> None:
    kind = chance.randrange(10)
    if kind < 5:
        act(guest, chance, fds)
    elif kind < 8:
        _look(guest, chance, fds)
    else:
        _anything(guest, chance)


def _look(guest: Guest, chance: random.Random, fds: list[int]) -> None:
    """Open a directory for later, or read what is at a path."""
    fd, path = chance.choice(fds), path_of(chance)
    with suppress(AssertionError):  # what the guest's own helpers expect of quiet directories
        match chance.randrange(4):
            case 0 if len(fds) < 9:
                fds.append(guest.directory(path, fd=fd))
            case 1:
                guest.content(path, fd=fd)
            case 2:
                guest.entries(chance.choice(fds))
            case _:
                guest.call("path_readlink", fd, path, bytes(64))


def _anything(guest: Guest, chance: random.Random) -> None:
    """Call any function with any arguments; descriptors and addresses are often good ones."""
    key = chance.choice(sorted(ROWS))
    row, args = ROWS[key], list[int]()
    for t in row.type.params:
        bits = 64 if str(t) == "i64" else 32
        args.append(chance.choice((0, 1, 3, 4, 8, SCRATCH, RESULT, chance.getrandbits(bits))))
    if key[1] in {"fd_close", "fd_renumber"} and 3 in args[:2]:
        return  # the directory is needed for the calls to come
    usual, guest.module = guest.module, key[0]
    with suppress(Trap, ProcExit, WouldBlock):
        assert isinstance(guest.raw(key[1], *args), Errno)
    guest.module = usual


def attack(seconds: float, seed: int, folder: Path) -> list[Tally]:
    """Let one guest after the other try, in both kinds of directories; return what was tried."""
    end, calls, guests = time.monotonic() + seconds, 0, 0
    while not guests or time.monotonic() < end:
        base = folder / f"calls{guests}"
        work, outside = furnished(base)
        before = picture(outside)
        with changing(work, base / "elsewhere", seed + guests):
            for number in range(10):
                calls += attempt(work, MODES[number % 2], seed + 10 * guests + number)
        assert picture(outside) == before, f"seed {seed + guests}: something outside has changed"
        guests += 1
    held = "an errno, a trap, an exit or a wait; nothing outside read or touched"
    return [Tally("WASI calls while another process renames and links directories", calls, held)]
