"""Every public name has an example in its docstring, and that is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.debug.examples import SAMPLES, failures, prepared

if TYPE_CHECKING:
    from pathlib import Path

PARTS = sorted(name for name in dir(wl.Session) if not name.startswith("_"))
NO_METHODS = {"step_limit"}
"""Attributes without a docstring at run time."""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "samples").symlink_to(SAMPLES)
    monkeypatch.chdir(tmp_path)


def test_names_without_an_example_or_with_a_wrong_one_are_found() -> None:
    assert failures("f", lambda: None) == "f has no example"  # pyright: ignore[reportUnknownLambdaType]
    assert "Expected" in failures("g", Wrong)


class Wrong:
    """
    >>> 1 + 1
    3
    """


@pytest.mark.parametrize("name", [name for name in PARTS if name not in NO_METHODS])
def test_method_of_session_has_an_example_that_runs(name: str) -> None:
    assert not failures(name, getattr(wl.Session, name))


@pytest.mark.parametrize("name", wl.__all__)
def test_public_name_has_an_example_that_runs(name: str) -> None:
    assert not failures(name, getattr(wl, name))


def test_tour_of_the_library_runs() -> None:
    assert not failures("wasmlab", wl)


def test_names_that_python_completes_are_the_public_ones() -> None:
    assert [name for name in dir(wl) if not name.startswith("__")] == sorted(wl.__all__)


SHORT = (
    "session", "session.stop", "session.frames[0]", "session.stack[0]", "session.locals[0]",
    "session.locals[0].held", "session.break_at('fac')", "session.watch('$n')", "session.module",
    "session.location", "session.instruction", "session.labels[0]", "session.source.line(1)",
    "session.trace_step()", "hello.host_calls[0]", "hello.output[0]", "hello.memory_rows(0, 1)[0]",
    "wl.instantiate(session.module)",
)  # fmt: skip


@pytest.mark.parametrize("expression", SHORT)
def test_repr_is_one_short_line(expression: str) -> None:
    names = prepared()
    for session, steps in ((names["session"], 2), (names["hello"], 99)):
        assert isinstance(session, wl.Session)
        session.step(steps)
    shown = repr(eval(expression, names))  # noqa: S307 - our own
    assert shown[0] + shown[-1] == "<>"
    assert len(shown) <= 100
    assert "\n" not in shown
