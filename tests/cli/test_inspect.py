import io
import shlex
import sys
from pathlib import Path

import pytest

from wasmlab.cli.inspect import COMPONENT_PREAMBLE, Inspection, inspect_bytes, next_commands, render
from wasmlab.cli.main import main
from wasmlab.debug.session import Session
from wasmlab.errors import Malformed, Unlinkable, UsageError
from wasmlab.module import assemble
from wasmlab.samples import folder
from wasmlab.text.assemble import assemble_text


def report(wat: str) -> Inspection:
    return inspect_bytes(assemble_text(wat).data)


def sample(name: str) -> Inspection:
    return inspect_bytes((folder() / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "language", "tool"),
    [
        ("c/words.wasm", "C", "clang"),
        ("rust/words.wasm", "Rust", "rustc"),
        ("go/words.wasm", "Go", "Go cmd/compile"),
    ],
)
def test_compiled_sample_names_language_tool_and_abi(name: str, language: str, tool: str) -> None:
    found = sample(name)
    assert found.language == language
    assert any(t.startswith(tool) for t in found.tools)
    assert found.abi.name == "WASI command"
    assert "fd_write" in dict(found.imports)["wasi_snapshot_preview1"]


def test_command_is_stepped_and_run_next() -> None:
    commands = [command for command, _ in next_commands(sample("c/hello.wasm"), "hello.wasm")]
    assert commands == ["wasmlab hello.wasm", "wasmlab run hello.wasm"]


def test_library_is_invoked_next_with_an_argument_for_each_parameter() -> None:
    wat = '(module (func (export "f") (param i32 f64 externref)))'
    assert next_commands(report(wat), "a.wat")[0][0] == "wasmlab a.wat --invoke f 1 1.5 null"


def test_unknown_imports_are_stubbed_next() -> None:
    wat = '(module (import "env" "log" (func (param i32))) (func (export "_start")))'
    assert next_commands(report(wat), "a.wat")[0][0] == "wasmlab a.wat --stub-imports ask"


@pytest.mark.parametrize(
    ("wat", "verbs"),
    [("(module)", ["dis"]), ("(module (func $f) (start $f))", ["a.wat", "dis"])],
)
def test_module_that_does_nothing_is_only_read(wat: str, verbs: list[str]) -> None:
    assert [words.split()[1] for words, _ in next_commands(report(wat), "a.wat")] == verbs


def test_name_with_a_space_is_quoted_for_the_shell() -> None:
    assert next_commands(report("(module)"), "a b.wat")[0][0] == "wasmlab dis 'a b.wat'"


def test_component_is_told_from_its_preamble() -> None:
    found = inspect_bytes(COMPONENT_PREAMBLE + b"\0\0")
    assert found.abi.name == "component"
    assert "wasm-tools component unbundle" in render(found, "a.wasm")


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"(module)", b"\0asm\x02\0\0\0"])
def test_other_files_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        inspect_bytes(data)


def test_memory_is_given_in_pages_and_bytes() -> None:
    assert report("(module (memory 1))").memories == ("1 page (64 KiB), may grow",)
    assert report("(module (memory 2 2))").memories == ("2 pages (128 KiB)",)
    assert report("(module (memory 1 65536))").memories == (
        "1 page (64 KiB), may grow to 65,536 pages (4 GiB)",
    )
    assert report("(module (memory i64 0 16))").memories == (
        "0 pages (0 bytes), may grow to 16 pages (1 MiB), 64-bit addresses",
    )


@pytest.mark.parametrize(
    ("wat", "feature"),
    [
        ("(module (func (result i32 i32) unreachable))", "multivalue"),
        ("(module (memory 1) (memory 1))", "multimemory"),
        ("(module (memory i64 1))", "memory64"),
        ("(module (memory 1 1 shared))", "threads"),
        ("(module (tag))", "exception-handling"),
        ("(module (type (struct)))", "gc"),
        ("(module (table 1 funcref) (table 1 funcref))", "reference-types"),
        ("(module (func (drop (i32.extend8_s (i32.const 1)))))", "2.0"),
        ("(module (func $f (return_call $f)))", "tail-call"),
    ],
)
def test_feature_is_seen_in_types_and_instructions(wat: str, feature: str) -> None:
    assert feature in report(wat).features


def test_first_version_has_no_features() -> None:
    assert report("(module (func (result i32) i32.const 1))").features == ()


def test_declared_features_follow() -> None:
    assert "mutable-globals" in sample("c/hello.wasm").features


def test_feature_that_types_and_instructions_show_is_listed_once() -> None:
    features = sample("kotlin/shapes.wasm").features
    assert features.count("gc") == 1
    assert len(features) == len(set(features))


