"""The forms of a script, and how a form that no assembler reads is left out."""

from __future__ import annotations

import re

from wasmlab.errors import AssembleError, Unsupported, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.text.lexer import TokenKind, lex

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODULE = re.compile(r"\(\s*module(?P<definition>\s+definition)?(?:\s+\$(?P<name>[^\s()\";]+))?")
_ACTIONS = {"invoke", "get"}


class Form(NamedTuple):
    """A form at the top level: from its opening to its closing parenthesis."""

    start: int
    head: int
    """Character at which its first word begins."""
    end: int
    word: str
    """Its first word, such as ``assert_return``; empty if there is none."""


class Refused(NamedTuple):
    """A form that no assembler reads; kind in the words of the converted script, line from 1."""

    kind: str
    name: str
    """Name of the module in the form, without dollar sign; empty if it has none."""
    line: int
    reason: WasmlabError


def forms(text: str) -> Iterator[Form]:
    """Yield the forms of a script in order, except one that is not closed."""
    depth = start = head = 0
    word = ""
    for token in lex(text).tokens:
        found = text[token.start : token.end]
        if found.startswith("(") and token.kind is not TokenKind.COMMENT:
            depth += 1
            if depth == 1:
                start, head, word = token.start, token.start + 1, found[1:]
        elif found == ")" and depth:
            depth -= 1
            if not depth:
                yield Form(start, head, token.end, word)
        elif depth == 1 and not word and token.kind is not TokenKind.COMMENT:
            head, word = token.start, found


def set_apart(text: str, error: AssembleError) -> tuple[str, list[Refused]]:
    """Return a text without the form that an assembler refuses, and that form.

    All other lines stay where they are. A directive that is not known is taken out wherever it
    stands. Raises ``error`` itself if its line is in no form.
    """
    at = _offset(text, error.line, error.column)
    every = list(forms(text))
    last = at if error.column else _offset(text, error.line + 1, 0) - 1
    wrong = next((form for form in every if form.start <= last and at < form.end), None)
    if wrong is None or not wrong.word:
        raise error
    unknown = at == wrong.head or (at == wrong.start and "expected EOF" in error.message)
    reason = Unsupported(f"unknown directive {wrong.word}") if unknown else error
    out = [form for form in every if form.word == wrong.word] if unknown else [wrong]
    refused = [_refused(text, form, reason) for form in out]
    for form in out:
        blank = re.sub(r"[^\n]", " ", text[form.start : form.end])
        text = text[: form.start] + blank + text[form.end :]
    return text, refused


def _offset(text: str, line: int, column: int) -> int:
    before = text.split("\n")[: max(line - 1, 0)]
    return sum(len(each) + 1 for each in before) + max(column - 1, 0)


def _refused(text: str, form: Form, reason: WasmlabError) -> Refused:
    line = text.count("\n", 0, form.start) + 1
    module = _MODULE.match(text, form.start)
    if module is None or form.word != "module":
        return Refused("action" if form.word in _ACTIONS else form.word, "", line, reason)
    kind = "module_definition" if module["definition"] else "module"
    return Refused(kind, module["name"] or "", line, reason)
