"""How the command line starts the lab."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wasmlab.errors import UsageError, WasmlabError
from wasmlab.escape import escaped
from wasmlab.garbage import no_collection
from wasmlab.opening.inputs import TEXT
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import open_file

if TYPE_CHECKING:
    from wasmlab.opening.request import LabRequest
    from wasmlab_tui.opening import Opening
    from wasmlab_tui.program import OpenProgram


def run_lab(request: LabRequest) -> int:
    """Show the lab until it is left; return the exit status.

    A text that is no module yet is opened in the editor, at the error.
    Raises WasmlabError before the screen changes: UsageError without a terminal, or what is wrong
    with another file.
    """
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise UsageError("the lab needs a terminal", hint="try --plain")
    with no_collection():  # up to the first picture: ``LabApp`` goes on with it then
        app = LabApp(*first_program(request))
        app.reads_startup = request.startup
        return show(app)


def show(app: LabApp) -> int:
    """Show the app until it is left; return the exit status.

    A defect is reported once the terminal is as it was.
    """
    status = app.run()
    if app.defect is None:
        return status or 0
    from wasmlab.defect import DEFECT, defect_text

    sys.stderr.write(escaped(defect_text(app.defect), "\n") + "\n")
    return DEFECT


def first_program(request: LabRequest) -> tuple[OpenProgram | None, Opening | None]:
    """Return the program asked for, or how to open its text, or nothing."""
    path, grants = request.path, request.grants
    if path is None:
        return None, None
    try:
        program = open_file(path, grants, request.module)
    except WasmlabError as error:
        from wasmlab_tui.opening import is_wrong_text, open_path

        if path.suffix != TEXT.suffix or not is_wrong_text(error, path):
            raise
        return None, open_path(path, grants)
    if request.at_end:
        program.session.to_end()
    return program, None
