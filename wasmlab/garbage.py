"""Python's garbage collection, put off while many objects are made, all of which stay."""

from __future__ import annotations

import gc
from contextlib import contextmanager

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def no_collection() -> Generator[None]:
    """Put off collections: in a large program they took three times as long as binding itself."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
