"""The help: every action of the table, and what the signs in the panes mean."""

from __future__ import annotations

from wasmlab_tui.actions import Scope, actions_of, key_names
from wasmlab_tui.render.line import Line, Span, Tone, line

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
    ("━ ◆ ─", "the timeline: what is behind, now, what is ahead; ╪ a host call"),
    ("│  !", "a line on standard output, on standard error"),
)


def help_lines(first: Scope = Scope.LAB) -> list[Line]:
    """Return the whole help by scope, what the person is at first."""
    lines: list[Line] = []
    for scope in dict.fromkeys(
        (first, Scope.LAB, Scope.APP, *(s for s in Scope if s not in (Scope.LAB, Scope.APP)))
    ):
        lines += [line(Span(f" {scope.value}", Tone.STRONG))]
        lines += [
            line(Span(f"   {key_names(action):<18} ", Tone.INSTRUCTION), Span(action.doc))
            for action in actions_of(scope)
        ]
        lines += [line("")]
    lines += [line(Span(" Signs", Tone.STRONG))]
    lines += [line(Span(f"   {sign:<18} ", Tone.INSTRUCTION), Span(doc)) for sign, doc in _SIGNS]
    return lines
