"""Digests of the library's own sources: what is kept on disk depends on them."""

from __future__ import annotations

import os
from functools import cache

from wasmlab.cache import digest, read, write

LIBRARY = os.path.dirname(os.path.abspath(__file__))
"""The folder of the library's packages."""
_DIGEST = ".sources"
"""Suffix of files that have the digest of sources in a certain state, by names, sizes and times."""


def key_of(packages: tuple[str, ...], data: bytes) -> str:
    """Return a name for what the sources of these packages make of data."""
    return digest(data, digest_of_sources(packages)).hex()


@cache
def digest_of_sources(packages: tuple[str, ...], library: str = LIBRARY) -> bytes:
    """Return a digest of the sources of packages in a folder, for keys.

    Sources in subfolders count too, and so does where a source lies. They are read only if they
    were changed since.
    """
    found = [
        source for package in packages for source in sources_in(os.path.join(library, package))
    ]
    name = digest(repr((library, found)).encode()).hex() + _DIGEST
    known = read(name)
    if known is None:
        known = _digest(library, [path for path, *_ in found])
        write(name, known)
    return known


def _digest(library: str, paths: list[str]) -> bytes:
    parts = list[bytes]()
    for path in sorted(paths):
        with open(path, "rb") as file:
            parts += path[len(library) :].replace(os.sep, "/").encode(), file.read()
    return digest(b"", *parts)


@cache
def sources_in(folder: str) -> tuple[tuple[str, int, int], ...]:
    """Return path, size and time of each source in a folder, as they were when first asked.

    Several digests count the same packages.
    """
    found = list[tuple[str, int, int]]()
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            found += sources_in(entry.path)
        elif entry.name.endswith(".py"):
            status = entry.stat()
            found.append((entry.path, status.st_size, status.st_mtime_ns))
    return tuple(found)
