"""Notebooks from their sources: Markdown with fences that become cells.

``python -m wasmlab_widgets.writing FOLDER`` writes FOLDER/name.ipynb from FOLDER/source/name.md,
with the output of a run. A fence is ``python`` or ``wat NAME``; the word ``solution`` after it
folds the cell away and keeps it out of student copies.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wasmlab_widgets.folder import notebook_text

if TYPE_CHECKING:
    from wasmlab_widgets.state import Data

_FENCE = re.compile(r"^```(python|wat)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIMEOUT = 60
"""Seconds that a cell may take."""
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
_METADATA: Data = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook_of(text: str) -> Data:
    """Return the notebook that a source describes, without output."""
    cells: list[Data] = []
    end = 0
    for fence in _FENCE.finditer(text):
        _add_markdown(cells, text[end : fence.start()])
        cells.append(_code(fence[1], fence[2].split(), fence[3].rstrip("\n"), len(cells)))
        end = fence.end()
    _add_markdown(cells, text[end:])
    return {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}


def _add_markdown(cells: list[Data], text: str) -> None:
    if text.strip():
        cells.append(
            {
                "cell_type": "markdown",
                "id": f"cell-{len(cells)}",
                "metadata": {},
                "source": _lines(text.strip("\n")),
            }
        )


def _code(language: str, words: list[str], text: str, number: int) -> Data:
    solution = "solution" in words
    names = [word for word in words if word != "solution"]
    if language == "wat":
        text = f"%%wat {' '.join(names)}\n{text}"
    folded: Data = {"tags": ["solution"], "jupyter": {"source_hidden": True}}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell-{number}",
        "metadata": folded if solution else {},
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def run_notebook(notebook: Data, folder: Path) -> Data:
    """Return a notebook with the output of a run from top to bottom.

    Widgets leave only their static views, which need no kernel. Raises what nbclient raises.
    """
    import nbformat  # only the writers of notebooks need Jupyter
    from nbclient import NotebookClient  # likewise

    node = cast("Any", nbformat).reads(notebook_text(notebook), as_version=4)
    client: Any = NotebookClient(
        node,
        timeout=TIMEOUT,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    cells = [_tidy(cell) for cell in node["cells"]]
    return {**notebook, "cells": cells}


def _tidy(cell: Data) -> Data:
    source = _lines("".join(cell["source"]))
    if cell["cell_type"] != "code":
        return {**cell, "source": source}
    metadata = {key: value for key, value in cell["metadata"].items() if key != "execution"}
    return {
        "cell_type": "code",
        "execution_count": cell["execution_count"],
        "id": cell["id"],
        "metadata": metadata,
        "outputs": [_tidy_output(output) for output in _joined(cell["outputs"])],
        "source": source,
    }


def _joined(outputs: list[Data]) -> list[Data]:
    """Return outputs with pieces of a stream in one: where it was cut is a matter of chance."""
    joined: list[Data] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and output.get("name") == last.get("name"):
            last["text"] = "".join((*last["text"], *output["text"]))
        else:
            joined.append(dict(output))
    return joined


def _tidy_output(output: Data) -> Data:
    made = dict(output)
    if "data" in made:
        kept = {mime: data for mime, data in made["data"].items() if mime != WIDGET_MIME}
        made["data"] = {mime: _lines("".join(text)) for mime, text in kept.items()}
    if "text" in made:
        made["text"] = _lines("".join(made["text"]))
    return made


def write(folder: Path) -> list[Path]:
    """Write the notebooks of a folder from their sources and return them."""
    written: list[Path] = []
    for source in sorted((folder / "source").glob("*.md")):
        notebook = run_notebook(notebook_of(source.read_text("utf-8")), folder)
        target = folder / f"{source.stem}.ipynb"
        target.write_text(notebook_text(notebook), "utf-8")
        written.append(target)
    return written


if __name__ == "__main__":
    for path in write(Path(sys.argv[1])):
        print(path)  # noqa: T201 - what it is for
