"""The tables of files in ARCHITECTURE.md: a row for a file, with the first line of its docstring.

``python -m tests.hygiene.codemap`` writes them; a test says when they are out of date.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.hygiene.tree import ROOT, parsed

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = ROOT / "ARCHITECTURE.md"
_TABLE = re.compile(r"(<!-- files of ([\w/]+) -->\n).*?(<!-- /files -->)", re.DOTALL)


def first_line(path: Path) -> str:
    """Return the first line of a file's docstring."""
    return (ast.get_docstring(parsed(path)) or "").partition("\n")[0]


def files_of(folder: Path) -> list[Path]:
    """Return the files of a package, those directly in it first, then by subfolder."""
    here = sorted(p for p in folder.glob("*.py") if p.stem != "__init__")
    below = sorted(p.parent for p in folder.glob("*/__init__.py"))
    return here + [path for part in below for path in files_of(part)]


def table(name: str) -> str:
    """Return the rows of the files below a folder of the library."""
    folder = ROOT / "wasmlab" / name
    rows = [f"| `{p.relative_to(folder).as_posix()}` | {first_line(p)} |" for p in files_of(folder)]
    return "\n".join(("| file | what it holds |", "| --- | --- |", *rows)) + "\n"


def with_tables(text: str) -> str:
    """Return the document with the tables as they should be."""
    return _TABLE.sub(lambda found: f"{found[1]}{table(found[2])}{found[3]}", text)


def without_tables(text: str) -> str:
    """Return the document with the tables left out."""
    return _TABLE.sub("", text)


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text("utf-8")), "utf-8")
