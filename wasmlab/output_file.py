"""Output files: none replaces a file that was read, or that wasmlab did not write, unless told.

That wasmlab wrote a file is known from a note, beside its other state, of the file's name and
content; a file that another program changed is not wasmlab's any more. Files are written beside
their name and renamed, so that an error leaves what was there.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager, suppress
from errno import EACCES
from pathlib import Path

from wasmlab.errors import UsageError, WasmlabError, WouldReplace
from wasmlab.hints import TYPE_CHECKING, BinaryIO, Literal
from wasmlab.notes import read_note, write_note
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable

    StrPath = str | os.PathLike[str]

_BLOCK = 1 << 20
_DESCRIPTOR = re.compile(r"/dev/(?:(stdin|stdout|stderr)|fd/(\d{1,9}))|/proc/self/fd/(\d{1,9})")
STDOUT = "-"
"""Standard output, for commands that write there."""
_STDOUT_FILE = "/dev/stdout"
_STREAMS = {"stdin": 0, "stdout": 1, "stderr": 2}
_BINARY = getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Replacing:
    """Which files an output may replace; new ones, empty ones and devices need no permission."""

    force: bool = False
    """Any file."""
    read: Collection[Path] = ()
    """Files that were read: these are not, even if wasmlab wrote them."""
    magic: bytes = b""
    """First bytes of files that only wasmlab writes, which are replaced; empty for none."""
    seen: Callable[[bytes], bool] | None = None
    """Whether content is what the user has seen and is about to replace. With it, nothing else is
    replaced, and the output is the user's own: no note is made."""
    how: str = "--force replaces it"
    """How to replace a file all the same, as messages say it."""
    stdout: Literal["", "text", "binary"] = ""
    """What ``-`` gets on standard output, which is no terminal if it is binary; "": ``-`` is an
    error."""


def write_output(path: StrPath, data: bytes | Iterable[bytes], rule: Replacing) -> bool:
    """Write a whole file, or its pieces; return whether it is one, and not a device.

    Raises WouldReplace before anything is written, WasmlabError if it cannot be written.
    """
    path = _meant(path, rule)
    with output_file(path, rule) as file:
        file.writelines([data] if isinstance(data, bytes) else data)
    return _descriptor(path) is None and Path(path).is_file()


@contextmanager
def output_file(path: StrPath, rule: Replacing) -> Generator[BinaryIO]:
    """Write a file as long as this lasts; an error leaves what was there.

    Raises WouldReplace if it may not be replaced, unless with the same content; WasmlabError if
    it cannot be written.
    """
    path = _meant(path, rule)
    with _saying(path):
        if not _is_protected(path):
            with _opened_device(path) as file:
                yield file
            return
        draft = _Draft(path, rule)
        try:
            with draft.file as file:
                yield file
                file.flush()
                draft.sync()
            digest = _digest(draft.place)
            if not _is_free(path, rule) and digest != _digest(draft.target):
                raise _refusal(path, rule)
            draft.finish()
        finally:
            draft.drop()
        if rule.seen is None:
            _note(draft.target, digest)


def growing_file(path: StrPath, rule: Replacing) -> BinaryIO:
    """Return a new file, without a buffer, in place of what was there: it is read while it grows.

    Raises WouldReplace, WasmlabError as ``output_file`` does. No note is made of it.
    """
    path = _meant(path, rule)
    with _saying(path):
        if not _is_protected(path):
            return _opened_device(path, buffering=0)
        need_replaceable(path, rule)
        draft = _Draft(path, rule, buffering=0)
        try:
            draft.finish()
        except BaseException:
            draft.file.close()
            raise
        finally:
            draft.drop()
        return draft.file


def need_replaceable(path: StrPath, rule: Replacing) -> None:
    """Raise WouldReplace if a file is there that may not be replaced: before work that takes long.

    Raises WasmlabError if it cannot be looked at, or is no name of a file.
    """
    path = _meant(path, rule)
    with _saying(path):
        if _is_protected(path) and not _is_free(path, rule):
            raise _refusal(path, rule)


# --- what may be replaced -----------------------------------------------------------------------


def _meant(path: StrPath, rule: Replacing) -> StrPath:
    """Return the path that a word means; WasmlabError for one that means no file.

    Only a string may be ``-``, or end in a slash.
    """
    if path == STDOUT:
        if not rule.stdout:
            raise UsageError("- names no file here", hint="./- is a file of that name")
        if rule.stdout == "binary" and os.isatty(1):
            raise UsageError("a terminal takes no binary file", hint="name a file, or add a pipe")
        return _STDOUT_FILE
    if os.path.basename(path) in {"", ".", ".."}:  # noqa: PTH119 - Path would drop a last slash
        raise WasmlabError(f"cannot write {os.fspath(path)!r}: it names a folder")
    return path


def _is_protected(path: StrPath) -> bool:
    """Return whether a path is, or would be, a file of its own, and no device or open stream."""
    if _descriptor(path) is not None:
        return False
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return True
    except ValueError as error:
        raise WasmlabError(f"cannot write {os.fspath(path)!r}: it is no file name") from error
    if stat.S_ISDIR(mode):
        raise WasmlabError(f"cannot write {path}: it is a folder")
    return stat.S_ISREG(mode)


