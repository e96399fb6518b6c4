"""Where files of the cache are, and what notices damage in them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import platformdirs
import pytest

from wasmlab import cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

posix_only = pytest.mark.skipif(os.name != "posix", reason="files have no owners")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cache"
    monkeypatch.setattr(cache, "folder", lambda: path)
    return path


@pytest.mark.parametrize("home", [None, "/home/x", "", "relative"])
@pytest.mark.parametrize("named", [None, "", " ", "/somewhere", "~/there", " /x ", "relative"])
def test_folder_is_that_of_platformdirs(
    named: str | None, home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in (("XDG_CACHE_HOME", named), ("HOME", home)):
        if value is not None:
            monkeypatch.setenv(variable, value)
        elif variable != "HOME":
            monkeypatch.delenv(variable, raising=False)
    assert cache.folder() == platformdirs.user_cache_dir("wasmlab")


@pytest.mark.parametrize("size", [0, 1, (1 << 16) - 1, 1 << 16, 1 << 17])
def test_digest_of_any_size_is_32_bytes_that_change_with_a_bit(size: int) -> None:
    data = bytearray(size)
    before = cache.digest(bytes(data))
    assert len(before) == 32
    if data:
        data[-1] ^= 1
        assert cache.digest(bytes(data)) != before
    assert cache.digest(bytes(data) + b"\0") != before


def _renamed(folder: Path) -> None:
    (folder / "one").replace(folder / "two")


def _linked(folder: Path) -> None:
    (folder / "two").hardlink_to(folder / "one")


def _copied(folder: Path) -> None:
    (folder / "two").write_bytes((folder / "one").read_bytes())


@pytest.mark.parametrize("swap", [_renamed, _linked, _copied])
def test_read_of_what_was_written_under_another_name_is_none(
    swap: Callable[[Path], None], folder: Path
) -> None:
    cache.write("one", b"first")
    swap(folder)
    assert cache.read("two") is None


@posix_only
@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_folder_that_others_may_write_to_is_not_believed_and_closed_by_the_next_write(
    mode: int, folder: Path
) -> None:
    cache.write("one", b"first")
    folder.chmod(mode)
    assert cache.read("one") is None
    cache.write("one", b"second")
    assert cache.read("one") == b"second"
    assert stat.S_IMODE(folder.stat().st_mode) == mode & ~0o022


@posix_only
@pytest.mark.parametrize("mode", [0o660, 0o602])
def test_file_that_others_may_write_to_is_not_believed(mode: int, folder: Path) -> None:
    cache.write("one", b"first")
    (folder / "one").chmod(mode)
    assert cache.read("one") is None


@posix_only
def test_folder_of_another_user_is_neither_read_nor_written_nor_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    cache.write("one", b"first")
    assert list(folder.iterdir()) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o777
