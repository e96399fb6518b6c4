"""Texts that were assembled before: what came of them, on disk, so that no assembler is started.

An entry goes by the text and by the assemblers that are installed. It is worth no more than what an
assembler says: it is decoded and judged like any module.
"""

from __future__ import annotations

import struct

from wasmlab.cache import digest, read, write
from wasmlab.text.assembled import Assembled
from wasmlab.tools import WASM_TOOLS, WAT2WASM, identity

LARGEST = 16 << 20
"""Bytes of the largest entry."""
_SUFFIX = ".text"
_HEAD = struct.Struct("<2q")
"""Bytes of the line table, -1 if there is none, and of the note."""


def assembled_once(text: str, *, file: str = "<text>") -> Assembled:
    """Return what ``assemble_text`` returns or raises, without an assembler if it did before."""
    name = _name(text)
    if name is None:
        return _assembled(text, file)
    content = read(name)
    if content is not None:
        return _in(content)
    made = _assembled(text, file)
    entry = _entry(made)
    if len(entry) <= LARGEST:
        write(name, entry)
    return made


def _assembled(text: str, file: str) -> Assembled:
    from wasmlab.text.assemble import assemble_text  # loads what starts assemblers

    return assemble_text(text, file=file)


def _name(text: str) -> str | None:
    """Return the name of a text's entry; None if it has none, or the tool cannot be told."""
    first = identity(WASM_TOOLS)
    try:
        source = text.encode()
    except UnicodeEncodeError:
        return None
    tools = f"{first} {identity(WAT2WASM)}"
    return digest(source, tools.encode()).hex() + _SUFFIX if first else None


def _entry(made: Assembled) -> bytes:
    table, note = made.line_table, made.note.encode()
    head = _HEAD.pack(-1 if table is None else len(table), len(note))
    return b"".join((head, table or b"", note, made.data))


def _in(content: bytes) -> Assembled:
    table, note = _HEAD.unpack_from(content)
    at = _HEAD.size + max(table, 0)
    said = content[at : at + note].decode()
    return Assembled(content[at + note :], None if table < 0 else content[_HEAD.size : at], said)
