"""A disk that fails, or is gone with the process, at a call that one chooses."""

from __future__ import annotations

import os
from errno import ENOSPC
from typing import TYPE_CHECKING, Any

from wasmlab.host.wasi.fs.commit.disk import Disk
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ALLOCATES = {"create", "write", "resize", "mkdir", "symlink", "link", "rename", "sync"}
"""What a full disk refuses."""


class Killed(BaseException):
    """The process was killed; nothing that it would have done afterwards happens."""


class Fault(NamedTuple):
    """What goes wrong, and when."""

    at: int = 0
    """Number of the call from 1 on; 0: none."""
    errno: int = 0
    """0: the process is killed, a write being half done."""
    stays: bool = False
    """All calls after it fail as well; those of a full disk only if they allocate."""
    only: str = ""
    """Count calls of this name; "": of all."""


class FaultyDisk(Disk):
    """Counts the calls; raises OSError or Killed as a fault says."""

    def __init__(self, fault: Fault = Fault()) -> None:  # noqa: B008 - immutable
        self.fault = fault
        self.calls = 0
        self.struck = False

    def pass_by(self, name: str) -> bool:
        """Count a call; return whether it is the one at which the process is killed."""
        errno = self.fault.errno
        if self.struck:
            if not errno:
                raise Killed
            if self.fault.stays and (errno != ENOSPC or name in ALLOCATES):
                raise OSError(errno, os.strerror(errno))
            return False
        self.calls += self.fault.only in {"", name}
        self.struck = self.calls == self.fault.at
        if self.struck and errno:
            raise OSError(errno, os.strerror(errno))
        return self.struck

    def strike(self) -> None:
        """Do what comes before ``Killed`` is raised: nothing here."""


def _faulty(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: FaultyDisk, *args: Any) -> Any:  # noqa: ANN401 - those of all calls
        if not self.pass_by(name):
            return real(self, *args)
        if name == "write":
            fd, data, offset = args
            real(self, fd, data[: len(data) // 2], offset)
        self.strike()
        raise Killed

    return call


for _name, _real in list(vars(Disk).items()):
    if not _name.startswith("_"):
        setattr(FaultyDisk, _name, _faulty(_name, _real))
