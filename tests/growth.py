"""Modules that are large in one dimension, and how much work something is, counted in calls."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_RUN = '(func (export "run") (result i32) (i32.const 1))'


def _globals(n: int) -> str:
    return "".join(f"(global i32 (i32.const {i}))" for i in range(n)) + _RUN


def _types(n: int) -> str:
    pair = "(type (struct (field i32) (field i64)))(type (func (param i32{wide})))(func (type {t}))"
    made = (pair.format(wide=" i64" * (i % 7), t=2 * i + 1) for i in range(n))
    return "".join(made) + _RUN


def _functions(n: int) -> str:
    body = "(param i32) (result i32) (i32.add (local.get 0) (i32.const 1))"
    return f"(func {body})" * n + _RUN


def _exports(n: int) -> str:
    return f"(func $f){_RUN}" + "".join(f'(export "e{i}" (func $f))' for i in range(n))


def _imports(n: int) -> str:
    return "".join(f'(import "m" "f{i}" (func))' for i in range(n)) + _RUN


def _names(n: int) -> str:
    return "".join(f"(func $name_{i} (local $local_{i} i32))" for i in range(n)) + _RUN


def _locals(n: int) -> str:
    return "(func" + "(local i32) (local i64)" * n + ")" + _RUN


def _segments(n: int) -> str:
    return '(memory 1)(data (i32.const 0) "a")' + '(data "b")' * n + _RUN


def _elements(n: int) -> str:
    return f"(table {n} funcref)(elem (i32.const 0) {'0 ' * n})" + _RUN


def _line(n: int) -> str:
    stores = "(i32.store (i32.const 8) (i32.const 1))" * n
    return f'(memory 1)(func (export "run") (result i32) {stores}(i32.const 1))'


def _blocks(n: int) -> str:
    deep = "(block " * n + f"(br {n - 1})" + ")" * n
    return f'(func (export "run") (result i32) {deep}(i32.const 1))'


DIMENSIONS: dict[str, Callable[[int], str]] = {
    "globals": _globals,
    "types": _types,
    "functions": _functions,
    "exports": _exports,
    "imports": _imports,
    "names": _names,
    "locals": _locals,
    "segments": _segments,
    "elements": _elements,
    "line": _line,
    "blocks": _blocks,
}
"""The fields of a module of size n, whose export ``run`` returns 1, by what is many."""


def text_of(dimension: str, n: int) -> str:
    """Return the text of a module that has n of something."""
    return f"(module {DIMENSIONS[dimension](n)})"


def calls_of(act: Callable[[], object]) -> int:
    """Return how many functions were called meanwhile, those written in C included."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count
