"""Jupyter's own front ends on a folder, for tests and pictures."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

WHOLE = {"width": 1280, "height": 9000}
"""Jupyter draws only what is in sight."""


class App(NamedTuple):
    """A front end: its module, and where it shows a notebook."""

    module: str
    address: str

    @property
    def is_there(self) -> bool:
        """Whether it is installed."""
        return find_spec(self.module) is not None


_NEWS = "@jupyterlab/apputils-extension:announcements"
"""Asks in a corner whether one wants news."""
LAB = App("jupyterlab", "lab/tree/")
NOTEBOOK = App("notebook", "notebooks/")
_OPEN = ("--IdentityProvider.token=", "--ServerApp.password=", "--allow-root", "--no-browser")


@contextmanager
def served(app: App, folder: Path, home: Path) -> Generator[str]:
    """Serve the notebooks of a folder; yield the address that a notebook's name is appended to.

    home is where the settings go.
    """
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    command = (
        *(sys.executable, "-m", app.module, *_OPEN, "--ServerApp.disable_check_xsrf=True"),
        *("--ip=127.0.0.1", f"--port={port}", f"--ServerApp.root_dir={folder}"),
    )
    settings = home / "labconfig" / "page_config.json"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps({"disabledExtensions": {_NEWS: True}}))
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(home), "HOME": str(home)}
    root = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(f"{root}api", server)
            yield f"{root}{app.address}"
        finally:
            server.terminate()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return once a server answers; the retries of the client do the waiting."""
    opener = urllib.request.build_opener()
    while server.poll() is None:
        try:
            with opener.open(address, timeout=30):
                return
        except OSError:
            subprocess.run(("sleep", "0.05"), check=True)  # noqa: S607 - on every machine with jupyter
    raise RuntimeError("Jupyter does not start")


def stop_kernels(address: str) -> None:
    """Shut every kernel of a server down, as if it had died."""
    api = "/".join([*address.split("/")[:3], "api", "kernels"])
    with urllib.request.urlopen(api, timeout=30) as answer:  # noqa: S310 - our own server
        kernels = json.load(answer)
    for kernel in kernels:
        request = urllib.request.Request(f"{api}/{kernel['id']}", method="DELETE")  # noqa: S310 - likewise
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - likewise
            pass


def run_all(page: Any, until: str) -> None:  # noqa: ANN401 - playwright is optional
    """Run all cells; again if the front end lost the click because it was not ready yet."""
    from playwright.sync_api import TimeoutError as TooLate  # likewise

    which_kernel = page.locator(".jp-Dialog .jp-mod-accept")
    page.add_locator_handler(which_kernel, which_kernel.click)  # asked when the server is slow
    page.wait_for_selector(".jp-Toolbar-kernelName >> text=Python 3")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    for _ in range(6):
        page.click(".lm-MenuBar-item >> text=Run")
        page.click(".lm-Menu-item >> text=Run All Cells")
        try:
            page.wait_for_selector(until, timeout=8_000)
        except TooLate:
            continue
        return
    raise RuntimeError("the notebook does not run")


def choose_dark_theme(page: Any) -> None:  # noqa: ANN401 - likewise
    """Switch to the dark theme by the menu."""
    page.click(".lm-MenuBar-item >> text=Settings")
    page.click(".lm-Menu-item >> text=Theme")
    page.click(".lm-Menu-item >> text=JupyterLab Dark")
    page.wait_for_selector("[data-jp-theme-light=false] .wasmlab")
