"""How much an attack tried."""

from __future__ import annotations

from wasmlab.records import NamedTuple


class Tally(NamedTuple):
    """What was tried without a failure: a row of README's table on reliability."""

    what: str
    tried: int
    held: str
    """What held in all of them."""
