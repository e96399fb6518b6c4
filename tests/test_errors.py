"""Errors cross processes: they are pickled and copied as they are."""

from __future__ import annotations

import copy
import pickle

import pytest

from wasmlab.errors import (
    AssembleError,
    Exhaustion,
    Malformed,
    ProcExit,
    Trap,
    TrapCode,
    UsageError,
    WasmlabError,
)

ERRORS = (
    WasmlabError("what", place="where", hint="a hint"),
    Malformed("magic header not detected", 4),
    AssembleError("unexpected token", file="x.wat", line=3, column=4, source_line="(func"),
    Trap(TrapCode.UNREACHABLE, "here"),
    Exhaustion(TrapCode.MEMORY_EXHAUSTED, "much"),
    ProcExit(3),
    UsageError("no", hint="yes"),
)


def name(error: WasmlabError) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", ERRORS, ids=name)
def test_error_comes_back_from_a_pickle_and_a_copy_as_it_was(error: WasmlabError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - just made
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
        assert again.args == error.args
