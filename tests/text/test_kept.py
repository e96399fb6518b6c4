"""A text that was assembled before needs no assembler, and is what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wasmlab import cache
from wasmlab.errors import AssembleError
from wasmlab.module import Module, assemble
from wasmlab.opening.inputs import load
from wasmlab.text import assemble as assembling
from wasmlab.text import kept, linemap
from wasmlab.text.kept import assembled_once

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.text.assembled import Assembled
    from wasmlab.tools import Tool

TEXT = """(module
  (func $f (export "f") (result i32)
    i32.const 1
    i32.const 2
    i32.add))"""
ONLY_WAT2WASM = """(module (func $a (param i32) (@name "g") nop))"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "cache"
    monkeypatch.setattr(cache, "folder", lambda: str(found))
    return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that assemblers were asked for."""
    texts: list[str] = []
    real = assembling.assemble_text

    def counted(text: str, *, file: str = "<text>") -> Assembled:
        texts.append(text)
        return real(text, file=file)

    monkeypatch.setattr(assembling, "assemble_text", counted)
    return texts


def in_file(tmp_path: Path, text: str = TEXT) -> Path:
    path = tmp_path / "program.wat"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [TEXT, "", "(module)", ONLY_WAT2WASM])
def test_second_time_no_assembler_is_asked(text: str, asked: list[str]) -> None:
    made = assembled_once(text)
    assert assembled_once(text) == made
    assert asked == [text]


def test_file_of_the_same_text_has_the_same_lines(tmp_path: Path, asked: list[str]) -> None:
    first, second = load(in_file(tmp_path)), load(in_file(tmp_path))
    assert len(asked) == 1
    assert first.line_map == second.line_map
    assert second.line_map is not None
    assert sorted(second.line_map.first_offsets) == [3, 4, 5]
    assert second.line_map.at(min(second.line_map.positions)) == (3, 5)


def test_line_map_is_made_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_args: object) -> None:
        raise AssertionError

    monkeypatch.setattr(linemap, "read_line_map", never)
    module = load(in_file(tmp_path))
    with pytest.raises(AssertionError):
        _ = module.line_map


def test_other_assembler_is_asked_anew(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    assembled_once(TEXT)

    def newer(tool: Tool) -> str:
        return f"newer {tool.name}"

    monkeypatch.setattr(kept, "identity", newer)
    assembled_once(TEXT)
    assembled_once(TEXT)
    assert len(asked) == 2


def test_nothing_is_kept_where_the_assembler_cannot_be_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_tool: Tool) -> str:
        return ""

    monkeypatch.setattr(kept, "identity", unknown)
    assembled_once(TEXT)
    assert not folder.exists()


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 200])
def test_damaged_entry_is_assembled_anew(folder: Path, damage: bytes, asked: list[str]) -> None:
    made = assembled_once(TEXT)
    for file in folder.iterdir():
        file.write_bytes(damage)
    assert assembled_once(TEXT) == made
    assert assembled_once(TEXT) == made
    assert len(asked) == 2


def test_folder_that_cannot_be_made_costs_only_the_keeping(
    folder: Path, tmp_path: Path, asked: list[str]
) -> None:
    folder.write_bytes(b"")
    assert load(in_file(tmp_path)).functions[0].name == "f"
    assert load(in_file(tmp_path)).functions[0].name == "f"
    assert len(asked) == 2


def test_entry_that_is_too_large_is_not_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "LARGEST", 10)
    assembled_once(TEXT)
    assert not folder.exists()


@pytest.mark.parametrize("text", ["(module (func i32.ad))", "(module) ;; \udc80"])
def test_error_is_raised_each_time_and_not_kept(text: str, folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(AssembleError) as caught:
            assembled_once(text, file="a.wat")
        assert caught.value.file == "a.wat"
    assert not folder.exists()


def test_text_of_no_file_is_not_kept(folder: Path) -> None:
    assert isinstance(assemble(TEXT), Module)
    assert not folder.exists()
