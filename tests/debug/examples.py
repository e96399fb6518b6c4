"""The examples in docstrings: what names stand for in them, and how they are run."""

from __future__ import annotations

import doctest
import io
from contextlib import redirect_stdout
from inspect import getdoc

import wasmlab as wl
from tests.hygiene.tree import ROOT

SAMPLES = ROOT / "samples"


def prepared() -> dict[str, object]:
    """Return the names that examples use: two sessions at their start, and the library."""
    return {
        "wl": wl,
        "session": wl.Session(wl.load(SAMPLES / "factorial.wat"), invoke="fac", invoke_args=[5]),
        "hello": wl.Session(wl.load(SAMPLES / "hello.wat")),
    }


def failures(name: str, thing: object) -> str:
    """Return what goes wrong with the examples in a docstring, or that there are none."""
    text = getdoc(thing) or ""
    test = doctest.DocTestParser().get_doctest(text, prepared(), name, None, 0)
    if not test.examples:
        return f"{name} has no example"
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    with redirect_stdout(io.StringIO()):
        runner.run(test, out=said.write)
    return said.getvalue()