def _is_free(path: StrPath, rule: Replacing) -> bool:
    """Return whether nothing is there, or what is there may be replaced."""
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return True
    if rule.force:
        return True
    if rule.seen is not None:
        return rule.seen(Path(path).read_bytes())
    return not _is_read(status, rule.read) and (not status.st_size or _is_ours(path, rule.magic))


def _is_read(status: os.stat_result, files: Collection[Path]) -> bool:
    """Return whether a file is one of those that were read, by whatever name."""
    for file in files:
        with suppress(OSError):
            if os.path.samestat(file.stat(), status):
                return True
    return False


def _is_ours(path: StrPath, magic: bytes) -> bool:
    """Return whether wasmlab wrote what is there; a file that cannot be read is another's."""
    target = Path(os.path.realpath(path))
    with suppress(OSError):
        with target.open("rb") as file:
            if magic and file.read(len(magic)) == magic:
                return True
        noted = _noted(target)
        if noted is not None and noted[0] == target.stat().st_size:
            return noted[1] == _digest(target)
    return False


def _refusal(path: StrPath, rule: Replacing) -> WouldReplace:
    with suppress(OSError):
        if _is_read(Path(path).stat(), rule.read):
            return WouldReplace(f"{path} stays as it is: it was read here", hint=rule.how)
    if rule.seen is not None:
        why = "it is not what was read there"
    else:
        why = "wasmlab did not write it, or it was changed since"
    return WouldReplace(f"{path} stays as it is: {why}", hint=rule.how)


# --- notes of what wasmlab wrote ----------------------------------------------------------------


_WRITTEN = "written"
"""The kind of these notes."""


def _name_of(target: Path) -> str:
    import hashlib

    return hashlib.sha256(os.fsencode(target)).hexdigest()[:32]


def _noted(target: Path) -> tuple[int, str] | None:
    """Return size and digest of what wasmlab wrote there last; None if that is not known."""
    words = (read_note(_WRITTEN, _name_of(target)) or "").split()
    try:
        return int(words[0]), words[1]
    except (ValueError, IndexError):
        return None


def _note(target: Path, digest: str) -> None:
    """Note what was written; where no note can be made, the file counts as another's."""
    with suppress(OSError):
        write_note(_WRITTEN, _name_of(target), f"{target.stat().st_size} {digest}\n")


def _digest(path: Path) -> str:
    import hashlib

    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


# --- writing ------------------------------------------------------------------------------------


class _Draft:
    """A new file beside the one that it is to be; in its place where none can be made there."""

    def __init__(self, path: StrPath, rule: Replacing, *, buffering: int = -1) -> None:
        """Make the file. Raises PermissionError if it, or what it replaces, may not be written."""
        self.path, self.rule = path, rule
        self.target = Path(os.path.realpath(path))
        """The file at the end of links."""
        self.replaces = self.target.exists()
        if self.replaces and not os.access(self.target, os.W_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
        self.place = self.target.with_name(f".wasmlab-{os.urandom(8).hex()}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        try:
            descriptor = os.open(self.place, flags, 0o666)
        except PermissionError:
            if not self.replaces:
                raise
            need_replaceable(path, rule)
            self.place = self.target
            descriptor = os.open(self.target, os.O_WRONLY | os.O_TRUNC | _BINARY)
        if self.replaces and self.place != self.target:
            self._keep_owner_and_mode()
        self.file = open(descriptor, "wb", buffering)  # noqa: SIM115, PTH123 - the caller closes it

    def _keep_owner_and_mode(self) -> None:
        status = self.target.stat()
        with suppress(OSError, AttributeError):  # Windows has none
            os.chown(self.place, status.st_uid, status.st_gid)
        with suppress(OSError):
            self.place.chmod(stat.S_IMODE(status.st_mode))

    def sync(self) -> None:
        """Have what was written on the disk, if it replaces something that is."""
        if self.replaces:
            os.fsync(self.file.fileno())

    def finish(self) -> None:
        """Give it its name; WouldReplace if a file of that name came meanwhile."""
        if self.place == self.target:
            return
        try:
            if self.replaces or self.rule.force:
                self.place.replace(self.target)
            else:
                os.link(self.place, self.target)
        except FileExistsError as error:
            raise _refusal(self.path, self.rule) from error
        except OSError:
            if not self.replaces:
                self.place.replace(self.target)  # on a disk without links
            else:
                self._copy()

    def _copy(self) -> None:
        """Write into the file that may not be renamed over, such as a mount of its own."""
        self.target.write_bytes(self.place.read_bytes())

    def drop(self) -> None:
        """Remove it if it has not got its name."""
        if self.place != self.target:
            with suppress(OSError):
                self.place.unlink(missing_ok=True)


def _descriptor(path: StrPath) -> int | None:
    """Return the open stream that a path means, such as ``/dev/stdout``."""
    found = _DESCRIPTOR.fullmatch(os.fspath(path))
    if not found:
        return None
    return _STREAMS[found[1]] if found[1] else int(found[2] or found[3])


def _opened_device(path: StrPath, buffering: int = -1) -> BinaryIO:
    number = _descriptor(path)
    file = path if number is None else os.dup(number)
    return open(file, "wb", buffering)  # noqa: PTH123 - likewise


@contextmanager
def _saying(path: StrPath) -> Generator[None]:
    """Let errors of the system say which file cannot be written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise WasmlabError(f"cannot write {path}: {error.strerror}") from error
