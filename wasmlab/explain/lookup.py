"""What ``explain`` finds: instructions, WASI functions and words, by name, opcode or search."""

from __future__ import annotations

import re

from wasmlab.counted import counted
from wasmlab.errors import DebugError
from wasmlab.explain.examples import examples
from wasmlab.explain.glossary import TOPICS, Topic
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.abi import MODULE
from wasmlab.host.wasi.abi import ROWS as WASI_ROWS
from wasmlab.isa.former import current_name
from wasmlab.isa.index import BY_MNEMONIC, BY_OPCODE, ROWS
from wasmlab.records import dataclass
from wasmlab.syntax.row import SPEC, Imm, Kind, Row
from wasmlab.syntax.types import FuncType

if TYPE_CHECKING:
    from wasmlab.host.wasi.abi import AbiRow as WasiRow

_NUMBER = re.compile(r"0x[0-9a-f]+", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9_.]+")
_MOST = 40
"""Lines of a list of hits."""
_WASI_DOCS = "https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Lines that explain something, or that list what could be meant."""

    lines: tuple[str, ...]


def explain(query: str) -> Explanation:
    """Explain an instruction, an opcode, a WASI function, a word, or list what a search finds.

    Raises DebugError with names that are like the query if nothing is found.
    """
    text = " ".join(query.split()).lower()
    exact = _exact(text)
    if exact is not None:
        return exact
    found = _hits(text)
    if len(found) == 1:
        return found[0].full
    if found:
        lines = [hit.line for hit in found[:_MOST]]
        if len(found) > _MOST:
            lines.append(f"... and {len(found) - _MOST} more")
        return Explanation((*lines, "", "explain NAME shows one of them."))
    raise DebugError(f"nothing is known about {query!r}", hint=_suggestion(text))


def _exact(text: str) -> Explanation | None:
    if text in BY_MNEMONIC:
        return _rows_of(text)
    now = current_name(text)
    if now is not None:
        return Explanation((f"{text} is called {now} now.", "", *_rows_of(now).lines))
    if _NUMBER.match(text):
        return _by_opcode(text)
    if (MODULE, text) in WASI_ROWS:
        return _wasi(WASI_ROWS[MODULE, text])
    topic = next((t for t in TOPICS if text == t.name or text in t.also), None)
    return _topic(topic) if topic else None


def _rows_of(mnemonic: str) -> Explanation:
    """Explain all rows of a mnemonic, and the word of the same name if there is one."""
    lines = list[str]()
    for row in ROWS:
        if row.mnemonic == mnemonic:
            lines += ["", *_row_lines(row)] if lines else _row_lines(row)
    topic = next((t for t in TOPICS if t.name == mnemonic), None)
    if topic is not None:
        lines += ["", *_topic(topic).lines]
    return Explanation(tuple(lines))


def _by_opcode(text: str) -> Explanation | None:
    """Explain ``0x6a``, ``0xfc 0x08`` or ``0xfc08``; a prefix alone lists what begins with it."""
    parts = text.split()
    if not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    numbers = tuple(int(part, 16) for part in parts)
    if len(numbers) == 1 and numbers not in BY_OPCODE and numbers[0] > _BYTE:
        digits = parts[0][2:]
        numbers = tuple(bytes.fromhex(digits)) if len(digits) == _TWO_BYTES else numbers
    if numbers in BY_OPCODE:
        return Explanation(tuple(_row_lines(BY_OPCODE[numbers])))
    group = [row for row in ROWS if row.opcode[: len(numbers)] == numbers]
    if group:
        return Explanation(tuple(_row_hit(row) for row in group))
    raise DebugError(f"no instruction has the opcode {text}", hint="explain 0x6a is an example")


_BYTE = 0xFF
_TWO_BYTES = 4
"""Digits of a prefix and a number."""


@dataclass(frozen=True, slots=True)
class _Hit:
    rank: int
    line: str
    row: Row | None = None
    wasi: WasiRow | None = None
    topic: Topic | None = None

    @property
    def full(self) -> Explanation:
        if self.row is not None:
            return _rows_of(self.row.mnemonic)
        if self.wasi is not None:
            return _wasi(self.wasi)
        return _topic(self.topic) if self.topic is not None else Explanation(())


def _hits(text: str) -> list[_Hit]:
    """Return everything whose name or explanation has words beginning with all words of text."""
    words = _WORD.findall(text)
    hits = list[_Hit]()
    for row in ROWS:
        rank = _rank(words, row.mnemonic, row.doc)
        if rank is not None and BY_MNEMONIC[row.mnemonic] is row:
            hits.append(_Hit(rank, _row_hit(row), row=row))
    for (module, name), wasi in WASI_ROWS.items():
        rank = _rank(words, name, wasi.doc)
        if rank is not None and module == MODULE:
            hits.append(_Hit(rank, f"{name:<24} {wasi.doc}", wasi=wasi))
    for topic in TOPICS:
        rank = _rank(words, " ".join((topic.name, *topic.also)), topic.text)
        if rank is not None:
            hits.append(_Hit(rank, f"{topic.name:<24} {_first_sentence(topic.text)}", topic=topic))
    return sorted(hits, key=lambda hit: hit.rank)


