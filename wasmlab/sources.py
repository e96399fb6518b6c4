"""Digests of the library's own sources: what is kept on disk depends on them."""

from __future__ import annotations

import hashlib
import os
from functools import cache

from wasmlab.cache import read, write

LIBRARY = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes longer
"""The folder of the library's packages."""
_DIGEST = ".sources"
"""Suffix of files that have the digest of sources in a certain state, by names, sizes and times."""


def key_of(packages: tuple[str, ...], data: bytes) -> str:
    """Return a name for what the sources of these packages make of data."""
    digest = hashlib.sha256(digest_of(packages))
    digest.update(data)
    return digest.hexdigest()


@cache
def digest_of(packages: tuple[str, ...], library: str = LIBRARY) -> bytes:
    """Return a digest of the sources of packages in a folder, for keys.

    Sources in subfolders count too, and so does where a source lies. They are read only if they
    were changed since.
    """
    found = [source for package in packages for source in _sources(os.path.join(library, package))]  # noqa: PTH118 - likewise
    name = hashlib.sha256(repr((library, found)).encode()).hexdigest() + _DIGEST
    known = read(name)
    if known is None:
        known = _digest(library, [path for path, *_ in found])
        write(name, known)
    return known


def _digest(library: str, paths: list[str]) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(paths):
        with open(path, "rb") as file:  # noqa: PTH123 - likewise
            text = file.read()
        place = path[len(library) :].replace(os.sep, "/")
        digest.update(f"{place} {len(text)} ".encode())
        digest.update(text)
    return digest.digest()


def _sources(folder: str) -> list[tuple[str, int, int]]:
    """Return path, size and time of each source in a folder."""
    found = list[tuple[str, int, int]]()
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _sources(entry.path)
        elif entry.name.endswith(".py"):
            status = entry.stat()
            found.append((entry.path, status.st_size, status.st_mtime_ns))
    return found
