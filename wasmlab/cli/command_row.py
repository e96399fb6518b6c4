"""A row of the table of the command line's commands."""

from __future__ import annotations

from wasmlab.records import NamedTuple


class CommandRow(NamedTuple):
    """A row of the table."""

    name: str
    """The word that gives it, and the module in ``wasmlab.cli``."""
    help: str
    """One line, no full stop."""
