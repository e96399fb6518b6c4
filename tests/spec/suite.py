"""The official test suite: where it is, and its scripts.

It is not part of the repository. ``WASMLAB_SPEC_TESTS`` names a folder with its scripts (a
checkout); else they are in the archive ``shared/spec-tests.tar.xz`` beside the repository.
"""

from __future__ import annotations

import os
import tarfile
from pathlib import Path, PurePosixPath

ARCHIVE = Path(__file__).parents[3] / "shared" / "spec-tests.tar.xz"
VARIABLE = "WASMLAB_SPEC_TESTS"
MISSING = f"the official test suite is not here: set {VARIABLE} to a folder with its .wast files"
UNSUPPORTED = ("stack-switching", "custom-descriptors")
"""Proposals that wasmlab does not carry out, and says so."""
_PARENTS = 3
"""Folders of a script's path that tests are named by."""


def script_names() -> list[str]:
    """Return the paths of all scripts in the suite, empty if it is not there."""
    folder = os.environ.get(VARIABLE)
    if folder:
        found = Path(folder).rglob("*.wast")
        return sorted(path.relative_to(folder).as_posix() for path in found)
    if not ARCHIVE.exists():
        return []
    with tarfile.open(ARCHIVE) as archive:
        return sorted(name for name in archive.getnames() if name.endswith(".wast"))


def script(name: str, folder: Path) -> Path:
    """Return the path of a script, unpacked into folder if need be."""
    checkout = os.environ.get(VARIABLE)
    if checkout:
        return Path(checkout) / name
    with tarfile.open(ARCHIVE) as archive:
        archive.extract(name, folder, filter="data")
    return folder / name


def is_supported(name: str) -> bool:
    """Return whether wasmlab is to pass all of a script."""
    return not any(proposal in PurePosixPath(name).parts for proposal in UNSUPPORTED)


def short(name: str) -> str:
    """Return what tests call a script."""
    return "/".join(PurePosixPath(name).parts[-_PARENTS:])
