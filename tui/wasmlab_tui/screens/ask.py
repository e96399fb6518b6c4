"""Putting a dialogue above a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

_Answer = TypeVar("_Answer")


def ask(
    asker: Screen[Any], dialogue: Screen[_Answer], then: Callable[[_Answer | None], None]
) -> None:
    """Show dialogue above asker; then is called with what it gives, None if it was cancelled."""
    asker.app.push_screen(dialogue, then)  # pyright: ignore[reportUnknownMemberType] - App of any result
