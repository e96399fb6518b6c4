"""The help: every action of the table, and what the signs in the panes mean."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

from wasmlab.debug.commands.help import ROOM, halves
from wasmlab_tui.actions import Scope, actions_of, key_names
from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_GROUPS = {
    "commands.": "Moving",
    "rebuilding.": "Moving",
    "history.": "Going back, and who wrote",
    "breakpoints.": "Stops",
    "editing.": "Changing",
    "branches.": "Changing",
    "text_edits.": "Changing",
    "panes.": "Panes",
}
"""Headings of the lab's actions by the part that carries them out; the others are for looking."""


def help_lines(first: Scope = Scope.LAB, width: int = ROOM - 1) -> list[Line]:
    """Return the whole help, ``first`` at the top, in two columns if there is room for them."""
    others = (s for s in Scope if s not in (Scope.LAB, Scope.APP))
    scopes = dict.fromkeys((first, Scope.LAB, Scope.APP, *others))
    two = width >= ROOM
    each = width // 2 - 1 if two else width
    parts = [part for scope in scopes for part in _parts(scope)]
    parts.append(("Signs", _SIGNS))
    blocks = [_block(heading, rows, each) for heading, rows in parts]
    if not two:
        return [one for block in blocks for one in block]
    left, right = halves([len(block) for block in blocks])
    columns = [[one for n in side for one in blocks[n]] for side in (left, right)]
    pairs = zip_longest(*columns, fillvalue=line(""))
    return [
        line(*one.spans, " " * (each + 1 - len(one.text)), *other.spans) for one, other in pairs
    ]


def _parts(scope: Scope) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Return the headings of a scope, each with its keys and what they do."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in actions_of(scope):
        part = "".join(action.method.partition(".")[:2])
        group = _GROUPS.get(part, "Looking") if scope is Scope.LAB else ""
        heading = f"{scope.value}: {group.lower()}" if group else scope.value
        groups.setdefault(heading, []).append((key_names(action), action.doc))
    return list(groups.items())


def _block(heading: str, rows: Sequence[tuple[str, str]], width: int) -> list[Line]:
    entries = (_entry(keys, doc, width) for keys, doc in rows)
    head = line(Toned(f" {heading}", Tone.STRONG))
    return [head, *(one for entry in entries for one in entry), line("")]


def _entry(keys: str, doc: str, width: int) -> list[Line]:
    head, *more = textwrap.wrap(doc, max(width - _KEYS - 1, 20))
    return [
        line(Toned(f"   {keys:<{_KEYS - 4}} ", Tone.INSTRUCTION), Toned(head)),
        *(line(" " * _KEYS, Toned(part)) for part in more),
    ]
