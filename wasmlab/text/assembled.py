"""What comes of assembling a text."""

from __future__ import annotations

from wasmlab.records import NamedTuple


class Assembled(NamedTuple):
    """A module's bytes and, where there is one, the table from its instructions to the text."""

    data: bytes
    line_table: bytes | None
    """The payload of the assembler's ``.debug_line``, which ``read_line_map`` reads."""
    note: str = ""
    """Why there is no line table, if another assembler would have made one."""
