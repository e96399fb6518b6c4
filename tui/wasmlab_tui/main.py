"""How the command line starts the lab."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wasmlab.errors import UsageError
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import open_file

if TYPE_CHECKING:
    from wasmlab.debug.launch import LabRequest


def run_lab(request: LabRequest) -> int:
    """Show the lab until the person leaves it; return the exit status.

    Raises WasmlabError before the screen changes: UsageError without a terminal, or what is wrong
    with the file.
    """
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise UsageError("the lab needs a terminal", hint="try --plain")
    program = None if request.path is None else open_file(request.path, request.options)
    return LabApp(program).run() or 0
