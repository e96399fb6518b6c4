"""Opcodes of proposals that wasmlab knows of but has no rows for."""

from __future__ import annotations

_STACK = "stack-switching"
_DESCRIPTORS = "custom-descriptors"

PROPOSALS: dict[tuple[int, ...], str] = {
    **{(code,): _STACK for code in range(0xE0, 0xE7)},
    **{(0xFB, number): _DESCRIPTORS for number in range(32, 39)},
}
"""The proposal that an opcode belongs to, so that a refusal can name it."""
