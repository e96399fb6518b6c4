"""The end of a process that has lost its terminal or its server, whatever it is doing."""

from __future__ import annotations

import os
from threading import Timer

_GRACE = 2.0
"""Seconds for the lab to end by itself."""


def end_soon(status: int) -> None:
    """End the process with status unless it ends by itself first, which a program may prevent."""
    end = Timer(_GRACE, os._exit, (status,))
    end.daemon = True
    end.start()
