"""``run --debug-on-trap``: the run that was just had, recorded, opens where it trapped."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path

from wasmlab.cli.terminal import complain, has_screen
from wasmlab.engine.grants import Grants
from wasmlab.errors import WasmlabError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.inputs import RECORDING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

_KEPT = 10
"""Recordings of traps that are kept in the user's state folder, the present one included."""


def run_for_trap(found: argparse.Namespace, run: Callable[[], int]) -> int:
    """Run with a recording; where the program has trapped, open that, or say how to.

    It is in the file that ``--record`` names, else in the user's state folder, and is removed there
    if nothing trapped. ``run`` sets ``found.trapped``. Return what it returns.
    """
    found.trapped, own = False, ""
    if not found.record:
        found.record = own = _new_file(found.file)
    try:
        status = run()
    finally:
        if own and not found.trapped:
            with suppress(OSError):
                Path(own).unlink()
    if found.trapped:
        _open(found)
    return status


def _open(found: argparse.Namespace) -> None:
    """Open the recording in the lab, if there is a terminal; say how it is opened (again)."""
    path, again = Path(found.record), ""
    if has_screen():
        from wasmlab.cli.frontend import front_end
        from wasmlab.opening.request import LabRequest

        try:
            request = LabRequest(path, Grants(engine=found.engine or "auto"), at_end=True)
            front_end("tui")(request)
            again = " again"
        except WasmlabError as error:
            complain(f"wasmlab: {error}")
    command = f"wasmlab debug --at-end {shlex.quote(str(path))}"
    complain(f"wasmlab: {escaped(command)} opens the recorded run at its trap{again}")


def _new_file(program: str) -> str:
    """Return the path of a new recording, in a folder that is this user's own."""
    import tempfile

    import platformdirs

    from wasmlab.cache import has_own_folder

    folder = str(platformdirs.user_state_path("wasmlab") / "traps")
    try:
        is_own = has_own_folder(folder)
    except OSError:
        is_own = False
    if is_own:
        _remove_old(folder)
    else:
        folder = tempfile.mkdtemp(prefix="wasmlab-")
    name = "".join(c if c.isalnum() else "_" for c in Path(program).stem)[:40] or "program"
    descriptor, path = tempfile.mkstemp(RECORDING.suffix, f"{name}-", folder)
    os.close(descriptor)
    return path


def _remove_old(folder: str) -> None:
    """Remove the oldest recordings in a folder, but for as many as are kept beside a new one."""
    with suppress(OSError):
        files = sorted(Path(folder).glob(f"*{RECORDING.suffix}"), key=lambda f: f.stat().st_mtime)
        for file in files[: max(len(files) - _KEPT + 1, 0)]:
            file.unlink()
