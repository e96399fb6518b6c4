"""Notes count only where this user alone can have left them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import platformdirs
import pytest

from wasmlab.notes import read_note, write_note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

posix_only = pytest.mark.skipif(os.name != "posix", reason="files have no owners")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the notes of the kind "kind" are."""

    def state(_app: str) -> Path:
        return tmp_path / "state"

    monkeypatch.setattr(platformdirs, "user_state_path", state)
    return tmp_path / "state" / "kind"


def _by_link(note: Path) -> None:
    note.replace(note.with_name("elsewhere"))
    note.symlink_to(note.with_name("elsewhere"))


def _by_pipe(note: Path) -> None:
    note.unlink()
    os.mkfifo(note)


def _by_open_folder(note: Path) -> None:
    note.parent.chmod(0o777)


def _by_open_file(note: Path) -> None:
    note.chmod(0o666)


def test_note_is_read_as_it_was_written(folder: Path) -> None:
    assert read_note("kind", "name") is None
    write_note("kind", "name", "text")
    assert read_note("kind", "name") == "text"
    (folder / "name").write_bytes(b"\xff")
    assert read_note("kind", "name") is None


@posix_only
@pytest.mark.parametrize("left", [_by_link, _by_pipe, _by_open_folder, _by_open_file])
def test_note_that_another_may_have_left_is_none(
    left: Callable[[Path], None], folder: Path
) -> None:
    write_note("kind", "name", "text")
    left(folder / "name")
    assert read_note("kind", "name") is None


@posix_only
def test_note_of_another_user_is_none_and_cannot_be_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_note("kind", "name", "text")
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert read_note("kind", "name") is None
    with pytest.raises(PermissionError):
        write_note("kind", "other", "text")


@posix_only
def test_folder_that_others_may_write_to_is_closed_by_the_next_note(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    write_note("kind", "name", "text")
    assert read_note("kind", "name") == "text"
