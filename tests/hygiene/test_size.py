"""Files and functions are short enough to be held in mind."""

import ast
import re
from pathlib import Path

import pytest

from tests.hygiene.tree import PACKAGES, ROOT, parsed, place, sources, tracked

LONGEST_FILE = 600
LONGEST_FUNCTION = 50
TABLES = (ROOT / "wasmlab/isa", ROOT / "wasmlab/host/wasi/abi.py")
"""One row a line, for as many rows as the specification has."""
VAGUE = {"utils", "util", "helpers", "helper", "managers", "manager", "misc", "common"}
TEXT = {".py", ".md", ".toml", ".wat", ".c", ".go", ".rs", ".js", ".css", ".tcss", ".lock", ""}
# The brackets keep these two lines from finding themselves.
UNFINISHED = re.compile(r"\b(T[O]DO|FIX[M]E|X[X]X)\b")
FOREIGN = re.compile(r"/w[o]rk/|/f[a]rm/|pythonh[o]sted|pyp[i]\.org|/opt/p[y]pi")


def is_table(path: Path) -> bool:
    return any(path == table or table in path.parents for table in TABLES)


def test_files_are_at_most_600_lines_except_tables() -> None:
    long = [
        place(path)
        for path in sources(*PACKAGES, "tests", "samples")
        if not is_table(path) and len(path.read_text("utf-8").splitlines()) > LONGEST_FILE
    ]
    assert not long


def test_functions_are_at_most_50_lines() -> None:
    long = [
        f"{place(path, node.lineno)} {node.name}"
        for path in sources(*PACKAGES, "samples")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not is_table(path)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long


def test_modules_have_names_that_say_something() -> None:
    assert not [place(p) for p in sources(*PACKAGES, "tests") if p.stem in VAGUE]


@pytest.mark.parametrize(
    "pattern", [UNFINISHED, FOREIGN], ids=["unfinished business", "other machines"]
)
def test_project_does_not_mention(pattern: re.Pattern[str]) -> None:
    found = [
        f"{place(path, number)} {line.strip()}"
        for path in tracked()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found
