"""One fact, one place: who may know what."""

import ast
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.hygiene.tree import PACKAGES, ROOT, docstrings, parsed, place, sources
from wasmlab.isa.index import ROWS

ISA = ROOT / "wasmlab" / "isa"
BELOW_DEBUG = (
    "wasmlab/engine",
    "wasmlab/exec",
    "wasmlab/native",
    "wasmlab/host",
    "wasmlab/runtime",
    "wasmlab/text",
    "wasmlab/valid",
    "wasmlab/binary",
    "wasmlab/isa",
    "wasmlab/syntax",
)
RULES = {row.rule for row in ROWS}
"""What tiers implement one by one and dispatch on: ``block``, ``local.get``, ``struct.new``."""
TABULAR = {row.mnemonic for row in ROWS if "." in row.mnemonic} - RULES
"""Names like ``i32.add``: everything about these follows from the columns of their row."""
PREFIXES = {row.opcode[0] for row in ROWS if len(row.opcode) > 1}


def outside_isa() -> Iterator[tuple[Path, ast.Module]]:
    for path in sources(*PACKAGES):
        if ISA not in path.parents:
            yield path, parsed(path)


def test_mnemonics_without_a_rule_are_written_in_the_table_only() -> None:
    found = [
        f"{place(path, node.lineno)} {node.value}"
        for path, tree in outside_isa()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and node.value in TABULAR
        and id(node) not in docstrings(tree)
    ]
    assert not found


def names_instruction(node: ast.AST) -> bool:
    """Tell whether a node compares or looks up an opcode or mnemonic, or writes an opcode."""
    match node:
        case ast.Compare(left=ast.Attribute(attr="opcode" | "mnemonic"), comparators=[other]):
            return isinstance(other, ast.Constant | ast.Tuple | ast.Set)
        case ast.Subscript(value=ast.Name(id="BY_OPCODE"), slice=index):
            return isinstance(index, ast.Constant | ast.Tuple) and has_number(index)
        case ast.Tuple(elts=[ast.Constant(value=int() as prefix), ast.Constant(value=int())]):
            return prefix in PREFIXES
        case _:
            return False


def has_number(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, int) for part in ast.walk(node)
    )


def test_instructions_are_told_apart_by_rules_and_kinds() -> None:
    found = [
        place(path, getattr(node, "lineno", None))
        for path, tree in outside_isa()
        for node in ast.walk(tree)
        if names_instruction(node)
    ]
    assert not found


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_llvmlite_is_imported_by_native_only() -> None:
    native = ROOT / "wasmlab" / "native"
    found = [
        place(path)
        for path in sources(*PACKAGES)
        if native not in path.parents and "llvmlite" in imported(parsed(path))
    ]
    assert not found


def test_nothing_below_debug_knows_of_breakpoints() -> None:
    found: list[str] = []
    for path in sources(*BELOW_DEBUG):
        with path.open("rb") as file:
            found += [
                place(path, token.start[0])
                for token in tokenize.tokenize(file.readline)
                if token.type == tokenize.NAME and "breakpoint" in token.string.lower()
            ]
    assert not found
