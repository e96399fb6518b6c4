"""The teaching notebooks: where they are, copies for people, copies without solutions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from wasmlab.errors import UsageError, WasmlabError

if TYPE_CHECKING:
    from wasmlab_widgets.state import Data

_PACKAGE = Path(__file__).resolve().parent
NEEDS = ("jupyterlab", "anywidget", "ipykernel")


def notebooks() -> list[Path]:
    """Return the notebooks in order: from the installed package, else from the checkout."""
    packaged = _PACKAGE.parent / "wasmlab" / "data" / "notebooks"
    return sorted(
        (packaged if packaged.is_dir() else _PACKAGE.parent / "lessons").glob("[0-9][0-9]_*.ipynb")
    )


def student_copy(notebook: Data) -> Data:
    """Return a notebook without solutions and without output."""
    cells: list[Data] = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
        if "solution" not in cell["metadata"].get("tags", ())
    ]
    return {**notebook, "cells": cells}


def copy_notebooks(number: int | None, folder: Path, *, student: bool) -> dict[Path, bool]:
    """Copy one notebook or all to a folder; return the copies, and whether each is new.

    Files that are there already stay as they are: they may hold a learner's work.
    Raises WasmlabError or UsageError.
    """
    chosen = [p for p in notebooks() if number is None or int(p.name[:2]) == number]
    if not chosen:
        raise UsageError(f"there is no notebook {number}", hint=f"they are 1 to {len(notebooks())}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        targets = {path: folder / path.name for path in chosen}
        return {to: _copied(path, to, student=student) for path, to in targets.items()}
    except OSError as error:
        raise WasmlabError(f"cannot write to {folder}: {error.strerror}") from error


def _copied(source: Path, target: Path, *, student: bool) -> bool:
    if target.exists():
        return False
    notebook = json.loads(source.read_text("utf-8"))
    target.write_text(notebook_text(student_copy(notebook) if student else notebook), "utf-8")
    return True


def notebook_text(notebook: Data) -> str:
    """Return a notebook as Jupyter writes it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def open_notebooks(number: int | None, folder: Path, *, student: bool, start: bool) -> int:
    """Copy notebooks and open JupyterLab on them; return the exit status. Raises WasmlabError."""
    made = copy_notebooks(number, folder, student=student)
    for path, new in made.items():
        print(path if new else f"{path} (was there already, unchanged)")  # noqa: T201 - the answer of a command
    if not start:
        return 0
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        hint = "pip install 'wasmlab[notebook]'"
        raise WasmlabError(f"notebooks need {', '.join(missing)}", hint=hint)
    opened = str(next(iter(made)) if len(made) == 1 else folder)
    # Neither Jupyter nor its kernels take a file in the folder for one of their modules.
    safe = {**os.environ, "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-P", "-m", "jupyterlab", opened]
    return subprocess.run(command, check=False, env=safe).returncode  # noqa: S603 - this Python, a path of our own
