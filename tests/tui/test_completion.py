"""Completing commands."""

from __future__ import annotations

import pytest

from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.lab.completion import suggester_for

TEXT = """(module
  (func $count (export "run") (param $n i32) (result i32) local.get $n)
  (func $counter))"""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("wat", "watch"),
        ("b", "break"),
        ("br", "break"),
        ("bra", "branches"),
        ("w", "watch"),
        ("i", "info"),
        ("r", "restart"),
        ("loc", "locals"),
        ("break $coun", "break $count"),
        ("break $count", "break $counter"),
        ("print $", "print $n"),
        ("call r", "call run"),
        ("info gl", "info globals"),
        ("help wat", "help watch"),
        ("", None),
        ("break ", None),
        ("zzz", None),
        ("break $zzz", None),
    ],
)
async def test_suggestion_completes_the_last_word(typed: str, line: str | None) -> None:
    session = Session(assemble(TEXT), invoke="run", invoke_args=[1])
    assert await suggester_for(session).get_suggestion(typed) == line
