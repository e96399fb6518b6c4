"""Modules put together byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PREAMBLE = b"\0asm\x01\0\0\0"


def _section(number: int, content: bytes) -> bytes:
    size = len(content)
    assert size < 1 << 14
    return bytes([number, size & 0x7F | 0x80, size >> 7]) + content


def _module(sections: dict[int, bytes]) -> bytes:
    return PREAMBLE + b"".join(_section(number, part) for number, part in sections.items())


def _function(body: bytes) -> bytes:
    content = b"\x01" + bytes([len(body)]) + body
    return _module({1: b"\x01\x60\0\0", 3: b"\x01\0", 10: content})


@pytest.fixture
def section() -> Callable[[int, bytes], bytes]:
    """Return a function that gives a section: id, two-byte size, content."""
    return _section


@pytest.fixture
def module() -> Callable[[dict[int, bytes]], bytes]:
    """Return a function that gives a module with these sections, in that order."""
    return _module


@pytest.fixture
def function() -> Callable[[bytes], bytes]:
    """Return a function that gives a module with one function [] -> [] of these body bytes."""
    return _function
