"""Programs that the tests of widgets show."""

from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import wasmlab as wl
from tests.hygiene.tree import ROOT

SAMPLES = ROOT / "samples"


def factorial(n: int = 3) -> wl.Session:
    return wl.Session(wl.load(SAMPLES / "factorial.wat"), invoke="fac", invoke_args=[n])


def hello() -> wl.Session:
    return wl.Session(wl.load(SAMPLES / "hello.wat"))


def trap() -> wl.Session:
    return wl.Session(wl.load(SAMPLES / "trap.wat"))


def new_shell() -> Any:  # noqa: ANN401 - untyped IPython
    """Return a shell that keeps no history on disk."""
    return InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
