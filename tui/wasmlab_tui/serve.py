"""The lab in a browser: a server on the loopback interface, one lab for every tab."""

from __future__ import annotations

import secrets
import shlex
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from textual_serve.server import Server

from wasmlab.errors import WasmlabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp.typedefs import Handler, Middleware

LOOPBACK = "127.0.0.1"
_TEMPLATES = Path(__file__).parent / "web"


class LabServer(Server):
    """Serves the lab below an address that nobody can guess, to this machine only."""

    def __init__(self, words: Sequence[str], port: int) -> None:
        """Serve the lab on these words of the command line; a port of 0 is any that is free."""
        command = shlex.join([sys.executable, "-m", "wasmlab_tui.served", *words])
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
        """Put everything below the token, behind a look at the names in the request."""
        outer = web.Application(middlewares=[refuse_others(self.port)])
        outer.add_subapp(f"/{self.token}/", await super()._make_app())
        return outer

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing yet: nobody listens so far."""

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


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


def serve_lab(words: Sequence[str], port: int = 0) -> int:
    """Serve the lab until it is interrupted; return the exit status."""
    try:
        LabServer(words, port).serve()
    except OSError as error:
        raise WasmlabError(f"the lab cannot be served: {error.strerror}") from error
    return 0
