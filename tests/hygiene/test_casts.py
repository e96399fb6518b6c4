"""Types that are asserted instead of shown."""

import ast

from tests.hygiene.tree import PACKAGES, parsed, sources

MOST_CASTS = 54
"""How many there are; the number may only fall."""


def test_number_of_casts_does_not_grow() -> None:
    calls = [
        node.func
        for path in sources(*PACKAGES)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
    ]
    casts = [name for name in calls if isinstance(name, ast.Name) and name.id == "cast"]
    assert len(casts) == MOST_CASTS, "lower MOST_CASTS where there are fewer"


def test_casts_have_no_second_spelling() -> None:
    spelt = [
        path.name
        for path in sources(*PACKAGES)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "cast"
        and isinstance(node.value, ast.Name)
        and node.value.id in {"typing", "t"}
    ]
    assert not spelt
