"""Input formats: the table of the files that wasmlab opens, and how each is read.

A new format is a row of ``FORMATS`` and what decodes it; suffixes, first bytes and the names in
messages are taken from the table everywhere.
"""

from __future__ import annotations

import os

from wasmlab.binary.magic import MAGIC as BINARY_MAGIC
from wasmlab.engine.recording.file.magic import MAGIC as RECORDING_MAGIC
from wasmlab.errors import AssembleError, Malformed, WasmlabError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wasmlab.engine.recording.file.reader import Recording
    from wasmlab.module import Module

MAX_SIZE = 1 << 30
"""Bytes of the largest file that is loaded."""


def _read_recording(path: Path) -> Recording:
    from wasmlab.engine.recording.file.reader import read_recording  # loads the engine

    return read_recording(path)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of input files."""

    name: str
    """With its article, as messages call such a file."""
    suffix: str
    """With its dot."""
    magic: bytes
    """First bytes of every such file; empty for text, which is told by its suffix."""
    decode: Callable[[bytes, str, bool], Module] | None = None
    """Returns the module in content: bytes, their name in messages, whether it is validated.

    Raises Malformed, AssembleError or Invalid. None if such a file holds no module."""
    read: Callable[[Path], Recording] | None = None
    """Returns the recording in a file; raises WasmlabError, BadRecording. None for a module."""

    @property
    def is_module(self) -> bool:
        """Whether such a file holds a module; otherwise, it holds the recording of a run."""
        return self.decode is not None


def load(source: str | Path | bytes, *, file: str = "<bytes>") -> Module:
    """Return the module in a file (or in bytes), WAT or binary: the content decides.

    file: the name of bytes in messages.
    The whole module is validated.
    Raises WasmlabError for a file that cannot be read, Malformed for content of another kind,
    AssembleError or Invalid.

    >>> wl.load(session.module.data)
    <Module <bytes>, 173 bytes>
    """
    if isinstance(source, bytes):
        return module_of(source, file)
    from wasmlab.module import file_state

    path = str(source)
    state = file_state(path)
    return replace(module_of(read(path), path, path=path), read_as=state)


def _assembled(data: bytes, file: str, check: bool) -> Module:  # noqa: FBT001 - see Format.decode
    from wasmlab.module import assemble

    text = text_in(data, file)
    if not _is_text(text):
        raise _not_a_module(data, file)
    return assemble(text, check=check, file=file, keep=True)


def _decoded(data: bytes, file: str, check: bool) -> Module:  # noqa: FBT001 - see Format.decode
    from wasmlab.module import decode_module

    return decode_module(data, file, check=check)


TEXT = Format("a module as text", ".wat", b"", _assembled)
BINARY = Format("a module", ".wasm", BINARY_MAGIC, _decoded)
RECORDING = Format("a recording", ".wlab", RECORDING_MAGIC, read=_read_recording)
FORMATS = (TEXT, BINARY, RECORDING)


def _files(formats: Iterable[Format]) -> str:
    return " or ".join(f"{form.name} ({form.suffix})" for form in formats)


SUFFIXES = tuple(form.suffix for form in FORMATS)
MODULE_SUFFIXES = tuple(form.suffix for form in FORMATS if form.is_module)
MODULE_FILE = f"a {', '.join(MODULE_SUFFIXES[:-1])} or {MODULE_SUFFIXES[-1]} file"
"""``a .wat or .wasm file``, for messages and help."""
RECORDING_FILE = _files(form for form in FORMATS if not form.is_module)
"""``a recording (.wlab)``, for messages and help."""

_OTHERS = (
    (b"\x7fELF", "a native program (ELF)"),
    (b"MZ", "a native program (Windows)"),
    (b"\xcf\xfa\xed\xfe", "a native program (macOS)"),
    (b"!<ar", "an archive of object files"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"BC\xc0\xde", "LLVM bitcode"),
    (b"<", "a web page or XML"),
    (b"#!", "a script"),
    (b"(\0", "text in UTF-16 without a byte order mark; save it as UTF-8"),
)
"""First bytes of files that are often taken for modules, and their names in messages."""
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_START = max(len(form.magic) for form in FORMATS)
"""Bytes that tell every format."""


def open_input(path: str | Path) -> Module | Recording:
    """Return the content of a file; a module is validated as by ``load``.

    Raises WasmlabError for a file that cannot be read, Malformed for content of another kind,
    AssembleError, Invalid, BadRecording.
    """
    from pathlib import Path

    place = Path(path)
    read_recording = format_of(place).read
    return load(place) if read_recording is None else read_recording(place)


def format_of(path: Path) -> Format:
    """Return the format of a file: by its first bytes, else by its suffix, else TEXT.

    A file that cannot be read counts as text: its reader raises the error.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except (OSError, ValueError):
        return TEXT
    return _format_in(start) or _format_named(path.name)


