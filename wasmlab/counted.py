"""Counts of things in messages: one step, two steps."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def counted(count: int, thing: str) -> str:
    """Return ``1 step``, ``2 steps`` or ``1,200 steps``."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def counted_are(things: Mapping[str, int], what: str) -> str:
    """Return ``1 step is new``, or ``1 step and 2 calls are new``, for ``what`` they are ("new").

    Things of which there are none are left out; empty if there is nothing at all.
    """
    parts = [counted(count, thing) for thing, count in things.items() if count]
    verb = "is" if sum(things.values()) == 1 else "are"
    return f"{' and '.join(parts)} {verb} {what}" if parts else ""
