"""Notebook widgets over a session, static views of everything, and pages that stand alone.

from wasmlab_widgets import Stepper, TimeSlider, HeatMap, CallTree, Diff
Stepper(session)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab_widgets.lesson import answer, check
    from wasmlab_widgets.live import CallTree, Diff, HeatMap, Stepper, TimeSlider

_HOME = {
    "Stepper": "live",
    "TimeSlider": "live",
    "HeatMap": "live",
    "CallTree": "live",
    "Diff": "live",
    "answer": "lesson",
    "check": "lesson",
}

__all__ = ["CallTree", "Diff", "HeatMap", "Stepper", "TimeSlider", "answer", "check"]


def __getattr__(name: str) -> object:
    """Import what is asked for: pages and static views need no widget library."""
    if name not in _HOME:
        raise AttributeError(f"module 'wasmlab_widgets' has no attribute {name!r}")
    return getattr(import_module(f"wasmlab_widgets.{_HOME[name]}"), name)
