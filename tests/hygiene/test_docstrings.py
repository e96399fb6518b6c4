"""Public functions name the errors that they raise."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.hygiene.tree import PACKAGES, parsed, place, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def raised(node: ast.AST) -> Iterator[str]:
    """Yield the names of the errors that a function raises itself, not in functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, INNER):
            continue
        if isinstance(child, ast.Raise) and isinstance(child.exc, ast.Call):
            called = child.exc.func
            if isinstance(called, ast.Name) and called.id[0].isupper():
                yield called.id
        yield from raised(child)


def unnamed(path: Path) -> Iterator[str]:
    """Yield public functions with errors that neither they, their class nor module names."""

    def look(node: ast.AST, said: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            text = said + (ast.get_docstring(child) or "")
            if isinstance(child, ast.ClassDef):
                yield from look(child, text)
            elif not child.name.startswith("_") or child.name == "__init__":
                missing = sorted({name for name in raised(child) if name not in text})
                if missing:
                    yield f"{place(path, child.lineno)} {child.name}: {', '.join(missing)}"

    tree = parsed(path)
    yield from look(tree, ast.get_docstring(tree) or "")


def test_public_functions_name_the_errors_that_they_raise() -> None:
    assert not [found for path in sources(*PACKAGES) for found in unnamed(path)]
