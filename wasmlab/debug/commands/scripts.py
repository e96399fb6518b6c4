"""Files of commands: reading them, what they say, and the user's own that is read at the start."""

from __future__ import annotations

from wasmlab.debug.commands.reading import file_bytes
from wasmlab.debug.views.model import StopReason
from wasmlab.errors import DebugError, Interrupted, WasmlabError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.startup_file import startup_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.debug.commands.command import CommandOutput

_LARGEST = 1 << 20
_DEEPEST = 10
"""Files that may be read from one another."""


def script_lines(path: str, *, any_kind: bool = False) -> list[tuple[str, str]]:
    """Return the lines of a file of commands, each with its place, such as ``FILE:3``.

    any_kind: it may be a pipe. Raises WasmlabError for a file that cannot be read, is larger than
    1 MiB, or is no text.
    """
    try:
        data = file_bytes(path, _LARGEST, any_kind=any_kind)
        lines = data.decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        hint = (error.strerror or "") if isinstance(error, OSError) else str(error)
        raise WasmlabError(f"cannot read the script {escaped(path)}", hint=escaped(hint)) from error
    if len(data) > _LARGEST:
        raise WasmlabError(
            f"the script {escaped(path)} is too large", hint="a script has a megabyte at most"
        )
    return [(f"{escaped(path)}:{number}", line) for number, line in enumerate(lines, 1)]


def sourced(
    lines: list[tuple[str, str]], depth: int, carry_out: Callable[[str], Iterator[CommandOutput]]
) -> Iterator[CommandOutput]:
    """Yield what the commands in lines say, up to one that leaves or is stopped.

    depth: how many files are being read. Raises DebugError, with the place of the line, for what a
    command raises; Interrupted.
    """
    if depth > _DEEPEST:
        raise DebugError(f"scripts read one another more than {_DEEPEST} deep")
    for place, line in lines:
        try:
            for said in carry_out(line):
                yield said
                if said.leave or (said.stop is not None and _is_interrupted(said)):
                    return
        except Interrupted:
            raise
        except WasmlabError as error:
            raise DebugError(
                f"{place}: {error.message}", place=error.place, hint=error.hint
            ) from error


def _is_interrupted(said: CommandOutput) -> bool:
    return said.stop is not None and said.stop.reason is StopReason.PAUSED


def startup_lines() -> list[tuple[str, str]]:
    """Return the lines of the user's own file of commands, each with its place; none without one.

    It is read only if others cannot write to it or its folder. Raises WasmlabError if it is there
    and cannot be read.
    """
    from wasmlab.cache import own_file

    path = startup_file()
    if not path:
        return []
    try:
        with own_file(path):
            return script_lines(path)
    except OSError as error:
        hint = escaped(error.strerror or "")
        raise WasmlabError(f"{escaped(path)} is not read", hint=hint) from error
