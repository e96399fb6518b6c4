"""Messages say "1 byte": what counts things goes through ``counted``."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.hygiene.tree import PACKAGES, parsed, place, sources
from wasmlab.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THINGS = re.compile(
    r" (arguments|bytes|elements|events|functions|instructions|lines|operands|pages|results|steps"
    r"|values)\b"
)
NEVER_ONE = {
    "tui/wasmlab_tui/lab/browsing.py: bytes",
    "tui/wasmlab_tui/lab/search.py: functions are called",
    "tui/wasmlab_tui/render/module.py: bytes",  # in a column
    "wasmlab/cli/dis.py: bytes",
    "wasmlab/cli/inspect.py: bytes",
    "wasmlab/cli/transcript.py: steps are shown. wasmlab trace prints all of them.",
    "wasmlab/debug/commands/memory.py: bytes,",  # of whole pages, as those of memory below
    "wasmlab/debug/stops/scope.py: bytes",
    "wasmlab/debug/stops/watch_area.py: bytes",
    "wasmlab/debug/stops/watch_area.py: bytes are too many",
    "wasmlab/debug/views/plain_text.py: functions are called",
    "wasmlab/engine/recording/file/encoding.py: values are expected in the recording, found",
    "wasmlab/engine/recording/file/images.py: bytes, which cannot be",
    "wasmlab/engine/recording/file/images.py: elements, which cannot be",
    "wasmlab/engine/recording/file/parts.py: bytes, at most",
    "wasmlab/engine/work.py: instructions,",  # 12.4 M instructions
    "wasmlab/exec/invocation.py: instructions",  # a limit
    "wasmlab/host/linker.py: values is expected",
    "wasmlab/module.py: bytes>",
    "wasmlab/runtime/arena.py: bytes are asked for",
    "wasmlab/runtime/memory_budget.py: bytes is full",
    "wasmlab/runtime/memory.py: bytes (see ulimit -v)",
    "wasmlab/runtime/memory.py: bytes are declared,",
    "wasmlab/runtime/memory.py: bytes of address space are left;",
    "wasmlab/runtime/memory_budget.py: bytes are asked for,",
    "wasmlab/runtime/table.py: elements",
    "wasmlab/script/actions.py: instructions",
    "wasmlab/valid/module.py: pages",
}
"""Counts that cannot be 1."""


def uncounted(path: Path) -> Iterator[str]:
    """Yield where a text has a number before things, as it is."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.JoinedStr):
            for number, word in zip(node.values, node.values[1:], strict=False):
                is_number = isinstance(number, ast.FormattedValue)
                if is_number and isinstance(word, ast.Constant) and THINGS.match(str(word.value)):
                    yield f"{place(path)}: {str(word.value).strip()}"


def test_numbers_of_things_are_counted() -> None:
    assert [
        found for path in sources(*PACKAGES) for found in uncounted(path) if found not in NEVER_ONE
    ] == []


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (1, "1 byte"), (2, "2 bytes"), (1_200, "1,200 bytes")]
)
def test_counted_says_one_thing_and_many_things(count: int, text: str) -> None:
    assert counted(count, "byte") == text
