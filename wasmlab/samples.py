"""The sample programs: their folder and their headers.

A header is the comment at the top of a source file, one ``key: text`` a line, with ``;;`` in WAT
and ``//`` elsewhere:

=======  ===================================================================================
title    its name in lists
shows    its subject, one sentence
run      the command line, with paths from the project's folder (``samples/...``)
stdin    a line of standard input; repeated for more
expect   a line that it prints on standard output; repeated for more
exit     exit status
=======  ===================================================================================

``words.wasm`` has its header in the source beside it, ``words.c`` for instance.
"""

from __future__ import annotations

import os
from itertools import pairwise

from wasmlab.errors import WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGE = os.path.dirname(os.path.realpath(__file__))
_PREFIX = "samples/"
_SOURCES = (".c", ".cpp", ".go", ".kt", ".rs")
_COMMENTS = (";;", "//")


@dataclass(frozen=True, slots=True)
class Sample:
    """A program to look at, as its header describes it."""

    name: str
    """Path below the folder of samples, without suffix: ``hello``, ``c/words``."""
    path: Path
    """The program: a .wat or .wasm file."""
    source: Path
    """The source file: path itself for .wat."""
    title: str
    shows: str
    command: tuple[str, ...]
    """Arguments of ``wasmlab`` that run it, with paths that exist on this machine."""
    stdin: bytes
    stdout: bytes
    exit_code: int

    @property
    def args(self) -> tuple[str, ...]:
        """The words after the file on the command line: ``--invoke fac 5``, or none."""
        return self.command[self.command.index(str(self.path)) + 1 :]

    @property
    def preload(self) -> dict[str, Path]:
        """The modules that serve its imports: files by the names they are imported from."""
        named = (b.split("=", 1) for a, b in pairwise(self.args) if a == "--preload")
        from pathlib import Path

        return {name: Path(path) for name, path in named}


def folder() -> Path:
    """Return the folder of samples: the package's own data, or samples/ of a checkout.

    Raises WasmlabError if neither is there.
    """
    from pathlib import Path

    for root in _roots():
        if os.path.isfile(os.path.join(root, "hello.wat")):
            return Path(root)
    raise WasmlabError("the samples are not installed", hint="install wasmlab again")


def catalogue() -> tuple[Sample, ...]:
    """Return every sample: hello first, then WAT, then compiled programs, by name."""
    root = folder()
    paths = [*root.glob("*.wat"), *root.glob("*/*.wasm")]
    found = [_read(root, path) for path in paths]
    return tuple(sorted(found, key=lambda s: (s.name != "hello", s.path.suffix == ".wasm", s.name)))


def sample_at(path: str) -> Sample | None:
    """Return the sample that a file is; None for any other file."""
    above = os.path.dirname(os.path.realpath(path))
    if not any(above == root or os.path.dirname(above) == root for root in _roots()):
        return None
    from pathlib import Path

    root, place = folder().resolve(), Path(path).resolve()
    is_one = place.parent == root if place.suffix == ".wat" else place.parent.parent == root
    return _read(root, place) if is_one and place.suffix in {".wat", ".wasm"} else None


def _roots() -> list[str]:
    """Return where the folder of samples may be: the package's own data, or of a checkout."""
    places = (_PACKAGE, "data", "samples"), (os.path.dirname(_PACKAGE), "samples")
    return [os.path.realpath(os.path.join(*place)) for place in places]


def templates() -> tuple[Sample, ...]:
    """Return the templates for new programs, by name."""
    root = folder()
    return tuple(_read(root, path) for path in sorted((root / "templates").glob("*.wat")))


def header(text: str) -> dict[str, list[str]]:
    """Return the header at the top of a source text: the values of each key, in order."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith(_COMMENTS):
            break
        key, colon, value = line[2:].strip().partition(":")
        if colon:
            found.setdefault(key, []).append(value.removeprefix(" "))
    return found


def _read(root: Path, path: Path) -> Sample:
    """Return the sample at path; raises WasmlabError if its header is not complete."""
    source = _source(path)
    fields = header(source.read_text("utf-8"))
    missing = {"title", "shows", "run", "exit"} - fields.keys()
    if missing:
        raise WasmlabError(
            f"no {' and no '.join(sorted(missing))} in the header", place=str(source)
        )
    return Sample(
        name=path.relative_to(root).with_suffix("").as_posix(),
        path=path,
        source=source,
        title=fields["title"][0],
        shows=fields["shows"][0],
        command=_command(root, fields["run"][0]),
        stdin=_lines(fields.get("stdin", [])),
        stdout=_lines(fields.get("expect", [])),
        exit_code=int(fields["exit"][0]),
    )


def _source(path: Path) -> Path:
    beside = (path.with_suffix(suffix) for suffix in _SOURCES)
    return next((p for p in beside if p.is_file()), path) if path.suffix == ".wasm" else path


def _command(root: Path, line: str) -> tuple[str, ...]:
    """Return the arguments of ``wasmlab`` in a command line, samples/ replaced by root."""
    import shlex  # with regular expressions

    return tuple(_locate(root, word) for word in shlex.split(line)[1:])


def _locate(root: Path, word: str) -> str:
    before, found, path = word.partition(_PREFIX)
    return f"{before}{root / path}" if found else word


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
