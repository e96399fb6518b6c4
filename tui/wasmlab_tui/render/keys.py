"""The line of keys at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.actions import key_name, keys_of
from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab_tui.actions import Action


def fitting(actions: Sequence[Action], width: int) -> list[Action]:
    """Return those that are always shown, and of the others as many as there is room for."""
    room = width - sum(_width(action) for action in actions if action.footer == 1)
    shown: list[Action] = []
    for action in actions:
        extra = action.footer > 1
        if extra and _width(action) > room:
            continue
        room -= _width(action) if extra else 0
        shown.append(action)
    return shown


def line_of_keys(actions: Sequence[Action]) -> Line:
    """Return the first key of every action with its label."""
    spans: list[Toned] = []
    for action in actions:
        spans += [Toned(f" {_key(action)}", Tone.POPPED), Toned(f" {action.label} ")]
    return line(*spans)


def action_at(actions: Sequence[Action], column: int) -> Action | None:
    """Return the action that stands at a column."""
    end = 0
    for action in actions:
        end += _width(action)
        if column < end:
            return action
    return None


def _width(action: Action) -> int:
    return len(f" {_key(action)} {action.label} ")


def _key(action: Action) -> str:
    return key_name(keys_of(action).split(",")[0].strip())
