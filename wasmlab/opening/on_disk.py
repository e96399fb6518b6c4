"""Whether the files of modules still hold what was read, and what they hold now."""

from __future__ import annotations

import os
from pathlib import Path

from wasmlab.errors import WasmlabError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.module import FileState, file_state
from wasmlab.opening.files import naming
from wasmlab.opening.inputs import load, read, text_in
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wasmlab.module import Module

Seen = dict[Path, FileState]
"""States in which files were found to hold what was read, by path."""


class DiskChange(NamedTuple):
    """A file that does not hold any more what was read."""

    path: Path
    state: FileState | None
    """As it was found; None if it is gone."""

    def __str__(self) -> str:
        """Return what happened to it."""
        return f"{escaped(str(self.path))} {self.what}"

    @property
    def what(self) -> str:
        """What happened to it, without its name."""
        if self.state is None:
            return _without_file(self.path)
        return "changed on disk" if self.is_whole else "is empty on disk now"

    @property
    def is_whole(self) -> bool:
        """Whether there is something to read: the file is not gone, nor empty."""
        return self.state is not None and self.state.size > 0


def _without_file(path: Path) -> str:
    return "is no file any more" if os.path.lexists(path) else "is gone from disk"


def changed_files(modules: Iterable[Module], seen: Seen) -> tuple[DiskChange, ...]:
    """Return which of the files that modules were read from hold something else now.

    A file is read only if its state is another, and its size the same; seen remembers the states
    of those that are as they were all the same.
    """
    found = (_change(module, seen) for module in modules)
    return tuple({change.path: change for change in found if change is not None}.values())


def _change(module: Module, seen: Seen) -> DiskChange | None:
    if module.path is None or module.read_as is None:
        return None
    path, state = module.path, file_state(module.path)
    if state is not None and state in {module.read_as, seen.get(path)}:
        return None
    if state is None or state.size != module.read_as.size or not _holds(path, module):
        return DiskChange(path, state)
    seen[path] = state
    return None


def _holds(path: Path, module: Module) -> bool:
    """Return whether a file has the content that a module was made of."""
    try:
        data = read(path)
        return data == module.data if module.source is None else text_in(data, "") == module.source
    except WasmlabError:
        return False


def read_again(module: Module) -> Module:
    """Return the module that is in a module's file now.

    Raises WasmlabError if there is no such file or it cannot be read, Malformed, AssembleError,
    Invalid.
    """
    if module.path is None or file_state(module.path) is None:
        name = escaped(str(module.path))
        what = "was not read from a file" if module.path is None else _without_file(module.path)
        raise WasmlabError(f"{name} {what}", hint="restart runs what was read")
    word = str(module.path)
    with naming(word):
        return load(word)
