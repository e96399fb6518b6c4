"""Draws the picture of a notebook: ``make shots``.

Usage: python -m tests.widgets.shots FOLDER. It needs JupyterLab, playwright and Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.widgets.browser import CHROMIUM, chromium_page
from tests.widgets.jupyter import LAB, run_all, served
from wasmlab_widgets.folder import notebook_text
from wasmlab_widgets.writing import notebook_of

SIZE = {"width": 1440, "height": 1120}
STEPS = 11
"""How far the stepper goes: after the call of fd_write."""
TEXT = """
# Hello, WebAssembly

```python
%load_ext wasmlab
```
```wat hello
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "Hello, world!\\n")
  (func $main (export "_start")
    i32.const 0   ;; an iovec: the address of the text ...
    i32.const 16
    i32.store
    i32.const 4   ;; ... and its length
    i32.const 14
    i32.store
    (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
    drop))
```
```python
%stepper hello
```
"""


def main(target: Path) -> None:
    """Write the picture into a folder, or say what is missing."""
    missing = [name for name in (LAB.module, "playwright") if find_spec(name) is None]
    if CHROMIUM is None:
        missing.append("Chromium")
    if missing:
        print(f"no picture of a notebook: {', '.join(missing)} not found")  # noqa: T201 - for who draws
        return
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "work"
        folder.mkdir()
        (folder / "hello.ipynb").write_text(notebook_text(notebook_of(TEXT)), "utf-8")
        with served(LAB, folder, Path(home)) as address, chromium_page() as page:
            page.set_viewport_size(SIZE)
            page.goto(f"{address}hello.ipynb")
            run_all(page, ".wasmlab [data-command=step]")
            page.click("[data-id=filebrowser]")  # folds the list of files away
            for step in range(1, STEPS + 1):
                page.click(".wasmlab [data-command=step]")
                page.wait_for_selector(f".wl-where >> text=step {step} ")
            page.locator(".jp-Cell").first.scroll_into_view_if_needed()
            page.screenshot(path=str(target / "notebook.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
