"""From a word to a module or a recording: a file, a sample, or standard input."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager

from wasmlab.errors import Invalid, Malformed, UsageError, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening import inputs
from wasmlab.opening.inputs import MODULE_FILE, SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from wasmlab.engine.recording.file.reader import Recording
    from wasmlab.module import Module
    from wasmlab.samples import Sample

STDIN = "-"


def find(word: str) -> Path:
    """Return the file that a word names: a path, or a sample such as ``hello`` or ``c/words``.

    Raises UsageError for a word that cannot name a file, WasmlabError with similar names if there
    is none.
    """
    from pathlib import Path

    return Path(_found(word))


def _found(word: str) -> str:
    if not word or "\0" in word:
        raise UsageError(f"{word!r} is not a file name", hint=f"name {MODULE_FILE}, or a sample")
    if os.path.isdir(word):
        raise WasmlabError(f"{word} is a folder", hint=f"name {MODULE_FILE} in it")
    if os.path.exists(word):
        return word
    sample = _sample(word)
    if sample is not None:
        return str(sample.path)
    raise WasmlabError(f"no such file: {word}", hint=_suggestion(word))


def open_word(word: str) -> Module | Recording:
    """Return the content of the file that a word names; standard input holds a module.

    Raises WasmlabError if there is no such file or it cannot be read, Malformed, AssembleError,
    Invalid, BadRecording.
    """
    if word == STDIN:
        return load_module(word)
    with naming(word):
        return inputs.open_input(find(word))


def load_module(word: str) -> Module:
    """Return the module in the file that a word names; ``-`` reads standard input.

    Raises WasmlabError if there is no such file or it cannot be read, Malformed, AssembleError,
    Invalid.
    """
    name = name_of(word)
    with naming(name):
        return inputs.load(read(word) if word == STDIN else _found(word), file=name)


def name_of(word: str) -> str:
    """Return the name in messages of the file that a word names."""
    return "<stdin>" if word == STDIN else word


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
    """Return the content of the file that a word names; ``-`` is standard input.

    Raises WasmlabError if there is no such file or it cannot be read, Malformed.
    """
    if word == STDIN:
        return sys.stdin.buffer.read()
    return inputs.read(_found(word))


def sample_of(word: str) -> Sample | None:
    """Return the sample that a word names, by its name or its file; None for other files."""
    if word == STDIN:
        return None
    if not os.path.isfile(word):
        return _sample(word)
    if os.path.splitext(word)[1] not in SUFFIXES:
        return None
    from wasmlab import samples

    return samples.sample_at(word)


def _sample(word: str) -> Sample | None:
    from wasmlab import samples

    name = word.removeprefix("samples/")
    return next((s for s in samples.catalogue() if name in {s.name, _file_name(s)}), None)


def _file_name(sample: Sample) -> str:
    return sample.name + sample.path.suffix


def _suggestion(word: str) -> str:
    from difflib import get_close_matches
    from pathlib import Path

    from wasmlab import samples

    path = Path(word)
    folder = path.parent
    here = [p.name for p in folder.iterdir() if p.suffix in SUFFIXES] if folder.is_dir() else []
    near = [str(folder / name) for name in get_close_matches(path.name, here, n=2)]
    names = [sample.name for sample in samples.catalogue()]
    near += [f"the sample {name}" for name in get_close_matches(path.stem, names, n=2)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"name {MODULE_FILE}, or a sample such as hello (wasmlab alone lists them)"
