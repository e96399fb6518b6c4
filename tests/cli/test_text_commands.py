"""``asm``, ``dis``, ``validate``, ``inspect``, ``explain``: commands that run nothing."""

import io
import sys
from pathlib import Path

import pytest

from wasmlab.cli.main import main
from wasmlab.module import assemble
from wasmlab.opening.inputs import load

Text = pytest.CaptureFixture[str]
ILL_TYPED = "(module (func $f (param i32) (result i32)\n  local.get 0\n  i64.const 3\n  i32.add))"


def test_asm_writes_a_module(tmp_path: Path, capsys: Text) -> None:
    out = tmp_path / "out.wasm"
    assert main(["asm", "hello", "-o", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    assert len(load(out).functions) == 2


def test_asm_names_the_output_after_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.wat").write_text("(module)")
    assert main(["asm", "empty.wat"]) == 0
    assert (tmp_path / "empty.wasm").read_bytes() == b"\0asm\1\0\0\0"


@pytest.mark.parametrize(("text", "said"), [("(module (func))", "1 function\n"), ("", "functions")])
def test_asm_counts_functions(text: str, said: str, tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "text.wat"
    path.write_text(text)
    assert main(["asm", str(path), "-o", str(tmp_path / "out.wasm")]) == 0
    assert said in capsys.readouterr().out


def test_asm_shows_the_line_of_an_error(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "bad.wat"
    path.write_text("(module\n  (func i32.foo))")
    assert main(["asm", str(path)]) == 1
    _, line, caret = capsys.readouterr().err.splitlines()
    assert line.strip() == "(func i32.foo))"
    assert line[caret.index("^") :].startswith("i32.foo")
    assert not path.with_suffix(".wasm").exists()


def test_asm_refuses_wrong_types_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.wat"
    path.write_text(ILL_TYPED)
    out = str(tmp_path / "bad.wasm")
    assert main(["asm", str(path), "-o", out]) == 1
    assert main(["asm", str(path), "-o", out, "--no-check"]) == 0


def test_asm_says_that_a_binary_is_no_text(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "x.wasm"
    path.write_bytes(b"\0asm\1\0\0\0\xff")
    assert main(["asm", str(path)]) == 1
    assert "wasmlab dis" in capsys.readouterr().err


def test_dis_prints_text_that_assembles_again(tmp_path: Path, capsys: Text) -> None:
    assert main(["dis", "factorial"]) == 0
    path = tmp_path / "again.wat"
    path.write_text(capsys.readouterr().out)
    assert main(["run", str(path), "--invoke", "fac", "5"]) == 0
    assert capsys.readouterr().out == "120\n"


def test_dis_of_one_function_with_offsets(capsys: Text) -> None:
    assert main(["dis", "--offsets", "--func", "main", "hello"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "(func $main" in lines[0]
    assert lines[1].split() == ["00005e", "i32.const", "0"]


@pytest.mark.parametrize("name", ["$fac_loop", "fac_loop", "1"])
def test_dis_takes_names_exports_and_indices(name: str, capsys: Text) -> None:
    assert main(["dis", "factorial", "--func", name]) == 0
    assert "$fac_loop" in capsys.readouterr().out


TWINS = """(module (func $a (@name "helper") nop) (func $b (@name "helper") unreachable)
  (func $__main_void (call $__main_argc_argv)) (func $__main_argc_argv i32.const 9 drop))"""


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [
        ("helper", ["nop", "unreachable"], "i32.const"),
        ("helper#2", ["unreachable"], "nop"),
        ("main", ["i32.const 9"], "call"),
    ],
)
def test_dis_shows_all_functions_of_a_name(
    name: str, shown: list[str], hidden: str, tmp_path: Path, capsys: Text
) -> None:
    path = tmp_path / "twins.wat"
    path.write_text(TWINS)
    assert main(["dis", str(path), "--func", name]) == 0
    printed = capsys.readouterr().out
    assert all(text in printed for text in shown)
    assert hidden not in printed


def test_dis_suggests_functions(capsys: Text) -> None:
    assert main(["dis", "factorial", "--func", "facloop"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_validate_says_ok_for_every_file(capsys: Text) -> None:
    assert main(["validate", "hello", "factorial"]) == 0
    assert capsys.readouterr().out == "hello: ok\nfactorial: ok\n"


def test_validate_shows_the_types_up_to_the_error(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "bad.wat"
    path.write_text(ILL_TYPED)
    assert main(["validate", str(path), "hello"]) == 1
    printed = capsys.readouterr()
    assert [line.split()[-1] for line in printed.out.splitlines()[1:4]] == ["[]", "[i32]", "i64]"]
    assert printed.out.endswith("hello: ok\n")
    assert "type mismatch" in printed.err
    assert f"{path}:4:3" in printed.err


def test_inspect_says_what_to_type_next(capsys: Text) -> None:
    assert main(["inspect", "hello"]) == 0
    out = capsys.readouterr().out
    assert "WASI command" in out
    assert "wasmlab run hello" in out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["i32.add"], "0x6a"),
        (["0x6a"], "i32.add"),
        (["shift left"], "i64.shl"),
        (["shift", "left"], "i64.shl"),
        (["trap"], "integer divide by zero"),
        (["fd_write"], "ciovec_array"),
    ],
)
def test_explain_prints_what_it_finds(words: list[str], text: str, capsys: Text) -> None:
    assert main(["explain", *words]) == 0
    assert text in capsys.readouterr().out


def test_explain_suggests_what_was_meant(capsys: Text) -> None:
    assert main(["explain", "i32.ad"]) == 0
    assert main(["explain", "i32.xdd"]) == 1
    assert "did you mean i32.add" in capsys.readouterr().err


def test_dis_writes_a_file_that_assembles(tmp_path: Path, capsys: Text) -> None:
    target = tmp_path / "out.wat"
    assert main(["dis", "c/hello", "-o", str(target)]) == 0
    assert main(["validate", str(target)]) == 0
    assert capsys.readouterr().out.endswith("out.wat: ok\n")
    assert main(["dis", "hello", "-o", str(tmp_path / "no" / "x.wat")]) == 1


TWO_FAULTS = """(module
  (func $first (result i32) i64.const 1 i32.eqz)
  (func $good (result i32) i32.const 7)
  (func $second (param i32) (result i32) local.get 0 i64.eqz))"""


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    """A binary module with two bodies that are invalid."""
    path = tmp_path / "faulty.wasm"
    path.write_bytes(assemble(TWO_FAULTS, check=False).data)
    return str(path)


def test_validate_names_every_faulty_function(faulty: str, capsys: Text) -> None:
    assert main(["validate", faulty]) == 1
    said = capsys.readouterr()
    assert said.err.count("type mismatch") == 2
    assert "$first" in said.out
    assert "$second" in said.out
    assert "$good" not in said.out


def test_validate_first_stops_at_the_first_fault(faulty: str, capsys: Text) -> None:
    assert main(["validate", "--first", faulty]) == 1
    assert capsys.readouterr().err.count("type mismatch") == 1


def test_validate_goes_on_after_a_body_that_cannot_be_decoded(tmp_path: Path, capsys: Text) -> None:
    text = "(module (func i32.const 1 i32.ctz drop) (func i64.const 1 i32.clz drop))"
    path = tmp_path / "bad.wasm"
    path.write_bytes(assemble(text, check=False).data.replace(b"\x68", b"\xff"))
    assert main(["validate", str(path)]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "illegal opcode ff" in first
    assert "i32.clz expected i32" in second


def test_dis_of_invalid_bodies_prints_them_whole_and_marks_the_faults(
    faulty: str, capsys: Text
) -> None:
    assert main(["dis", faulty]) == 1
    said = capsys.readouterr()
    lines = said.out.splitlines()
    for mnemonic in ("i32.eqz", "i64.eqz"):
        at = next(n for n, line in enumerate(lines) if line.endswith(mnemonic))
        assert lines[at][:6].strip()
        assert lines[at + 1].strip().startswith(";; ^ type mismatch")
    assert "i32.const 7" in said.out
    assert lines[-1].strip() == ")"
    assert said.err.count("type mismatch") == 2


@pytest.mark.parametrize("left", [9, 19, 30, 40, 44, 60])
def test_dis_of_a_module_that_is_cut_short_prints_the_rest(
    left: int, tmp_path: Path, capsys: Text
) -> None:
    path = tmp_path / "cut.wasm"
    path.write_bytes(assemble(TWO_FAULTS, check=False).data[:left])
    assert main(["dis", str(path)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("          (module")
    assert said.err.count("wasmlab:") == 1


def test_dis_prints_a_body_up_to_the_byte_that_is_no_instruction(
    tmp_path: Path, capsys: Text
) -> None:
    path = tmp_path / "bad.wasm"
    path.write_bytes(
        assemble("(module (func nop nop i32.const 1 drop))").data.replace(b"\x1a", b"\xff")
    )
    assert main(["dis", str(path)]) == 1
    *_, const, comment, close, _ = capsys.readouterr().out.splitlines()
    assert const.endswith("i32.const 1")
    assert "illegal opcode ff" in comment
    assert close.strip() == ")"


LONG = 70_000


@pytest.fixture
def with_customs(tmp_path: Path) -> Path:
    """A module with custom sections before, between and after others; one is long."""
    path = tmp_path / "customs.wasm"
    path.write_bytes(
        assemble(f"""(module
      (type (func)) (memory 1)
      (func nop)
      (data (i32.const 0) "x")
      (@custom "first" (before first) "\\00\\ff")
      (@custom "twice" (after type) "one") (@custom "twice" (after type) "two")
      (@custom "count" (before code) "") (@custom "code \\22" (after code) "c")
      (@custom "long" (after data) "{"l" * LONG}")
      (@custom "producers" (after last) "\\00"))""").data
    )
    return path


def customs_of(path: Path) -> list[tuple[str, bytes]]:
    return [(section.name, section.data) for section in load(path).custom_sections]


def test_dis_keeps_custom_sections_and_their_places(with_customs: Path, tmp_path: Path) -> None:
    text, again = str(tmp_path / "text.wat"), tmp_path / "again.wasm"
    assert main(["dis", "--custom=all", str(with_customs), "-o", text]) == 0
    assert main(["asm", text, "-o", str(again)]) == 0
    assert len(customs_of(again)) == 7
    assert again.read_bytes() == with_customs.read_bytes()


def test_dis_leaves_long_custom_sections_out_and_says_so(
    with_customs: Path, tmp_path: Path, capsys: Text
) -> None:
    assert main(["dis", str(with_customs)]) == 0
    text, again = tmp_path / "text.wat", tmp_path / "again.wasm"
    text.write_text(capsys.readouterr().out)
    comments = [line for line in text.read_text().splitlines() if "--custom=all" in line]
    assert [f"{LONG:,}" in line and '"long"' in line for line in comments] == [True]
    assert main(["asm", str(text), "-o", str(again)]) == 0
    kept = [section for section in customs_of(with_customs) if section[0] != "long"]
    assert customs_of(again) == kept


def test_error_in_a_long_line_shows_what_is_near(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "long.wat"
    path.write_text(f"(module (func {'(drop (i32.const 1)) ' * 9000} f32.neg drop))")
    assert main(["validate", str(path)]) == 1
    _, line, caret = capsys.readouterr().err.splitlines()
    assert len(line) < 300
    assert line[caret.index("^") :].startswith("f32.neg")


def test_validate_of_many_operands_shows_the_topmost(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "many.wat"
    path.write_text(f"(module (func {'i32.const 1 ' * 5000} f32.neg))")
    assert main(["validate", str(path)]) == 1
    said = capsys.readouterr().out
    assert "4,980 more" in said
    assert len(said) < 5000


def test_dis_keeps_names_that_occur_twice(tmp_path: Path) -> None:
    text = """(module (memory $m 1)
      (global $g i32 (i32.const 1)) (global $h (@name "g") i32 (i32.const 2))
      (func $f) (func $f2 (@name "f") (call $f2)) (func $f3 (@name "f")))"""
    path, again = tmp_path / "twice.wasm", tmp_path / "again.wasm"
    path.write_bytes(assemble(text).data)
    assert main(["dis", str(path), "-o", str(tmp_path / "twice.wat")]) == 0
    assert main(["asm", str(tmp_path / "twice.wat"), "-o", str(again)]) == 0
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("command", ["asm", "validate", "debug"])
def test_text_that_has_no_lines_says_so(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.wat").write_text('(module\n (func (export "f") (@name "g") nop))')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"quit")))
    main([command, *(["--plain"] if command == "debug" else []), "f.wat"])
    said = "".join(capsys.readouterr())
    assert said.count("wasm-tools refuses line 2, column 22 (expected an instruction)") == 1
