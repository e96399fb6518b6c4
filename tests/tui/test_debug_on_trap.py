"""``wasmlab run --debug-on-trap`` in a real terminal: the lab opens at the trap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.tmux import shell

if TYPE_CHECKING:
    from pathlib import Path


def test_run_that_traps_opens_in_the_lab_at_its_trap(tmp_path: Path) -> None:
    with shell(tmp_path, 120, 40) as tmux:
        tmux.enter("./lab run --debug-on-trap trap")
        tmux.wait_for("step 78")
        tmux.wait_for("integer divide by zero")
        tmux.press("S")
        tmux.wait_for("step 77 of 78")
        tmux.press("q")
        tmux.wait_for("at its trap again")
