"""What screens have in common: a dialogue above them, and what to say of a defect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from textual.worker import Worker, WorkerState

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

_Answer = TypeVar("_Answer")


def ask(
    asker: Screen[Any], dialogue: Screen[_Answer], then: Callable[[_Answer | None], None]
) -> None:
    """Show dialogue above asker; then is called with what it gives, None if it was cancelled."""
    asker.app.push_screen(dialogue, then)  # pyright: ignore[reportUnknownMemberType] - App of any result


def defect(event: Worker.StateChanged) -> str:
    """Return what to say of work that failed through a defect; nothing if it did not fail."""
    if event.state is not WorkerState.ERROR:
        return ""
    error = event.worker.error  # pyright: ignore[reportUnknownMemberType] - Worker of any result
    return f"{type(error).__name__}: {error}. This is a defect of wasmlab, please report it."
