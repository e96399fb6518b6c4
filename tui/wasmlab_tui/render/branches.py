"""The branches of history as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.whatif.branches import Branch


def branch_lines(branches: Sequence[Branch]) -> list[Line]:
    """Return a line per branch: where it begins and ends, what was changed on it."""
    return [_branch(branch) for branch in branches]


def _branch(branch: Branch) -> Line:
    begins = "from the start" if branch.parent is None else f"from step {branch.fork:,}"
    return line(
        Toned(" ▶ " if branch.current else "   ", Tone.HERE if branch.current else Tone.PLAIN),
        Toned(f"branch {branch.number} ", Tone.STRONG),
        Toned(f"{begins} to step {branch.last:,}  ", Tone.DIM),
        Toned("; ".join(branch.changes) or "as it ran", Tone.NAME),
        Toned("" if branch.rewound else "  what the host did before stays done", Tone.ERROR),
    )


def began_text(branch: Branch) -> str:
    """Return the sentence for a branch that a change by hand has begun."""
    return f"Branch {branch.number} from step {branch.fork:,}: the old future is kept (F)."


def current_branch(branches: Sequence[Branch]) -> Branch:
    """Return the branch that the program is on."""
    return next(branch for branch in branches if branch.current)


def forks_of(branches: Sequence[Branch]) -> set[int]:
    """Return the steps at which the present history and another one part."""
    current = current_branch(branches)
    forks = {branch.fork for branch in branches if branch.parent == current.number}
    return forks if current.parent is None else forks | {current.fork}
