"""Compiled objects are written whole or not at all, and never trusted blindly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wasmlab.native import object_cache
from wasmlab.native.object_cache import cached


def use_folder(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    def user_cache_path(_name: str) -> Path:
        return path

    monkeypatch.setattr(object_cache, "user_cache_path", user_cache_path)


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


def test_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
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
