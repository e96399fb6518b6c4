"""The lab in a browser: a server on the loopback interface, one lab for every tab."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import socket
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from wasmlab.errors import WasmlabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp.typedefs import Handler, Middleware

LOOPBACK = "127.0.0.1"
_TEMPLATES = Path(__file__).parent / "web"
_DRIVER = "wasmlab_tui.served_driver:ServedDriver"
_ENDED = (
    b"\x1b[?1049l\x1b[2J\x1b[H"
    b"The lab ended unexpectedly; the terminal that serves it shows why.\r\n"
)
"""Leaves the alternate screen, clears, and says what happened."""
_NOT_OF_OUR_PAGE = (ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""Raised by ``Server._process_messages`` for messages that the lab's page does not send."""


class LabService(AppService):
    """The lab of one tab, a process of its own; ``command`` is a JSON list of words."""

    _was_left = False

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start the lab without a shell, which would outlive it or be killed in its place."""
        self._process = process = await asyncio.create_subprocess_exec(
            *json.loads(self.command),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width, height),
        )
        self._stdin = process.stdin
        return process

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment = super()._build_environment(width, height)
        return {**environment, "TEXTUAL_DRIVER": _DRIVER}

    async def on_meta(self, data: bytes) -> None:
        """Take what the lab says beside what it draws: that it was left, for example."""
        self._was_left = self._was_left or json.loads(data).get("type") == "exit"
        await super().on_meta(data)

    async def run(self) -> None:
        """Pass on what the lab draws; when it ends without having been left, say so in the tab."""
        await super().run()
        if not self._was_left:
            with suppress(ConnectionError):
                await self.remote_write_bytes(_ENDED)
                await self.remote_close()


class LabServer(Server):
    """Serves the lab below an address that cannot be guessed, to this machine only."""

    def __init__(self, words: Sequence[str], port: int) -> None:
        """Serve the lab on these words of the command line; a port of 0 is any that is free."""
        # -P: a file in the folder where this is started is never taken for a module of ours.
        command = json.dumps([sys.executable, "-P", "-m", "wasmlab_tui.served", *words])
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - PathLike of anything
            command,
            host=LOOPBACK,
            port=port or _free_port(),
            title="wasmlab",
            templates_path=_TEMPLATES,
        )
        self.token = secrets.token_urlsafe(24)

    @property
    def address(self) -> str:
        """Where the lab is."""
        return f"{self.public_url}/{self.token}/"

    async def _make_app(self) -> web.Application:
        """Put everything below the token, after a look at the names in the request."""
        outer = web.Application(middlewares=[refuse_others(self.port)])
        outer.add_subapp(f"/{self.token}/", await super()._make_app())
        return outer

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a lab for a tab, for as long as both are there."""
        socket_ = web.WebSocketResponse(heartbeat=15)
        await socket_.prepare(request)

        async def close() -> None:
            await socket_.close()

        lab = LabService(
            self.command,
            write_bytes=socket_.send_bytes,
            write_str=socket_.send_str,
            close=close,
            download_manager=self.download_manager,
            debug=self.debug,
        )
        try:
            await lab.start(*(_number(request, name) for name in ("width", "height")))
            await self._process_messages(socket_, lab)
        except _NOT_OF_OUR_PAGE:
            await socket_.close(code=WSCloseCode.POLICY_VIOLATION, message=b"no message of the lab")
        finally:
            await lab.stop()
        return socket_

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing yet: the server does not listen so far."""

    def serve(self, debug: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of Server
        """Serve until interrupted; requests, whose paths hold the token, are written nowhere."""
        self.debug = debug
        web.run_app(
            self._make_app(),
            host=self.host,
            port=self.port,
            access_log=None,
            print=lambda *_: self._announce(),
        )

    def _announce(self) -> None:
        sys.stdout.write(f"The lab is at {self.address}\nctrl+c ends it.\n")
        sys.stdout.flush()


def refuse_others(port: int) -> Middleware:
    """Return a middleware that answers 403 where a page of another host asks.

    A name that another host's DNS points at this machine is another host, too.
    """
    hosts = {f"{name}:{port}" for name in (LOOPBACK, "localhost")}
    origins = {f"http://{host}" for host in hosts}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if request.host not in hosts or (origin is not None and origin not in origins):
            raise web.HTTPForbidden(text="This lab is for this machine only.")
        return await handler(request)

    return check


def _number(request: web.Request, name: str) -> int:
    """Return a positive number of the request's query, at most one million; 80 if it has none."""
    text = request.query.get(name, "")
    return max(min(int(text), 1_000_000), 1) if re.fullmatch(r"\d{1,9}", text) else 80


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


def serve_lab(words: Sequence[str], port: int = 0) -> int:
    """Serve the lab until it is interrupted; return the exit status. Raises WasmlabError."""
    try:
        LabServer(words, port).serve()
    except OSError as error:
        raise WasmlabError(f"the lab cannot be served: {error.strerror}") from error
    return 0
