"""``asm``, ``dis``, ``validate``, ``inspect``, ``explain``: commands that run nothing."""

from pathlib import Path

import pytest

from wasmlab.cli.main import main
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
