"""The help: every action of the table, and what the signs in the panes mean."""

from __future__ import annotations

import textwrap

from wasmlab_tui.actions import Scope, actions_of, key_names
from wasmlab_tui.render.line import Line, Tone, Toned, line

_SIGNS = (
    ("▶", "the next instruction; its name is shown in reverse"),
    ("·", "the line whose instruction ran last"),
    ("┊", "a line that the last step went past: block, loop, else, end"),
    ("● ◆ ○", "breakpoint: always, on a condition or count, disabled; how often it was reached"),
    ("◎", "watchpoint"),
    ("+", "an operand that the last step left"),
    ("◂ taken next", "an operand that the next instruction takes"),
    ("*", "a variable or byte that the last step changed"),
    ("'", "a byte that the last host call read or wrote"),
    ("━ ◆ ─", "the timeline: the past, now, what is ahead; ╪ a host call, ┳ a branch"),
    ("│  !", "a line on standard output, on standard error"),
)


_KEYS = 22
"""Columns before the words."""


def help_lines(first: Scope = Scope.LAB, width: int = 200) -> list[Line]:
    """Return the whole help by scope, ``first`` at the top, wrapped at width columns."""
    lines: list[Line] = []
    others = (s for s in Scope if s not in (Scope.LAB, Scope.APP))
    for scope in dict.fromkeys((first, Scope.LAB, Scope.APP, *others)):
        lines += [line(Toned(f" {scope.value}", Tone.STRONG))]
        for action in actions_of(scope):
            lines += _entry(key_names(action), action.doc, width)
        lines += [line("")]
    lines += [line(Toned(" Signs", Tone.STRONG))]
    for sign, doc in _SIGNS:
        lines += _entry(sign, doc, width)
    return lines


def _entry(keys: str, doc: str, width: int) -> list[Line]:
    head, *more = textwrap.wrap(doc, max(width - _KEYS - 1, 20))
    return [
        line(Toned(f"   {keys:<{_KEYS - 4}} ", Tone.INSTRUCTION), Toned(head)),
        *(line(" " * _KEYS, Toned(part)) for part in more),
    ]
