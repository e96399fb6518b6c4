"""The lab in a browser; in real Chromium where there is one."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession

from wasmlab import samples

pytest.importorskip("textual_serve", reason="needs textual-serve")

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from aiohttp import ClientWebSocketResponse
    from playwright.async_api import Request

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
START = "import sys; from wasmlab.cli.main import main; sys.exit(main())"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@contextmanager
def served(tmp_path: Path) -> Generator[str]:
    """Serve hello.wat; give the address of the lab."""
    command = [sys.executable, "-c", START, "serve", str(samples.folder() / "hello.wat")]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[-1]
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=20)


def status(address: str, **headers: str) -> int:
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - an address of ours
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_served_lab_is_for_those_who_know_the_address(tmp_path: Path) -> None:
    with served(tmp_path) as address:
        assert status(address) == 200
        root = "/".join(address.split("/")[:3])
        assert status(root) == 404
        assert status(f"{root}/ws") == 404
        assert status(address, Host="other.example") == 403
        assert status(address, Origin="http://other.example") == 403


async def _tab(address: str, talk: Callable[[ClientWebSocketResponse], Awaitable[str]]) -> str:
    """Open a tab as the page does, talk to its lab, and return what came of it."""
    url = address.replace("http://", "ws://") + "ws?width=100&height=30"
    async with ClientSession() as session, session.ws_connect(url) as socket_:
        return await asyncio.wait_for(talk(socket_), 60)


async def _drawn(socket_: ClientWebSocketResponse, wanted: str) -> str:
    """Read until the lab has drawn something; return everything drawn, or sent at the end."""
    drawn = ""
    async for message in socket_:
        data: str | bytes = message.data
        drawn += data if isinstance(data, str) else data.decode("utf-8", "replace")
        if wanted in drawn:
            return drawn
    return drawn


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("name", ["SIGHUP", "SIGKILL"])
def test_lab_of_a_tab_ends_with_its_killed_server(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-c", START, "serve", str(samples.folder() / "hello.wat")]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]

        async def kill(socket_: ClientWebSocketResponse) -> str:
            await _drawn(socket_, "step 0")
            labs = _children(server.pid)
            assert labs
            handles = [os.pidfd_open(lab) for lab in labs]
            server.send_signal(signal.Signals[name])
            loop = asyncio.get_running_loop()
            for handle in handles:
                ended = asyncio.Event()
                loop.add_reader(handle, ended.set)  # readable once the process has ended
                await ended.wait()
                loop.remove_reader(handle)
                os.close(handle)
            return "ended"

        assert asyncio.run(_tab(address, kill)) == "ended"


def test_terminal_of_absurd_size_is_drawn_within_bounds(tmp_path: Path) -> None:
    async def resize(socket_: ClientWebSocketResponse) -> str:
        await _drawn(socket_, "step 0")
        await socket_.send_json(["resize", {"width": 1_000_000_000, "height": 1_000_000_000}])
        await socket_.send_json(["stdin", "s"])
        return await _drawn(socket_, "step 1 ")

    with served(tmp_path) as address:
        assert "step 1 " in asyncio.run(_tab(address, resize))


@pytest.mark.parametrize("text", ["no JSON", "{}", "[]", '["resize"]', '["stdin", 7]'])
def test_message_that_no_page_sends_closes_the_tab_without_a_word(
    tmp_path: Path, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async def send(socket_: ClientWebSocketResponse) -> str:
        await _drawn(socket_, "step 0")
        await socket_.send_str(text)
        await _drawn(socket_, "never drawn")
        return str(socket_.close_code)

    with served(tmp_path) as address:
        assert asyncio.run(_tab(address, send)) == "1008"
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_tab_whose_lab_crashed_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START, "serve", str(samples.folder() / "hello.wat")]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]

        async def crash(socket_: ClientWebSocketResponse) -> str:
            await _drawn(socket_, "step 0")
            for lab in _children(server.pid):
                os.kill(lab, signal.SIGKILL)
            return await _drawn(socket_, "never drawn")

        try:
            assert "ended unexpectedly" in asyncio.run(_tab(address, crash))
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=20)


def test_served_lab_steps_in_chromium(tmp_path: Path) -> None:
    pytest.importorskip("playwright", reason="needs playwright")
    if BROWSER is None:
        pytest.skip("needs chromium")
    with served(tmp_path) as address:
        others = asyncio.run(_run_in(BROWSER, address))
    assert others == []


async def _run_in(browser: str, address: str) -> list[str]:
    """Run the program to its end by keys, see what it printed; return who else was asked."""
    from playwright.async_api import async_playwright  # only where it is installed

    painted = Painted()
    others: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:")):
            others.append(request.url)

    async with async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=browser, args=list(QUIET))
        page = await chromium.new_page(viewport={"width": 1400, "height": 900})
        page.on("request", asked)
        page.on("websocket", lambda socket: socket.on("framereceived", painted.take))
        await page.goto(address)
        await painted.has("step 0")
        await page.click("#terminal")
        await page.keyboard.press("s")
        await painted.has("step 1 ")
        await page.keyboard.press("c")
        await painted.has("exited")
        if folder := os.environ.get("WASMLAB_SHOTS"):
            await page.screenshot(path=f"{folder}/serve.png")
        await chromium.close()
    return others


class Painted:
    """What the lab sent to the terminal of the page."""

    def __init__(self) -> None:
        self.data = ""
        self.more = asyncio.Event()

    def take(self, frame: bytes | str) -> None:
        """Take up a message of the socket."""
        self.data += frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        self.more.set()

    async def has(self, text: str) -> None:
        """Wait until text was painted."""
        async with asyncio.timeout(20):
            while text not in self.data:
                self.more.clear()
                await self.more.wait()
