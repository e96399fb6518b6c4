"""The project's own source files, parsed once for all hygiene tests."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("wasmlab", "tui/wasmlab_tui", "notebooks/wasmlab_widgets")
DEEPEST = 4
"""Levels of classes of our own, the class itself included."""
MOST_METHODS = 60
"""Methods of a class, those that it inherits from classes of our own included."""


@cache
def sources(*folders: str) -> tuple[Path, ...]:
    """Return the Python files below folders of the project, by name."""
    return tuple(sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")))


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files that belong to the project: git's list, or the packages without git."""
    listed = subprocess.run(
        ("git", "ls-files", "-z"),  # noqa: S607 - git is where the machine has it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        return sources(*PACKAGES, "tests", "samples")
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def place(path: Path, line: int | None = None) -> str:
    """Return a place as messages show it: a path from the root, and a line."""
    shown = path.relative_to(ROOT).as_posix()
    return shown if line is None else f"{shown}:{line}"


def docstrings(tree: ast.Module) -> set[int]:
    """Return the ids of the constants that are docstrings, of attributes too."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the top-level names of the modules that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
