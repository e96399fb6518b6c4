"""Explanations: every row, word and trap can be found, and examples are right."""

import re

import pytest

from wasmlab.errors import DebugError, TrapCode
from wasmlab.explain.examples import examples
from wasmlab.explain.glossary import TOPICS, TRAPS, Topic
from wasmlab.explain.lookup import explain, opcode_text
from wasmlab.host.wasi.abi import MODULE
from wasmlab.host.wasi.abi import ROWS as WASI_ROWS
from wasmlab.isa.index import BY_MNEMONIC, ROWS
from wasmlab.syntax.row import Kind, Row


def name_of(topic: Topic) -> str:
    return topic.name


def test_every_instruction_is_explained_by_name_and_opcode() -> None:
    for row in ROWS:
        by_name = "\n".join(explain(row.mnemonic).lines)
        assert row.doc in by_name
        assert opcode_text(row) in by_name
        assert row.doc in "\n".join(explain(opcode_text(row)).lines)


def test_every_wasi_function_is_explained() -> None:
    for module, name in WASI_ROWS:
        if module == MODULE:
            assert WASI_ROWS[module, name].doc in explain(name).lines[0]


@pytest.mark.parametrize("topic", TOPICS, ids=name_of)
def test_topic_is_found_by_all_its_names(topic: Topic) -> None:
    assert topic.text in "\n".join(explain(topic.name).lines)
    for name in topic.also:
        assert topic.text in "\n".join(explain(name).lines)


def test_topics_have_unique_names_in_small_letters_and_end_with_a_full_stop() -> None:
    names = [name for topic in TOPICS for name in (topic.name, *topic.also)]
    assert len(names) == len(set(names))
    assert [n for n in names if n != n.lower()] == []
    assert [t.name for t in TOPICS if not t.text.endswith(".")] == []


def test_every_reason_to_trap_is_explained() -> None:
    assert set(TRAPS) == set(TrapCode)


def test_pages_of_the_specification_exist_in_form() -> None:
    form = re.compile(r"[a-z]+/[a-z]+\.html(#[a-z0-9-]+)?|https://\S+|")
    assert [t.see for t in TOPICS if not form.fullmatch(t.see)] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("shift left", {"i32.shl", "i64.shl"}),
        ("Shift Left", {"i32.shl", "i64.shl"}),
        ("popcnt", {"i32.popcnt", "i64.popcnt"}),
        ("directory entries", {"fd_readdir"}),
    ],
)
def test_search_finds_words_in_names_and_explanations(query: str, found: set[str]) -> None:
    hits = {line.split()[0] for line in explain(query).lines if line}
    assert found <= hits


def test_search_puts_names_before_explanations() -> None:
    assert explain("memory").lines[0].startswith("memory    ")
    first = explain("rotates").lines[0]
    assert first.split()[0].endswith(("rotl", "rotr"))


@pytest.mark.parametrize(
    ("query", "hint"),
    [("i32.addd", "i32.add"), ("xyzzy", "explain"), ("0xfe 0xff", "0x6a")],
)
def test_nothing_found_is_said_with_a_hint(query: str, hint: str) -> None:
    with pytest.raises(DebugError, match=hint):
        explain(query)


@pytest.mark.parametrize(
    ("mnemonic", "lines"),
    [
        ("i32.add", ["7 2  ->  9", "-7 2  ->  -5"]),
        ("i32.div_s", ["7 2  ->  3", "-7 2  ->  -3", "1 0  ->  trap: integer divide by zero"]),
        ("i32.eqz", ["7  ->  0", "-7  ->  0"]),
        ("f64.div", ["7.0 2.0  ->  3.5", "6.5 0.25  ->  26.0"]),
        ("i32.trunc_f64_s", ["7.0  ->  7"]),
        ("i32.load8_u", ["memory f8  ->  248"]),
        ("i32.store16", ["7  ->  memory 07 00", "-7  ->  memory f9 ff"]),
        ("memory.grow", []),
        ("br", []),
    ],
)
def test_examples_are_computed(mnemonic: str, lines: list[str]) -> None:
    assert examples(BY_MNEMONIC[mnemonic])[: len(lines)] == lines


def has_example(row: Row) -> bool:
    return row.kind in {Kind.PURE, Kind.LOAD, Kind.STORE} and row.params is not None


def test_every_pure_instruction_has_an_example() -> None:
    assert [row.mnemonic for row in ROWS if has_example(row) and not examples(row)] == []


@pytest.mark.parametrize(
    ("query", "word"),
    [("ENOSYS", "Error 52"), ("errno 76", "--dir grants"), ("sign extension", "sign bit")],
)
def test_error_numbers_and_words_of_arithmetic_are_explained(query: str, word: str) -> None:
    assert word in explain(query).lines[0]


def test_nothing_to_explain_suggests_no_name() -> None:
    with pytest.raises(DebugError, match="try an instruction"):
        explain("  ")
