"""What a program changed in its directories: shown, and written back when asked for."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wasmlab.host.wasi.fs.changes import FileChange
    from wasmlab.host.wasi.wasi import Wasi


@dataclass(frozen=True, slots=True)
class Files:
    """``session.files``: a session's directories are overlays, the host's stay as they are."""

    _wasi: Wasi

    def diff(self) -> Mapping[str, Sequence[FileChange]]:
        """Return what differs from the host's files, by guest directory."""
        return self._wasi.diff()

    def commit(self) -> Mapping[str, Sequence[FileChange]]:
        """Write the changes to the host's directories and return them; UsageError if it refuses.

        The past stays: going back shows the files as the program saw them.
        """
        self._wasi.load_replaced()
        return self._wasi.commit()
