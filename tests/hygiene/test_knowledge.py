"""One fact, one place: who may know what."""

import ast
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.hygiene.tree import PACKAGES, ROOT, docstrings, imported, parsed, place, sources
from wasmlab.isa.index import ROWS

ISA = ROOT / "wasmlab" / "isa"
ROW = ROOT / "wasmlab" / "syntax" / "row.py"
"""The shape of the table's rows: its enumerations name the kinds of blocks."""
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
        if ISA not in path.parents and path != ROW:
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


OTHER_MEANINGS = {
    "wasmlab/binary/immediates.py": {"catch", "catch_all"},  # kinds of the clauses of try_table
    "wasmlab/binary/reader.py": {"end"},  # an attribute
    "wasmlab/debug/commands/": {"call", "br", "catch"},  # commands
    "wasmlab/debug/history/events.py": {"call"},  # a kind of event
    "wasmlab/debug/stops/catching.py": {"throw"},  # what is caught
    "wasmlab/errors.py": {"unreachable"},  # the message of a trap
    "wasmlab/native/handlers/loop_ir.py": {"loop"},  # the name of a module of LLVM
    "wasmlab/script/exercise.py": {"call"},  # a key of exercises
    "tui/wasmlab_tui/actions.py": {"call", "end"},  # an action, a key
    "notebooks/wasmlab_widgets/live.py": {"call", "end"},  # a heading, a field
    "notebooks/wasmlab_widgets/recording.py": {"end"},  # a field
    "notebooks/wasmlab_widgets/views.py": {"call"},  # a heading
}
"""Literals by file or folder that equal the name of a rule and mean something else."""


def rule_names(path: Path, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield place and value of each literal that is a rule's name and no key of a table."""
    keys = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in RULES - {""} and id(node) not in keys:
            yield place(path, node.lineno), str(node.value)


def rule_names_by_path() -> dict[str, list[tuple[str, str]]]:
    return {place(path): list(rule_names(path, tree)) for path, tree in outside_isa()}


def test_rules_are_named_in_the_table_and_as_keys_of_dispatch_tables_only() -> None:
    found = [
        f"{where} {value}"
        for path, names in rule_names_by_path().items()
        for where, value in names
        if not any(path.startswith(at) and value in OTHER_MEANINGS[at] for at in OTHER_MEANINGS)
    ]
    assert not found


def test_other_meanings_of_rule_names_are_there() -> None:
    by_path = rule_names_by_path()
    for at, values in OTHER_MEANINGS.items():
        found = [names for path, names in by_path.items() if path.startswith(at)]
        assert {value for names in found for _, value in names} >= values, at


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


SUFFIX_OF_RECORDINGS = ".wlab"
INPUTS = ROOT / "wasmlab" / "opening" / "inputs.py"


def test_suffix_of_recordings_is_written_in_the_table_of_formats_only() -> None:
    found = [
        place(path, node.lineno)
        for path in sources(*PACKAGES)
        if path != INPUTS
        for tree in [parsed(path)]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and SUFFIX_OF_RECORDINGS in node.value
        and id(node) not in docstrings(tree)
    ]
    assert not found
