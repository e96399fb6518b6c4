"""``wasmlab trace``: the same steps in four forms."""

import csv
import io
import json
from array import array

import pytest

from wasmlab.cli.main import main
from wasmlab.debug.views.step_fields import FIELDS

Text = pytest.CaptureFixture[str]


def test_text_has_a_line_for_every_instruction(capsys: Text) -> None:
    assert main(["trace", "hello"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 13
    assert lines[0].split() == ["1", "0x5e", "line", "22", "i32.const", "0", "[]", "->", "[0]"]
    assert lines[2].endswith("[0 16] -> []  ; memory[0x0:0x4] = 10 00 00 00")


def test_json_is_one_array_of_typed_values(capsys: Text) -> None:
    assert main(["trace", "hello", "--format", "json"]) == 0
    steps = json.loads(capsys.readouterr().out)
    assert [step["tick"] for step in steps] == list(range(1, 14))
    assert all(tuple(step) == FIELDS for step in steps)
    assert steps[2]["popped"] == [{"type": "i32", "value": "0"}, {"type": "i32", "value": "16"}]
    assert steps[2]["offset"] == 0x62


def test_json_of_nothing_is_an_empty_array(capsys: Text) -> None:
    assert main(["trace", "--format=json", "--limit", "0", "hello"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_csv_can_be_read_back(capsys: Text) -> None:
    assert main(["trace", "hello", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 13
    assert rows[10]["instruction"] == "call $fd_write"
    assert rows[10]["effect"].startswith("fd_write(fd=1 <stdout>,")


def test_markdown_is_a_table(capsys: Text) -> None:
    assert main(["trace", "hello", "--format", "md"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 13 + 2
    assert {line.count(" | ") for line in lines} == {len(FIELDS) - 1}


def test_raw_has_three_words_for_every_instruction(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert main(["trace", "hello", "--format", "raw"]) == 0
    words = array("Q", capfdbinary.readouterr().out)
    assert len(words) == 3 * 13
    assert words[6:9].tolist() == [1 << 32 | 0x62, 16, 0]


def test_limit_ends_the_trace(capsys: Text) -> None:
    assert main(["trace", "--limit", "5", "hello"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 5
    assert "stopped after 5 instructions" in printed.err


def test_trap_ends_the_trace_with_134(capsys: Text) -> None:
    assert main(["trace", "trap"]) == 134
    printed = capsys.readouterr()
    assert "trap: integer divide by zero" in printed.err
    assert "div_u" not in printed.out.splitlines()[-1]


def test_calls_are_indented_by_depth(capsys: Text) -> None:
    assert main(["trace", "factorial", "--invoke", "fac", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    columns = {line.index("local.get") for line in lines if "local.get" in line}
    assert len(columns) == 2
