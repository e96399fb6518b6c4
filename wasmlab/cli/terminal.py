"""The standard streams, and text made safe for them."""

from __future__ import annotations

import codecs
import errno
import os
import sys

from wasmlab.escape import escaped, shortened_lines
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.hints import BinaryIO, TextIO

_KEPT = "\n\t"


def open_streams() -> None:
    """Give every standard stream that the caller closed the null device.

    Python has none in its place, and a file opened later could get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115 - stays open
            setattr(sys, name, stream)


def safe(text: str) -> str:
    r"""Return text whose lines are kept, but in which nothing acts on a terminal.

    Control characters, bidi marks and the like become ``\x1b`` or ``\u202e``.
    """
    return escaped(text, _KEPT)


def say(text: str = "", *, whole: bool = False) -> None:
    """Print lines on standard output; those that a name makes very long are cut, unless whole."""
    _write(sys.stdout, text if whole else shortened_lines(text))


def complain(text: str) -> None:
    """Print a line on standard error, after everything on standard output.

    Lines that a name makes very long are cut.
    If standard error takes nothing, a full disk for one, there is nowhere to say so: it is lost.
    """
    sys.stdout.flush()
    try:
        _write(sys.stderr, shortened_lines(text))
        sys.stderr.flush()
    except BrokenPipeError:
        raise
    except OSError:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open


def _write(stream: TextIO, text: str) -> None:
    line = safe(text) + "\n"
    try:
        stream.write(line)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding))


def some(words: Sequence[str]) -> str:
    """Return words as a list that stays short."""
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return ", ".join(words[:_LISTED]) + more


_LISTED = 8


DUMB = {"dumb", "unknown"}


def has_screen() -> bool:
    """Return whether the lab can be shown."""
    return interactive() and os.environ.get("TERM") not in DUMB


def interactive() -> bool:
    """Return whether standard input and output are terminals."""
    return sys.stdin.isatty() and sys.stdout.isatty()


class GuestStream:
    """Where a program's output goes: as it is to files and pipes, made safe on a terminal.

    raw lets it act on the terminal too.
    """

    def __init__(self, stream: TextIO, *, raw: bool = False) -> None:
        self._stream = stream
        self._raw = raw or not stream.isatty()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def __call__(self, data: bytes) -> None:
        """Write the program's output at once.

        Raises OSError, and BlockingIOError if only a part could be written.
        """
        if self._raw:
            self._stream.flush()
            _write_all(self._stream.buffer, data)
        else:
            self._stream.write(safe(self._decoder.decode(data)))
        self._stream.flush()


def _write_all(buffer: BinaryIO, data: bytes) -> None:
    """Write data past the buffer, which would keep what a full disk refuses and fail once more.

    Raises BlockingIOError, with how much was written, if that is not all of it.
    """
    raw: BinaryIO = getattr(buffer, "raw", buffer)
    done = 0
    while done < len(data):
        try:
            written = raw.write(data[done:])
        except OSError:
            if not done:
                raise
            written = None
        if written is None:  # pyright: ignore[reportUnnecessaryComparison] - a raw stream that would block
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), done)
        done += written
