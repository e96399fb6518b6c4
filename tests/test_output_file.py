"""Output files: which are replaced, and what is left where writing fails."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from wasmlab.errors import WasmlabError, WouldReplace
from wasmlab.output_file import (
    Replacing,
    growing_file,
    need_replaceable,
    output_file,
    write_output,
)

RULE = Replacing()
OLD, NEW = b"old", b"new, and longer"


@pytest.fixture(autouse=True)
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "wasmlab" / "written"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder / "out"


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.parent.iterdir())


def test_what_wasmlab_wrote_is_replaced_until_another_program_changes_it(place: Path) -> None:
    for content in (OLD, NEW, b""):
        assert write_output(place, content, RULE)
        assert place.read_bytes() == content
    write_output(place, OLD, RULE)
    place.write_bytes(b"other")
    with pytest.raises(WouldReplace, match=r"wasmlab did not write it.*--force") as refused:
        write_output(place, NEW, RULE)
    assert "\n" not in str(refused.value)
    assert place.read_bytes() == b"other"
    assert names(place) == ["out"]


def test_file_of_another_program_is_replaced_by_force_only(place: Path) -> None:
    place.write_bytes(OLD)
    with pytest.raises(WouldReplace):
        need_replaceable(place, RULE)
    with pytest.raises(WouldReplace):
        growing_file(place, RULE)
    write_output(place, NEW, Replacing(force=True))
    write_output(place, OLD, RULE)  # it is wasmlab's now


def test_same_content_replaces_nothing_and_is_written(place: Path) -> None:
    place.write_bytes(OLD)
    os.utime(place, (1, 1))
    write_output(place, OLD, RULE)
    assert place.stat().st_mtime > 1
    write_output(place, NEW, RULE)


def test_empty_file_has_nothing_to_lose(place: Path) -> None:
    place.touch()
    write_output(place, NEW, RULE)


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_file_that_was_read_is_kept_under_every_name(
    place: Path, link: Callable[[Path, Path], None]
) -> None:
    write_output(place, OLD, RULE)
    other = place.with_name("other")
    link(place, other)
    for path in (place, other, place.parent / "." / "out"):
        with pytest.raises(WouldReplace, match="it was read here"):
            write_output(path, NEW, Replacing(read=[place]))
        with pytest.raises(WouldReplace, match="it was read here"):
            write_output(path, NEW, Replacing(read=[other]))
    assert place.read_bytes() == OLD
    write_output(place, NEW, Replacing(force=True, read=[place]))


def test_empty_file_that_was_read_is_kept(place: Path) -> None:
    place.touch()
    with pytest.raises(WouldReplace):
        write_output(place, NEW, Replacing(read=[place]))


def test_link_stays_a_link(place: Path) -> None:
    write_output(place, OLD, RULE)
    link = place.with_name("link")
    link.symlink_to(place)
    write_output(link, NEW, RULE)
    assert link.is_symlink()
    assert place.read_bytes() == NEW
    dangling = place.with_name("dangling")
    dangling.symlink_to("later")
    write_output(dangling, NEW, RULE)
    assert place.with_name("later").read_bytes() == NEW


def test_mode_is_kept_and_a_new_file_has_the_usual_one(place: Path) -> None:
    write_output(place, OLD, RULE)
    usual = place.with_name("usual")
    usual.touch()
    assert place.stat().st_mode == usual.stat().st_mode
    place.chmod(0o640)
    write_output(place, NEW, RULE)
    assert stat.S_IMODE(place.stat().st_mode) == 0o640


def test_error_while_writing_leaves_what_was_there(place: Path) -> None:
    write_output(place, OLD, RULE)

    def fail() -> None:
        with output_file(place, RULE) as file:
            file.write(NEW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert place.read_bytes() == OLD
    assert names(place) == ["out"]


def test_file_that_comes_meanwhile_is_kept(place: Path) -> None:
    def come() -> None:
        with output_file(place, RULE) as file:
            file.write(NEW)
            place.write_bytes(b"other")

    with pytest.raises(WouldReplace):
        come()
    assert place.read_bytes() == b"other"
    assert names(place) == ["out"]


def test_growing_file_is_there_at_once_in_place_of_what_was(place: Path) -> None:
    rule = Replacing(magic=b"new")
    with growing_file(place, rule) as file:
        file.write(NEW)
        assert place.read_bytes() == NEW
    with growing_file(place, rule) as file:
        assert place.read_bytes() == b""
        file.write(b"neither")
    with pytest.raises(WouldReplace):
        growing_file(place, rule)
    assert names(place) == ["out"]


def test_text_that_the_user_has_seen_is_replaced_and_stays_the_users(place: Path) -> None:
    place.write_bytes(OLD)
    write_output(place, NEW, Replacing(seen=lambda content: content == OLD))
    with pytest.raises(WouldReplace, match="not what was read there"):
        write_output(place, OLD, Replacing(seen=lambda content: content == OLD))
    with pytest.raises(WouldReplace):
        write_output(place, OLD, RULE)


def test_devices_and_pipes_are_written_to(place: Path) -> None:
    assert not write_output("/dev/null", NEW, Replacing(read=[Path("/dev/null")]))
    os.mkfifo(place)
    reading = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    assert not write_output(place, NEW, RULE)
    assert os.read(reading, 100) == NEW
    os.close(reading)
    assert stat.S_ISFIFO(place.stat().st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_open_stream_is_appended_to(place: Path, name: str) -> None:
    place.write_bytes(OLD)
    kept = os.dup(1)
    with place.open("ab") as file:
        os.dup2(file.fileno(), 1)
        try:
            assert not write_output(name, NEW, RULE)
        finally:
            os.dup2(kept, 1)
            os.close(kept)
    assert place.read_bytes() == OLD + NEW


@pytest.mark.parametrize("path", ["", "folder", "missing/out", "a\0b", "file/out"])
def test_path_that_cannot_be_written_is_said(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(WasmlabError, match="cannot write"):
        write_output(path, NEW, RULE)
    with pytest.raises(WasmlabError, match="cannot write"):
        growing_file(path, RULE)
    assert not list((tmp_path / "folder").iterdir())


def test_full_disk_is_said() -> None:
    with pytest.raises(WasmlabError, match=r"/dev/full: No space left"):
        write_output("/dev/full", NEW, RULE)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"3", b"x y", b"\xff" * 100, bytes(1 << 20), b"3 " + b"0" * 64]
)
def test_damaged_note_makes_the_file_anothers(place: Path, notes: Path, content: bytes) -> None:
    write_output(place, OLD, RULE)
    next(notes.iterdir()).write_bytes(content)
    with pytest.raises(WouldReplace):
        write_output(place, NEW, RULE)
    write_output(place, NEW, Replacing(force=True))
    write_output(place, OLD, RULE)


@pytest.mark.parametrize("obstacle", ["wasmlab", "wasmlab/written"])
def test_where_no_note_can_be_made_files_are_written_all_the_same(
    place: Path, notes: Path, obstacle: str
) -> None:
    path = notes.parents[1] / obstacle
    path.parent.mkdir(parents=True)
    path.write_text("in the way")
    write_output(place, OLD, RULE)
    write_output(place, OLD, RULE)
    with pytest.raises(WouldReplace):
        write_output(place, NEW, RULE)
    assert path.read_text() == "in the way"


def test_notes_do_not_grow_without_end(
    place: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wasmlab.notes.MOST_NOTES", 5)
    for number in range(30):
        path = place.with_name(str(number))
        write_output(path, OLD, RULE)
        write_output(path, NEW, RULE)
    assert 5 <= len(list(notes.iterdir())) <= 11


@pytest.mark.parametrize("name", ["nod/", "nod/.", "sub/nod//", "", "sub", "sub/", "."])
def test_name_of_a_folder_is_refused_and_nothing_is_made(
    place: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.parent / "sub").mkdir()
    monkeypatch.chdir(place.parent)
    for use in (
        lambda: write_output(name, NEW, Replacing(force=True)),
        lambda: growing_file(name, Replacing(force=True)),
        lambda: need_replaceable(name, Replacing(force=True)),
    ):
        with pytest.raises(WasmlabError, match="folder"):
            use()
    assert sorted(path.name for path in place.parent.rglob("*")) == ["sub"]


def test_hyphen_is_standard_output_where_the_rule_has_it_and_an_error_elsewhere(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place.parent)
    with pytest.raises(WasmlabError, match=r"names no file here; \./- is a file of that name"):
        write_output("-", NEW, RULE)
    assert not write_output("-", [OLD, NEW], Replacing(stdout="text"))
    assert not write_output("-", NEW, Replacing(stdout="binary"))
    assert capfd.readouterr().out.encode() == OLD + NEW + NEW
    assert not list(place.parent.iterdir())
    assert write_output("./-", NEW, RULE)
    assert Path("-").read_bytes() == NEW


def test_binary_file_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def isatty(_descriptor: int) -> bool:
        return True

    monkeypatch.setattr(os, "isatty", isatty)
    with pytest.raises(WasmlabError, match="a terminal takes no binary file"):
        write_output("-", NEW, Replacing(stdout="binary"))