def _format_named(file: str) -> Format:
    """Return the format that a file's suffix says, if its first bytes say none.

    A binary module is told by its first bytes only: without them it is no module.
    """
    named = (form for form in FORMATS if form.suffix == os.path.splitext(file)[1])
    return next((form for form in named if not (form.is_module and form.magic)), TEXT)


def _format_in(start: bytes) -> Format | None:
    """Return the format whose magic content begins with."""
    return next((form for form in FORMATS if form.magic and start.startswith(form.magic)), None)


def module_of(data: bytes, file: str, *, path: str | None = None, check: bool = True) -> Module:
    """Return the module in the content of a file, of any format that holds one.

    file: its name in messages. check: validate it, as ``load`` does.
    Raises Malformed for content of another kind, AssembleError or Invalid.
    """
    decode = (_format_in(data) or _format_named(file)).decode
    if decode is None:
        raise _not_a_module(data, file)
    return replace(decode(data, file, check), file=path)


def module_as_far(data: bytes, file: str) -> tuple[Module, WasmlabError | None]:
    """Return the module in a file's content as far as it decodes, unchecked, and the error there.

    file: its name in messages. Raises Malformed for content of another kind, AssembleError.
    """
    if _format_in(data) is not BINARY:
        return module_of(data, file, check=False), None
    from wasmlab.binary.decode import decode_as_far
    from wasmlab.module import Module

    syntax, error = decode_as_far(data)
    return Module(syntax, file), error


def read(path: str | Path) -> bytes:
    """Return the content of a file that may be a module.

    Raises WasmlabError for a file that cannot be read or has more than ``MAX_SIZE`` bytes,
    Malformed for one whose first bytes are those of another kind.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(_START)
            form = _format_in(start)
            has_zeros = b"\0" in start and not start.startswith(_UTF16_MARKS)
            if has_zeros and not (form is not None and form.is_module):
                raise _not_a_module(start, str(path))
            _need_small(path, os.fstat(file.fileno()).st_size)
            data = start + file.read(MAX_SIZE)
    except FileNotFoundError as error:
        raise WasmlabError(f"no such file: {path}", hint="check the name") from error
    except IsADirectoryError as error:
        raise WasmlabError(f"{path} is a folder", hint=f"name {MODULE_FILE} in it") from error
    except OSError as error:
        raise WasmlabError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise WasmlabError(f"no such file: {escaped(str(path))}") from error
    _need_small(path, len(data))
    from wasmlab.laps import lap  # not for --help

    lap("read")
    return data


def _need_small(path: str | Path, size: int) -> None:
    if size > MAX_SIZE:
        raise WasmlabError(f"{path} is too big", hint=f"at most {MAX_SIZE >> 20} MiB are loaded")


def text_in(data: bytes, file: str) -> str:
    """Return the content of a file as WAT: UTF-8, or UTF-16 with a byte order mark.

    file: its name in messages. Raises Malformed for content of another kind, AssembleError for text
    in another encoding.
    """
    try:
        return data.decode("utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        if _is_text(data.decode("latin-1")):
            raise _not_utf8(data, file, error.start) from error
        raise _not_a_module(data, file) from error


def _is_text(text: str) -> bool:
    return text.lstrip().startswith(("(", ";;")) and "\0" not in text


def _not_utf8(data: bytes, file: str, at: int) -> AssembleError:
    from wasmlab.text.diagnostics import printable

    before, _, rest = data[:at].rpartition(b"\n")
    line = before.count(b"\n") + 1 + (b"\n" in data[:at])
    start = rest.decode()
    source_line = start + data[at:].partition(b"\n")[0].decode("latin-1").rstrip("\r")
    return AssembleError(
        f"malformed UTF-8 encoding: byte 0x{data[at]:02x} is not UTF-8", file=file, line=line,
        column=len(start) + 1, source_line=printable(source_line), hint="save the text as UTF-8",
    )  # fmt: skip


def _not_a_module(data: bytes, file: str) -> Malformed:
    kind = _kind(data)
    found = f", it is {kind}" if kind else "" if data else ", it is empty"
    return Malformed(
        f"magic header not detected: {escaped(file)} is not WebAssembly{found}",
        hint=f"load {MODULE_FILE}",
    )


def _kind(data: bytes) -> str:
    """Return the name of content that is no module; empty if it is unknown."""
    form = _format_in(data)
    if form is not None:
        return f"{form.name}, which wasmlab FILE and wasmlab trace FILE open"
    return next((name for start, name in _OTHERS if data.startswith(start)), "")
