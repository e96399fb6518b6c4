"""Rows of the table of actions as Textual's key bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from wasmlab_tui.actions import Scope, actions_of

if TYPE_CHECKING:
    from textual.binding import BindingType

    from wasmlab_tui.actions import Action


def binding(action: Action) -> Binding:
    """Return the binding of one action."""
    return Binding(
        action.keys,
        action.command,
        action.label,
        show=action.footer > 0,
        tooltip=action.doc,
        id=action.id,
        priority=action.scope is Scope.EDITOR,  # the text area takes keys of its own else
    )


def bindings(*scopes: Scope) -> list[BindingType]:
    """Return the bindings of these scopes, for a ``BINDINGS`` of Textual."""
    return [binding(action) for scope in scopes for action in actions_of(scope)]
