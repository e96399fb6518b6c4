"""The line of keys at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.actions import key_name, keys_of
from wasmlab_tui.render.line import Line, Span, Tone, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab_tui.actions import Action


def line_of_keys(actions: Sequence[Action]) -> Line:
    """Return the first key of every action with its label."""
    spans: list[Span] = []
    for action in actions:
        spans += [Span(f" {_key(action)}", Tone.POPPED), Span(f" {action.label} ")]
    return line(*spans)


def action_at(actions: Sequence[Action], column: int) -> Action | None:
    """Return the action that stands at a column."""
    end = 0
    for action in actions:
        end += len(f" {_key(action)} {action.label} ")
        if column < end:
            return action
    return None


def _key(action: Action) -> str:
    return key_name(keys_of(action).split(",")[0].strip())
