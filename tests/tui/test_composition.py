"""The terminal is composed: no class is deep or large, and none leaves a method to another."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import wasmlab_tui
from tests.hygiene.tree import DEEPEST, MOST_METHODS

FOLDER = Path(wasmlab_tui.__file__).parent


def classes() -> list[type]:
    """Return every class of the terminal."""
    names = [m.name for m in pkgutil.walk_packages([str(FOLDER)], "wasmlab_tui.")]
    modules = [importlib.import_module(name) for name in names]
    found = {c for m in modules for _, c in inspect.getmembers(m, inspect.isclass)}
    return sorted((c for c in found if ours(c)), key=lambda c: c.__qualname__)


def ours(kind: type) -> bool:
    """Return whether a class is the terminal's own."""
    return kind.__module__.startswith("wasmlab_tui.")


def bases(kind: type) -> list[type]:
    """Return a class with its bases of ours."""
    return [base for base in kind.__mro__ if ours(base)]


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_class_has_few_bases_and_methods(kind: type) -> None:
    assert len(bases(kind)) <= DEEPEST
    methods = {name for base in bases(kind) for name, m in vars(base).items() if is_method(m)}
    assert len(methods) <= MOST_METHODS


def is_method(member: object) -> bool:
    """Return whether a class's attribute is a function or a property."""
    return inspect.isfunction(member) or isinstance(member, property | staticmethod | classmethod)


def test_no_method_is_left_to_another_class() -> None:
    for path in FOLDER.rglob("*.py"):
        assert "raise NotImplementedError" not in path.read_text("utf-8"), path
