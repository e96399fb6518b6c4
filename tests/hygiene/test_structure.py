"""The house has no circles, no staircases of classes, and few names that stand for two things."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.hygiene.tree import DEEPEST, MOST_METHODS, PACKAGES, ROOT, parsed, sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SHARED_NAMES = 12
"""Class names that may be defined in more than one module: those that users embed with are the
specification's, and so are those of what they stand for."""


@cache
def modules() -> dict[str, Path]:
    """Return the files of all modules by dotted name; a package is its ``__init__``."""
    found: dict[str, Path] = {}
    for package in PACKAGES:
        base = (ROOT / package).parent
        for path in sources(package):
            parts = path.relative_to(base).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports_of(name: str) -> frozenset[str]:
    """Return the modules of ours that a module imports, for types only too."""
    found: set[str] = set()
    for node in ast.walk(parsed(modules()[name])):
        if isinstance(node, ast.ImportFrom) and node.module:
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {member if member in modules() else node.module for member in members}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(found & modules().keys() - {name})


def circles(arrows: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Yield the strongly connected components of more than one node (Tarjan)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(node: str) -> Iterator[list[str]]:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in arrows.get(node, ()):
            if other not in order:
                yield from visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            at = stack.index(node)
            component = stack[at:]
            del stack[at:]
            if len(component) > 1:
                yield sorted(component)

    for node in arrows:
        if node not in order:
            yield from visit(node)


def test_circles_of_a_graph_with_one_are_found() -> None:
    assert list(circles({"a": "b", "b": "c", "c": "b", "d": "a"})) == [["b", "c"]]


def test_modules_import_one_another_without_circles() -> None:
    assert not list(circles({name: imports_of(name) for name in modules()}))


@pytest.mark.parametrize("package", sorted({n.rpartition(".")[0] for n in modules()} - {""}))
def test_parts_of_a_package_import_one_another_without_circles(package: str) -> None:
    depth = package.count(".") + 1
    arrows: defaultdict[str, set[str]] = defaultdict(set)
    for name in modules():
        if name.startswith(f"{package}."):
            part = name.split(".")[depth]
            inner = (other for other in imports_of(name) if other.startswith(f"{package}."))
            arrows[part] |= {other.split(".")[depth] for other in inner} - {part}
    assert not list(circles(arrows))


@cache
def classes() -> dict[str, list[ast.ClassDef]]:
    """Return the classes of all modules by name."""
    found: defaultdict[str, list[ast.ClassDef]] = defaultdict(list)
    for path in modules().values():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(node)
    return dict(found)


def ancestry(node: ast.ClassDef) -> list[ast.ClassDef]:
    """Return the longest chain of classes of ours from a class upwards, itself first."""
    names = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    parents = [
        parent
        for name in names
        if isinstance(name, ast.Name)
        for parent in classes().get(name.id, ())
        if parent is not node
    ]
    return [
        node,
        *max((ancestry(parent) for parent in parents), key=len, default=list[ast.ClassDef]()),
    ]


def methods(node: ast.ClassDef) -> set[str]:
    return {part.name for part in node.body if isinstance(part, ast.FunctionDef)}


def test_classes_stand_on_few_classes_of_ours() -> None:
    deep = {name: len(ancestry(node)) for name, nodes in classes().items() for node in nodes}
    assert not {name: levels for name, levels in deep.items() if levels > DEEPEST}


def test_classes_have_few_methods_with_their_bases() -> None:
    large = {
        name: len(set[str]().union(*map(methods, ancestry(node))))
        for name, nodes in classes().items()
        for node in nodes
        if name != "Emitter"  # the verbs of LLVM IR: one for each operation that rows use
    }
    assert not {name: count for name, count in large.items() if count > MOST_METHODS}


def test_class_names_stand_for_one_thing() -> None:
    counts = Counter({name: len(nodes) for name, nodes in classes().items()})
    shared = sorted(name for name, count in counts.items() if count > 1)
    assert len(shared) <= SHARED_NAMES, shared
