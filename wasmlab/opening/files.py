"""From a word on the command line to a module: a file, a sample, or what it might have meant."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import wasmlab.module
from wasmlab import samples
from wasmlab.errors import Invalid, Malformed, UsageError, WasmlabError

if TYPE_CHECKING:
    from collections.abc import Generator

STDIN = "-"
SUFFIXES = (".wat", ".wasm")
RECORDED = ".wlab"
"""How recordings are named."""


def find(word: str) -> Path:
    """Return the file that a word names: a path, or a sample such as ``hello`` or ``c/words``.

    Raises WasmlabError with names that are like it.
    """
    path = Path(word)
    if not word or "\0" in word:
        raise UsageError(f"{word!r} is no file", hint="name a .wat or .wasm file, or a sample")
    if path.is_dir():
        raise WasmlabError(f"{word} is a folder", hint="name a .wat or .wasm file in it")
    if path.exists():
        return path
    sample = _sample(word)
    if sample is not None:
        return sample.path
    raise WasmlabError(f"no such file: {word}", hint=_suggestion(path))


def load_module(word: str) -> wasmlab.module.Module:
    """Return the module in the file that a word names; ``-`` reads standard input.

    Raises WasmlabError: no such file, not a module.
    """
    name = "<stdin>" if word == STDIN else word
    with naming(name):
        return wasmlab.module.load(read(word) if word == STDIN else find(word), file=name)


@contextmanager
def naming(word: str) -> Generator[None]:
    """Let errors about the content of a file say which file it is."""
    try:
        yield
    except (Malformed, Invalid) as error:
        if word not in error.message + error.place:
            error.place = f"{word} {error.place}".rstrip()
        raise


def read(word: str) -> bytes:
    """Return the content of the file that a word names; ``-`` is standard input."""
    if word == STDIN:
        return sys.stdin.buffer.read()
    return wasmlab.module.read(find(word))


def sample_of(word: str) -> samples.Sample | None:
    """Return the sample that a word names or whose file it is; None for other files."""
    path = Path(word)
    if word == STDIN or not path.is_file():
        return None if word == STDIN else _sample(word)
    place = path.resolve()
    return next((s for s in samples.catalogue() if s.path.resolve() == place), None)


def _sample(word: str) -> samples.Sample | None:
    name = word.removeprefix("samples/")
    return next((s for s in samples.catalogue() if name in {s.name, _file_name(s)}), None)


def _file_name(sample: samples.Sample) -> str:
    return sample.name + sample.path.suffix


def _suggestion(path: Path) -> str:
    folder = path.parent
    known = {*SUFFIXES, RECORDED}
    here = [p.name for p in folder.iterdir() if p.suffix in known] if folder.is_dir() else []
    near = [str(folder / name) for name in get_close_matches(path.name, here, n=2)]
    names = [sample.name for sample in samples.catalogue()]
    near += [f"the sample {name}" for name in get_close_matches(path.stem, names, n=2)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return "name a .wat or .wasm file, or a sample such as hello (wasmlab alone lists them)"
