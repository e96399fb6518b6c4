"""Tests use a session as its users do: by what is public."""

import ast

from tests.hygiene.tree import ROOT, parsed, place, sources

SESSION = (ROOT / "wasmlab/debug/session.py", *sources("wasmlab/debug/facade"))
NAMES = {"s", "session", "other", "again"}
"""What tests call a session, beside names that contain the word."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def attributes_of_session() -> set[str]:
    """Return the private names that ``Session`` gives itself."""
    nodes = (node for path in SESSION for node in ast.walk(parsed(path)))
    return {
        node.attr for node in nodes if isinstance(node, ast.Attribute) and is_private(node.attr)
    }


def means_a_session(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return name in NAMES or "session" in name


def test_session_has_private_attributes_that_the_next_test_looks_for() -> None:
    assert {"_begin", "_executed"} <= attributes_of_session()


def test_tests_reach_no_private_attribute_of_a_session() -> None:
    known = attributes_of_session()
    reached = [
        f"{place(path, node.lineno)}: {ast.unparse(node)}"
        for path in sources("tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and is_private(node.attr)
        if node.attr in known or means_a_session(node.value)
    ]
    assert not reached, "\n".join(reached)