def test_debug_information_is_listed() -> None:
    assert "DWARF (source lines)" in sample("c/words.wasm").debug
    assert "DWARF (source lines)" not in sample("go/words.wasm").debug
    assert sample("go/words.wasm").debug == ("names of functions",)


def test_sections_add_up_to_the_file() -> None:
    found = sample("c/words.wasm")
    assert sum(size for _, size in found.sections) < found.size
    assert {"code", "name", ".debug_line", "producers"} <= {name for name, _ in found.sections}


def test_function_that_cannot_be_read_is_a_warning() -> None:
    data = assemble_text('(module (func (export "f") (drop (i32.const 1))))').data
    found = inspect_bytes(data.replace(b"\x41\x01\x1a", b"\x41\x01\xff"))
    assert any("illegal opcode" in warning for warning in found.warnings)
    assert found.exports == ('func "f" [] -> []',)


def test_export_of_an_unknown_function_is_shown_as_such() -> None:
    text = '(module (func) (export "f" (func 7)))'
    found = inspect_bytes(assemble_text(text).data)
    assert found.exports == ('func "f" of an unknown function',)
    assert found.callable == ()


def test_hostile_names_are_shown_escaped() -> None:
    wat = r'(module (import "\e2\80\ae" "\0a" (func)) (func (export "\1b[2J\07")))'
    text = render(report(wat), "a\x1b.wat")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"\x1b[2J" in text


def test_text_has_short_lines_and_ends_with_commands() -> None:
    text = render(sample("go/words.wasm"), "words.wasm")
    assert max(map(len, text.splitlines())) <= 100
    assert text.endswith("run it\n")
    assert "and 5 more" in text


def test_text_on_standard_input_is_inspected_as_a_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"(module)")))
    assert main(["inspect", "-"]) == 0
    assert capsys.readouterr().out.startswith("-: WebAssembly module, 8 bytes")


MISSPELT = """(module
  (import "wasi_snapshot_preview1" "fd_wirte" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (func (export "_start")))"""
"""Imports a function that WASI does not have."""


def test_misspelt_wasi_function_is_to_be_corrected_not_stubbed() -> None:
    found = report(MISSPELT)
    assert any("fd_wirte" in warning and "fd_write" in warning for warning in found.warnings)
    assert [command for command, _ in next_commands(found, "a.wasm")] == ["wasmlab dis a.wasm"]


@pytest.mark.parametrize(
    ("module", "name"),
    [("wasi_snapshot_preview1", "fd_wirte"), ("wasi_snapshot_preview", "fd_write")],
)
def test_run_suggests_the_import_that_was_meant(
    module: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.wat"
    path.write_text(f'(module (import "{module}" "{name}" (func)) (func (export "_start")))')
    assert main(["run", str(path)]) == 1
    said = capsys.readouterr().err
    assert "did you mean" in said
    assert "fd_write" in said.partition("did you mean")[2]


def test_initialize_without_wasi_is_no_wasi_reactor() -> None:
    assert report('(module (func (export "_initialize")))').abi.name == "reactor"


@pytest.mark.parametrize(
    ("name", "word"), [("we ird", "'we ird'"), ("a'b", """'a'"'"'b'"""), ("$x;y", "'$x;y'")]
)
def test_suggested_command_passes_through_a_shell(name: str, word: str) -> None:
    command, _ = next_commands(report(f'(module (func (export "{name}")))'), "a.wasm")[0]
    assert command == f"wasmlab a.wasm --invoke {word}"
    assert shlex.split(command)[-1] == name


@pytest.mark.parametrize("name", ["-x", "", "\\1b[2J", "n" * 5000])
def test_name_that_is_no_word_is_suggested_in_no_command(name: str) -> None:
    commands = next_commands(report(f'(module (func (export "{name}")))'), "a.wasm")
    assert not [command for command, _ in commands if "--invoke" in command]


@pytest.mark.parametrize(
    "wanted",
    ["(func (param i32 i32) (result i32))", "(memory 1)"],
)
@pytest.mark.parametrize("module", ["wasi_unstable", "wasi_snapshot_preview1"])
def test_import_with_the_name_of_a_wasi_function_only_gets_no_command_that_fails(
    module: str, wanted: str
) -> None:
    text = f"""(module (import "{module}" "fd_write" {wanted}) (import "env" "log" (func))
      (func (export "_start")))"""
    found = report(text)
    (warning,) = (w for w in found.warnings if "cannot be linked" in w)
    assert "[i32 i32 i32 i32] -> [i32] in WASI: it cannot be linked, nor replaced" in warning
    assert [command for command, _ in next_commands(found, "a.wat")] == ["wasmlab dis a.wat"]
    for stubs in ("trap", "zero", "ask", None):
        with pytest.raises((Unlinkable, UsageError)):
            Session(assemble(text), stub_imports=stubs)
