"""``wasmlab check``, ``wasmlab export`` and ``wasmlab notebook``."""

import json
import re
from pathlib import Path

import pytest

from tests.hygiene.tree import ROOT
from wasmlab.cli.main import main

FACTORIAL = str(ROOT / "samples/factorial.wat")


@pytest.mark.parametrize(
    ("tests", "status"),
    [
        ('[[case]]\ncall = "fac"\nargs = [5]\nreturns = 120', 0),
        ('[[case]]\ncall = "fac"\nargs = [5]\nreturns = 121', 1),
        ('forbidden = ["loop"]', 1),
        ("what = 3", 4),
        ("", 5),
    ],
)
def test_check_exits_as_pytest_does(tests: str, status: int, tmp_path: Path) -> None:
    path = tmp_path / "tests.toml"
    path.write_text(tests)
    assert main(["check", FACTORIAL, str(path)]) == status


def test_check_of_a_text_that_does_not_assemble_fails(tmp_path: Path) -> None:
    (tmp_path / "task.wat").write_text("(module (func i32.ad))")
    (tmp_path / "tests.toml").write_text('required = ["loop"]')
    assert main(["check", str(tmp_path / "task.wat"), str(tmp_path / "tests.toml")]) == 1


def test_check_without_its_tests_is_bad_usage(tmp_path: Path) -> None:
    assert main(["check", FACTORIAL, str(tmp_path / "none.toml")]) == 4


def test_check_without_its_task_or_with_unreadable_tests_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('required = ["loop"]')
    bad.write_bytes(b"\xff\xfe")
    assert main(["check", str(tmp_path / "none.wat"), str(good)]) == 4
    assert main(["check", FACTORIAL, str(bad)]) == 4
    said = capsys.readouterr().err
    assert "no such file" in said
    assert "not UTF-8 text" in said


def exported(path: Path) -> str:
    return path.read_text("utf-8")


def test_export_writes_one_page_that_needs_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    assert main(["export", FACTORIAL, "-o", str(target), "--invoke", "fac", "3"]) == 0
    page = exported(target)
    assert not re.search(r'<(?:link|img|iframe|script src)|src="|@import|url\(', page)
    assert "Content-Security-Policy" in page
    data = re.search(r'id="recording">(.*)</script>', page)
    assert data is not None
    assert len(json.loads(data[1])["states"]) == 29


def test_export_of_a_text_with_a_script_tag_does_not_break_out(tmp_path: Path) -> None:
    source = tmp_path / "odd.wat"
    source.write_text('(module ;; </script><script>x\n (func (export "_start")))')
    assert main(["export", str(source), "-o", str(tmp_path / "page.html")]) == 0
    assert "</script><script>x" not in exported(tmp_path / "page.html")


@pytest.mark.parametrize("limit", ["0", "5001"])
def test_export_beyond_its_limit_is_bad_usage(limit: str) -> None:
    assert main(["export", FACTORIAL, "--limit", limit, "--invoke", "fac", "3"]) == 2


def test_export_records_a_trap_and_succeeds(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    assert main(["export", str(ROOT / "samples/trap.wat"), "-o", str(target)]) == 0
    assert "integer divide by zero" in exported(target)


def test_export_to_a_folder_that_is_not_there_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "none" / "page.html")
    assert main(["export", str(ROOT / "samples/hello.wat"), "-o", target]) == 1
    assert "cannot write" in capsys.readouterr().err
