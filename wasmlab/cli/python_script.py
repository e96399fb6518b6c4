"""``wasmlab debug -x FILE.py``: a script in Python that has the session."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from traceback import extract_tb

from wasmlab.cli.report import INTERRUPTED
from wasmlab.cli.terminal import complain
from wasmlab.errors import WasmlabError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session

FAILED = 1


def run_python(path: str, session: Session) -> int:
    """Run a script with ``session`` and ``wasmlab`` at hand; return the exit status.

    An error is shown with the lines of the script that led to it, without those of wasmlab. Raises
    WasmlabError for a file that cannot be read.
    """
    import wasmlab

    try:
        source = Path(path).read_bytes()
    except OSError as error:
        raise WasmlabError(f"cannot read the script {path}", hint=str(error)) from error
    given = {"__name__": "__main__", "__file__": path, "session": session, "wasmlab": wasmlab}
    try:
        exec(compile(source, path, "exec"), given)  # noqa: S102 - the user gives the script
    except SystemExit as left:
        return _status(left)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever the script raises is shown
        _show(path, error)
        return FAILED
    finally:
        sys.stdout.flush()
    return 0


def _status(left: SystemExit) -> int:
    if left.code is None or isinstance(left.code, int):
        return left.code or 0
    complain(str(left.code))
    return FAILED


def _show(path: str, error: Exception) -> None:
    """Print the lines of a script that led to an error, the last one with what it is."""
    kind = "" if isinstance(error, WasmlabError) else f"{type(error).__name__}: "
    if isinstance(error, SyntaxError) and error.filename == path:
        complain(f"{path}:{error.lineno}: {kind}{error.msg}")
        return
    linecache.checkcache(path)
    places = [frame for frame in extract_tb(error.__traceback__) if frame.filename == path]
    for frame in places[:-1]:
        complain(f"{path}:{frame.lineno}: in {frame.name}: {frame.line}")
    place = f"{path}:{places[-1].lineno}" if places else path
    complain(f"{place}: {kind}{error}")
    if places and places[-1].line:
        complain(f"    {places[-1].line}")
