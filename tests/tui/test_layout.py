"""The table of panes: what follows from it, and that nothing else names a pane."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

import wasmlab_tui
from wasmlab_tui.layout import PANES, PaneRow
from wasmlab_tui.panes.line_pane import LinePane

FOLDER = Path(wasmlab_tui.__file__).parent
IDS = {row.id for row in PANES}
STYLED = {"source", "explanation"}
"""Panes with a height of their own in the style sheet."""


@pytest.mark.parametrize("row", PANES, ids=lambda row: row.id)
def test_row_names_a_class_of_panes(row: PaneRow) -> None:
    assert issubclass(resolve_name(f"wasmlab_tui.panes.{row.widget}"), LinePane)


@pytest.mark.parametrize("place", ["lab", "panes", "render", "app.py", "actions.py"])
def test_panes_are_named_in_the_table_only(place: str) -> None:
    found = FOLDER / place
    for path in found.rglob("*.py") if found.is_dir() else (found,):
        tree = ast.walk(ast.parse(path.read_text("utf-8")))
        named = {n.value for n in tree if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        assert not named & IDS, path


def test_style_sheet_names_panes_by_their_place() -> None:
    rules = re.sub(r"/\*.*?\*/", "", (FOLDER / "lab.tcss").read_text("utf-8"), flags=re.DOTALL)
    assert set(re.findall(r"[#.-](\w+)", rules)) & IDS == STYLED


def test_pane_is_added_by_a_row_and_its_files() -> None:
    command = [sys.executable, "-m", "tests.tui.new_pane"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
