"""Who asked: the key or command whose work goes on, also beside the interface and in dialogues."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_ASKED: ContextVar[str] = ContextVar("asked", default="")


@contextmanager
def asking(asked: str) -> Generator[None]:
    """Let what is done here, and work that is begun here, be done for ``asked``."""
    token = _ASKED.set(asked)
    try:
        yield
    finally:
        _ASKED.reset(token)


def asked() -> str:
    """Return the key or command that asked for what is done now, as it is shown; "" if none did."""
    return _ASKED.get()
