"""The exported page and the stepper in a real browser."""

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hygiene.tree import ROOT
from tests.widgets.browser import chromium_page, needs_chromium
from wasmlab.cli.main import main
from wasmlab_widgets.folder import notebooks

LESSON = notebooks()[0]
WHOLE_LESSON = {"width": 1280, "height": 6000}
"""JupyterLab draws only what is in sight."""


@needs_chromium
@pytest.mark.parametrize("sample", ["hello.wat", "trap.wat"])
def test_page_shows_at_every_position_what_the_trace_says(
    sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(ROOT / "samples" / sample)
    main(["trace", "--format", "json", file])
    trace = json.loads(capsys.readouterr().out)
    target = tmp_path / "page.html"
    assert main(["export", file, "-o", str(target)]) == 0
    with chromium_page() as page:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - playwright is optional
        page.goto(target.as_uri())
        page.focus("#wl-slider")
        shown: list[object] = []
        for _ in range(len(trace)):
            page.keyboard.press("ArrowRight")
            shown.append(json.loads(page.get_attribute(".wl-step", "data-step")))
        assert shown == trace
        page.keyboard.press("Home")
        assert "step 0" in page.inner_text(".wl-where")
        assert not problems


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Run JupyterLab on a folder with one notebook; yield the notebook's address."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    (tmp_path / "work").mkdir()
    shutil.copy(LESSON, tmp_path / "work" / "lesson.ipynb")
    port = free_port()
    command = (
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"),
        *(
            "--allow-root",
            "--ServerApp.disable_check_xsrf=True",
            "--IdentityProvider.token=",
            "--ServerApp.password=",
        ),
        *(f"--ServerApp.root_dir={tmp_path / 'work'}", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path), "HOME": str(tmp_path)}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/api")
            yield f"http://127.0.0.1:{port}/lab/tree/lesson.ipynb"
        finally:
            server.terminate()


def wait_for(address: str) -> None:
    """Return once a server answers; the retries of the client do the waiting."""
    opener = urllib.request.build_opener()
    for _ in range(4000):
        try:
            with opener.open(address, timeout=30):
                return
        except OSError:
            os.sched_yield()
            subprocess.run(("sleep", "0.02"), check=True)  # noqa: S607 - on every machine with jupyter
    pytest.fail("JupyterLab does not answer")


def stack_of(page: Any) -> list[str]:  # noqa: ANN401 - playwright is optional
    return [slot.inner_text() for slot in page.query_selector_all(".wl-stack b")]


@needs_chromium
def test_stepper_in_jupyterlab_steps_both_ways_by_mouse_and_keys(lab: str) -> None:
    with chromium_page() as page:
        page.set_viewport_size(WHOLE_LESSON)
        page.goto(lab)
        page.wait_for_selector("text=Python 3 (ipykernel) | Idle")
        run_all(page, ".wasmlab [data-command=step]")
        where = ".wasmlab .wl-where"
        assert page.inner_text(where) == "step 0 of 0"
        page.click(".wasmlab [data-command=step]")
        page.wait_for_function(
            "document.querySelector('.wl-where').textContent.startsWith('step 1 ')"
        )
        assert stack_of(page) == ["6"]
        page.keyboard.press("s")
        page.wait_for_function(
            "document.querySelector('.wl-where').textContent.startsWith('step 2 ')"
        )
        assert stack_of(page) == ["7", "6"]
        page.keyboard.press("S")
        page.wait_for_function(
            "document.querySelector('.wl-where').textContent.startsWith('step 1 ')"
        )
        assert stack_of(page) == ["6"]
        page.click(".wasmlab [data-command=run]")
        page.wait_for_selector("text=area returned 44")
        page.screenshot(path=os.environ.get("WASMLAB_SHOT") or None)
        stop_kernels(lab)
        page.click(".wasmlab [data-command=to_start]")
        page.wait_for_selector(".wl-trouble >> text=disconnected")


def run_all(page: Any, until: str) -> None:  # noqa: ANN401 - playwright is optional
    """Run all cells; again if JupyterLab lost the click because it was not ready yet."""
    for _ in range(3):
        page.click("text=Run >> nth=0")
        page.click("text=Run All Cells")
        try:
            page.wait_for_selector(until, timeout=20_000)
        except playwright_timeout():
            continue
        return
    pytest.fail("the notebook does not run")


def playwright_timeout() -> type[Exception]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    return api.TimeoutError


def stop_kernels(lab: str) -> None:
    """Shut every kernel of a server down, as if it had died."""
    api = lab.removesuffix("/lab/tree/lesson.ipynb") + "/api/kernels"
    with urllib.request.urlopen(api, timeout=30) as answer:  # noqa: S310 - our own server
        kernels = json.load(answer)
    for kernel in kernels:
        request = urllib.request.Request(f"{api}/{kernel['id']}", method="DELETE")  # noqa: S310 - likewise
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - likewise
            pass
