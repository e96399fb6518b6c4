"""Notebooks are written the same, however the kernel's output was cut into pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_widgets.writing import notebook_of, run_notebook

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """```python
import sys
for word in ("one", "two"):
    sys.stdout.write(word)
    sys.stdout.flush()
_ = sys.stderr.write("three")
```
"""


def test_output_in_pieces_is_one_stream_in_the_notebook(tmp_path: Path) -> None:
    made = run_notebook(notebook_of(SOURCE), tmp_path)
    outputs = made["cells"][0]["outputs"]
    assert [(o["name"], o["text"]) for o in outputs] == [
        ("stdout", ["onetwo"]),
        ("stderr", ["three"]),
    ]
