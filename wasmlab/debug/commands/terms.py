"""The terms of a breakpoint as they are typed: ``if $n > 3 hits 2 once log "n={$n}"``."""

from __future__ import annotations

import re

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Breakpoint, Catchpoint, Watchpoint
    from wasmlab.hints import Any

QUOTED = r'"(?:[^"\\]|\\.)*"'
_TERMS = (
    r"(?:\s+hits\s+(?P<hits>\d{1,18}))?(?P<once>\s+once)?"
    rf"(?:\s+log\s+(?P<log>{QUOTED}))?(?:\s+do\s+(?P<do>.+))?"
)
_AT = re.compile(rf"(?P<where>.*?)(?:\s+if\s+(?P<condition>.+?))?{_TERMS}\s*")
_ALONE = re.compile(rf"(?P<condition>.*?){_TERMS}\s*")


def place_and_terms(text: str) -> tuple[str, dict[str, Any]]:
    """Return the place of ``$f if $n > 3 hits 2``, and its terms as ``Session.break_at`` takes them."""
    match = _AT.fullmatch(f" {text.strip()}")
    return ("", {}) if match is None else (match["where"].strip(), _terms(match))


def terms_alone(text: str) -> dict[str, Any]:
    """Return the terms of ``$n > 3 hits 2``, all that there are."""
    match = _ALONE.fullmatch(f" {text.strip().removeprefix('if ').strip()}")
    return {} if match is None else _terms(match)


def _terms(match: re.Match[str]) -> dict[str, Any]:
    return {
        "condition": (match["condition"] or "").strip(),
        "hits": int(match["hits"] or 0),
        "temporary": match["once"] is not None,
        "log": unquoted(match["log"] or '""'),
        "commands": command_lines(match["do"] or ""),
    }


def unquoted(text: str) -> str:
    r"""Return the text of ``"one \"two\""``."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1])


_ESCAPES = {"n": "\n", "t": "\t"}


def command_lines(text: str) -> tuple[str, ...]:
    """Return the commands of ``print $x; continue``."""
    parts = re.findall(rf"(?:{QUOTED}|[^;\"]|\")+", text)
    return tuple(part.strip() for part in parts if part.strip())


def commands_in(name: str, rest: str) -> tuple[str, ...]:
    """Return the commands that a command is given for a breakpoint: none of most."""
    if name == "commands":
        return command_lines(re.sub(r"^\d+\s*", "", rest))
    return (
        place_and_terms(rest)[1].get("commands", ()) if " do " in rest and name in _TAKERS else ()
    )


_TAKERS = ("break", "tbreak", "rbreak", "watch", "rwatch", "awatch", "catch")


def terms_of(found: Breakpoint | Watchpoint | Catchpoint) -> str:
    """Return the terms of a stopping place as ``terms_alone`` takes them: what is to be edited."""
    words = [found.condition] if found.condition else []
    words += [f"hits {found.hits}"] if found.hits > 1 else []
    words += ["once"] if found.temporary else []
    if found.log:
        log = found.log.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        words.append(f'log "{log}"')
    words += [f"do {'; '.join(found.commands)}"] if found.commands else []
    return " ".join(words)