def _rank(words: list[str], name: str, doc: str) -> int | None:
    """Return how far a hit is from the words: 0 in the name, 1 partly, 2 in the text; or None."""
    in_name = [*re.split(r"[._ ]", name.lower()), name.lower()]
    in_doc = _WORD.findall(doc.lower())
    if not words:
        return None
    by_name = [any(part.startswith(word) for part in in_name) for word in words]
    by_doc = [any(part.startswith(word) for part in in_doc) for word in words]
    if not all(a or b for a, b in zip(by_name, by_doc, strict=True)):
        return None
    return 0 if all(by_name) else 1 if any(by_name) else 2


def _first_sentence(text: str) -> str:
    sentence = text.partition(". ")[0].partition(": ")[0]
    return sentence.removesuffix(".") + "."


def opcode_text(row: Row) -> str:
    """Return the opcode in hexadecimal: ``0x6a``, ``0xfc 0x08``."""
    return " ".join(f"0x{number:02x}" for number in row.opcode)


def signature_text(row: Row) -> str:
    """Return ``[i32 i32] -> [i32]``; empty if it depends on the immediates."""
    if row.params is None or row.results is None:
        return ""
    return str(FuncType(row.params, row.results)).replace("addr", "i32|i64")


def _row_hit(row: Row) -> str:
    return f"{row.mnemonic:<24} {row.doc}"


def _row_lines(row: Row) -> list[str]:
    lines = [f"{row.mnemonic}    {row.doc}"]
    lines.append(f"  opcode      {opcode_text(row)}")
    if signature_text(row):
        lines.append(f"  operands    {signature_text(row)}")
    if row.imms:
        lines.append(f"  immediates  {', '.join(_immediate(imm) for imm in row.imms)}")
    if row.access is not None:
        lines.append(f"  touches     {counted(row.access.nbytes, 'byte')} of memory")
    lines += [f"  example     {line}" for line in examples(row)]
    if row.kind is Kind.RMW:
        lines.append("  result      what was in memory before")
    lines.append(f"  since       {_since(row.feature)}")
    lines.append(f"  spec        {row.url}")
    return lines


def _immediate(imm: Imm) -> str:
    return "offset and alignment" if imm is Imm.MEMARG else imm.value


def _since(feature: str) -> str:
    return f"WebAssembly {feature}" if feature[0].isdigit() else f"the {feature} proposal"


def _wasi(row: WasiRow) -> Explanation:
    params = ", ".join(f"{p.name}: {p.type.name}" for p in row.params)
    results = ", ".join(r.name for r in row.results)
    names = " ".join(row.param_names)
    lines = [f"{row.name}    {row.doc}", f"  call        {row.name}({params})"]
    if results:
        lines.append(f"  gives       {results}, stored at addresses that the caller passes")
    lines.append(f"  in Wasm     {row.type}" + (f"  ({names})" if names else ""))
    if row.returns:
        lines.append("  returns     errno: 0 for success, else why it failed")
    lines.append(f"  import      {row.module} {row.name}")
    lines.append(f"  spec        {_WASI_DOCS}#{row.name}")
    return Explanation(tuple(lines))


def _topic(topic: Topic) -> Explanation:
    lines = [f"{topic.name}    {topic.text}"]
    if topic.name == "trap":
        lines += ["", "Reasons to trap:"]
        lines += [f"  {t.name:<32} {t.text[len('A trap. ') :]}" for t in TOPICS if _is_trap(t)]
    if topic.see:
        see = topic.see if topic.see.startswith("https:") else SPEC + topic.see
        lines.append(f"  read more   {see}")
    return Explanation(tuple(lines))


def _is_trap(topic: Topic) -> bool:
    return topic.text.startswith("A trap. ")


def _suggestion(text: str) -> str:
    if not text:
        return _EXAMPLES
    names = dict.fromkeys([*BY_MNEMONIC, *(t.name for t in TOPICS), *(n for _, n in WASI_ROWS)])
    from difflib import get_close_matches

    close = get_close_matches(text, names, n=3, cutoff=0.6)
    operations = {mnemonic.partition(".")[2]: mnemonic for mnemonic in reversed(BY_MNEMONIC)}
    close = close or [operations[o] for o in get_close_matches(text, operations, n=3, cutoff=0.7)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    return _EXAMPLES


_EXAMPLES = 'try an instruction, an opcode such as 0x6a, or words: explain "shift left"'
