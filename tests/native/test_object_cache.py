"""Compiled objects are written whole or not at all, and never trusted blindly."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wasmlab import cache
from wasmlab.native.cache import compile_lock
from wasmlab.native.cache.compile_lock import locked
from wasmlab.native.cache.object_cache import cached, is_cached
from wasmlab.sources import digest_of_sources, sources_in

if TYPE_CHECKING:
    from collections.abc import Callable


def use_folder(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(cache, "folder", lambda: str(path))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cache"
    use_folder(monkeypatch, path)
    return path


def test_second_time_the_object_is_read(folder: Path) -> None:
    assert cached("key", lambda: b"made") == b"made"
    assert cached("key", lambda: b"other") == b"made"
    assert cached("key2", lambda: b"other") == b"other"
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 200])
def test_damaged_object_is_made_again(folder: Path, damage: bytes) -> None:
    cached("key", lambda: b"made")
    (folder / "key.o").write_bytes(damage)
    assert cached("key", lambda: b"again") == b"again"
    assert cached("key", lambda: b"never") == b"again"


def test_truncated_object_is_made_again(folder: Path) -> None:
    cached("key", lambda: b"made" * 1000)
    file = folder / "key.o"
    file.write_bytes(file.read_bytes()[:-1])
    assert cached("key", lambda: b"again") == b"again"


def test_folder_that_cannot_be_made_costs_only_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    use_folder(monkeypatch, tmp_path / "file" / "no")
    assert cached("key", lambda: b"made") == b"made"


def test_full_disk_leaves_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: str, _target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert cached("key", lambda: b"made") == b"made"
    assert list(folder.iterdir()) == []


def test_several_at_once_leave_one_whole_object(folder: Path) -> None:
    def make(i: int) -> bytes:
        return cached("key", lambda: bytes([i]) * 5000)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(8)))
    assert all(len(set(data)) == 1 for data in made)
    assert [file.name for file in folder.iterdir()] == ["key.o"]
    assert len(cached("key", lambda: b"")) == 5000


KILLED = """
import os, sys
from wasmlab import cache
from wasmlab.native.cache import object_cache

def wait(*_args):
    print("here", flush=True)
    sys.stdin.read()
    return b""

cache.folder = lambda: sys.argv[1]
if sys.argv[2] == "compiling":
    object_cache.cached("key", wait)
else:
    os.replace = wait
    object_cache.cached("key", lambda: b"half" * 1000)
"""


@pytest.mark.parametrize("where", ["compiling", "writing"])
def test_killed_process_leaves_no_object(folder: Path, where: str) -> None:
    command = [sys.executable, "-c", KILLED, str(folder), where]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        process.kill()
    assert not is_cached("key")
    assert cached("key", lambda: b"whole") == b"whole"
    assert cached("key", lambda: b"never") == b"whole"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_disk_that_fills_up_while_writing_leaves_no_object(folder: Path) -> None:
    script = (
        "import resource, sys;"
        "from wasmlab import cache; from wasmlab.native.cache import object_cache;"
        "cache.folder = lambda: sys.argv[1];"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000));"
        "sys.exit(object_cache.cached('key', lambda: b'x' * 9000) != b'x' * 9000)"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)
    assert list(folder.iterdir()) == []
    assert cached("key", lambda: b"whole") == b"whole"


@pytest.mark.skipif(os.name != "posix", reason="files have no owners")
def test_object_of_another_user_is_made_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached("key", lambda: b"made")
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert cached("key", lambda: b"again") == b"again"


def test_object_that_another_makes_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    makes, begun, waited = list[int](), threading.Event(), threading.Event()

    def make() -> bytes:
        makes.append(len(makes))
        begun.set()
        assert len(makes) > 1 or waited.wait(60)
        waited.set()
        return b"made"

    def sleep(_seconds: float) -> None:
        waited.set()

    monkeypatch.setattr(compile_lock, "sleep", sleep)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cached, "key", make)
        assert begun.wait(60)
        assert pool.submit(cached, "key", make).result() == first.result() == b"made"
    assert len(makes) == 1
    assert [path.suffix for path in folder.iterdir()] == [".o"]


def _leave_file(path: Path) -> None:
    path.write_bytes(b"12345")


def _leave_link(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize("leave", [_leave_file, _leave_link, Path.mkdir, os.mkfifo])
def test_lock_that_is_left_or_is_no_plain_file_hinders_nothing(
    folder: Path, leave: Callable[[Path], object]
) -> None:
    folder.mkdir()
    leave(folder / "key.lock")
    assert cached("key", lambda: b"made") == b"made"
    assert is_cached("key")
    assert not (folder / "elsewhere").exists()


def test_lock_that_is_never_given_up_is_passed_over(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    with locked(path), locked(path, patience=0):
        assert (tmp_path / "lock").exists()


def test_lock_of_a_make_that_fails_is_given_up(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        cached("key", lambda: bytes(1 // 0))
    assert cached("key", lambda: b"made") == b"made"
    assert [path.suffix for path in folder.iterdir()] == [".o"]


def test_files_not_used_for_longest_make_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "LIMIT", 250)
    used, old, older, new = (digit * 64 for digit in "abcd")
    for age, key in enumerate((used, old, older), 1):
        cached(key, lambda: b"x" * 60)
        os.utime(folder / f"{key}.o", (1000 - age, 1000 - age))
    assert cached(used, lambda: b"") == b"x" * 60
    cached(new, lambda: b"x" * 60)
    assert {file.stem for file in folder.iterdir()} == {used, new}


def test_files_of_the_user_make_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LIMIT", 50)
    folder.mkdir()
    for name in ("README.md", "thesis", f"{'a' * 64}", f"{'x' * 64}.o"):
        (folder / name).write_bytes(b"x" * 60)
        os.utime(folder / name, (1000, 1000))
    for key in ("a" * 64, "b" * 64):
        cached(key, lambda: b"x" * 60)
    assert len(list(folder.iterdir())) == 5


def test_digest_of_sources_changes_with_a_file_in_a_new_folder(tmp_path: Path) -> None:
    sources = tmp_path / "isa"
    sources.mkdir()
    (sources / "row.py").write_text("rows = 1")
    before = digest_of_sources(("isa",), str(tmp_path))
    assert digest_of_sources(("isa",), str(tmp_path)) == before
    digest_of_sources.cache_clear()
    sources_in.cache_clear()
    (sources / "vector").mkdir()
    (sources / "vector" / "lane.py").write_text("lanes = 4")
    assert digest_of_sources(("isa",), str(tmp_path)) != before


def test_digest_of_sources_changes_when_a_file_moves(tmp_path: Path) -> None:
    (tmp_path / "isa" / "vector").mkdir(parents=True)
    source = tmp_path / "isa" / "lane.py"
    source.write_text("lanes = 4")
    before = digest_of_sources(("isa",), str(tmp_path))
    digest_of_sources.cache_clear()
    sources_in.cache_clear()
    source.rename(tmp_path / "isa" / "vector" / "lane.py")
    assert digest_of_sources(("isa",), str(tmp_path)) != before
