"""Input formats: what decides which one a file has, and what each holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from wasmlab.cli.main import main
from wasmlab.engine.recording.file.reader import Recording
from wasmlab.errors import AssembleError, BadRecording, Malformed, WasmlabError
from wasmlab.module import Module, assemble
from wasmlab.opening import inputs
from wasmlab.opening.inputs import BINARY, RECORDING, TEXT, Format, format_of, load, open_input

if TYPE_CHECKING:
    from pathlib import Path

WAT = '(module (func (export "_start") (local i32) i32.const 1 local.set 0))'
WRONG = "(module (func $f (result i64) i32.const 1 i32.const 2 i64.add))"


@pytest.fixture
def binary() -> Module:
    return assemble(WAT)


@pytest.fixture
def recording(tmp_path: Path, binary: Module) -> Path:
    """Return a recording of a run that ended, in a file that is not named like one."""
    path = tmp_path / "recorded"
    session = wl.Session(binary)
    session.run()
    session.save(path)
    return path


def test_open_input_of_text_and_of_a_binary_returns_the_module(
    tmp_path: Path, binary: Module
) -> None:
    path = tmp_path / "x"
    path.write_text(WAT)
    assert format_of(path) is TEXT
    assert open_input(path) == load(path)
    path.write_bytes(binary.data)
    assert format_of(path) is BINARY
    found = open_input(str(path))
    assert isinstance(found, Module)
    assert found.data == binary.data


def from_hex(data: bytes, file: str, check: bool) -> Module:  # noqa: FBT001 - see Format.decode
    return inputs.module_of(bytes.fromhex(data.decode()), file.removesuffix(".hex"), check=check)


def test_row_of_a_new_format_is_all_that_opens_load_and_inspect_need(
    tmp_path: Path,
    binary: Module,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = Format("a module in hexadecimal", ".hex", b"", from_hex)
    monkeypatch.setattr(inputs, "FORMATS", (*inputs.FORMATS, row))
    path = tmp_path / "x.hex"
    path.write_text(binary.data.hex(" "))
    opened = open_input(path)
    assert isinstance(opened, Module)
    assert opened.data == load(path).data == binary.data
    for command in ("run", "dis", "inspect", "validate"):
        assert main([command, str(path)]) == 0, capsys.readouterr().err


def test_open_input_of_a_recording_goes_by_the_first_bytes(recording: Path) -> None:
    assert format_of(recording) is RECORDING
    found = open_input(recording)
    assert isinstance(found, Recording)
    assert found.damage == ""


def test_open_input_of_a_file_named_like_a_recording_says_that_it_is_none(tmp_path: Path) -> None:
    path = tmp_path / f"x{RECORDING.suffix}"
    path.write_bytes(b"hello")
    with pytest.raises(BadRecording, match="this is no recording"):
        open_input(path)


def test_open_input_of_a_missing_recording_says_that_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(WasmlabError, match="no such file"):
        open_input(tmp_path / f"missing{RECORDING.suffix}")


def test_formats_are_told_apart_by_suffix_and_by_first_bytes() -> None:
    assert len({form.suffix for form in inputs.FORMATS}) == len(inputs.FORMATS)
    magics = [form.magic for form in inputs.FORMATS if form.magic]
    assert not [(a, b) for a in magics for b in magics if a is not b and a.startswith(b)]


def test_load_decides_by_content(tmp_path: Path, binary: Module) -> None:
    odd = tmp_path / "binary.txt"
    odd.write_bytes(binary.data)
    assert load(odd).source is None
    text = tmp_path / "text.wasm"
    text.write_text("\ufeff(; c ;) " + WAT, encoding="utf-8")
    loaded = load(str(text))
    assert loaded.source is not None
    assert (loaded.name, loaded.path) == ("text.wasm", text)
    assert load(binary.data).name == "<bytes>"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\x7fELF\x02\x01", "native program"),
        (b"PK\x03\x04", "zip archive"),
        (RECORDING.magic, "a recording, which wasmlab FILE"),
        (b"<html>", "web page"),
        (b"hello", "not WebAssembly"),
        (b"\xff\xfe", "not WebAssembly"),
        (b"\0asm\x0d\0\x01\0", "component"),
        (b"\0asm\x01\0\0\0\x01", "unexpected end"),
    ],
)
def test_load_other_content_says_what_it_is(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(Malformed, match=message):
        load(path)


def test_load_text_with_an_error_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.wat"
    path.write_text("(module\n  (func oops))", encoding="utf-8")
    with pytest.raises(AssembleError, match=r"bad\.wat:2:9"):
        load(path)


def test_load_missing_file_and_folder_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WasmlabError, match="no such file"):
        load(tmp_path / "missing.wasm")
    with pytest.raises(WasmlabError, match="is a folder"):
        load(tmp_path)
    with pytest.raises(WasmlabError, match="no such file"):
        load("a\0b")


def test_load_too_big_is_refused(
    tmp_path: Path, binary: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "MAX_SIZE", 20)
    path = tmp_path / "x.wasm"
    path.write_bytes(binary.data)
    with pytest.raises(WasmlabError, match="too big"):
        load(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_read_in_the_encodings_that_editors_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "text.wat"
    path.write_bytes(f"(module ;; grüße\n{WAT[8:]}".encode(encoding))
    assert load(path).functions
    assert main(["validate", str(path)]) == 0
    assert main(["asm", str(path), "-o", str(tmp_path / "out.wasm")]) == 0


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [("(module\n  ;; grüße\n)", 2, 8), ("(module) ;; ü", 1, 13), (";; a\r\n\r\n(é)", 3, 2)],
)
def test_text_in_another_encoding_is_an_error_at_its_first_wrong_byte(
    content: str, line: int, column: int, tmp_path: Path
) -> None:
    path = tmp_path / "text.wat"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(AssembleError, match="not UTF-8") as caught:
        load(path)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.source_line == content.splitlines()[line - 1]


def test_utf16_without_a_mark_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.wat"
    path.write_bytes(WAT.encode("utf-16-le"))
    with pytest.raises(Malformed, match="UTF-16 without a byte order mark"):
        load(path)
