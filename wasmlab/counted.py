"""Counts of things in messages: one step, two steps."""

from __future__ import annotations


def counted(count: int, thing: str) -> str:
    """Return ``1 step``, ``2 steps`` or ``1,200 steps``."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
