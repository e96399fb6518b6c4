"""Words that riddle: the field's term, or plain English, stands in their place."""

from __future__ import annotations

import re

import pytest

from tests.hygiene.tree import ROOT, place, tracked

# The brackets keep these lines from finding themselves.
BANNED = {
    "[b]ehind": "after, beyond, below",
    "[s]omebody": "the thing itself as the subject",
    "[n]obody": "no thread, no caller, no user",
    "[p]erson": "user, reader, learner",
    "[p]ersons": "users, readers, learners",
    "[h]angs on": "depends on",
    "[n]ames it not": "has no name",
    "is [n]one of": "is not",
}
"""Each with what to say instead."""
TEXT = {".py", ".md", ".wat", ".js", ".css", ".tcss", ".toml", ".c", ".cpp", ".rs", ".go", ".kt"}


@pytest.mark.parametrize("banned", BANNED)
def test_banned_word_is_nowhere(banned: str) -> None:
    pattern = re.compile(rf"(?<![a-z]){banned}(?![a-z])", re.IGNORECASE)
    found = [
        f"{place(path, number)} {line.strip()}"
        for path in tracked()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"say {BANNED[banned]}"


def test_attribute_docs_can_be_read_alone() -> None:
    found = [
        f"{place(path, number)} {line.strip()}"
        for path in tracked()
        if path.suffix == ".py" and path.is_relative_to(ROOT)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.match(r'\s+"""(Of|Likewise|The same)\b', line)
    ]
    assert not found
