"""When the stages of a start ended, for ``run --timing``: noted only if that is asked for."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_laps: ContextVar[list[tuple[str, float]] | None] = ContextVar("laps", default=None)


@contextmanager
def laps_noted(laps: list[tuple[str, float]]) -> Generator[None]:
    """Append what ``lap`` says to a list: the name of a stage, and when it ended."""
    token = _laps.set(laps)
    try:
        yield
    finally:
        _laps.reset(token)


def lap(stage: str) -> None:
    """Note that a stage ends here; it began where the one before ended."""
    laps = _laps.get()
    if laps is not None:
        laps.append((stage, perf_counter()))
