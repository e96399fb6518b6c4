"""The JavaScript of widgets and pages: ES modules, joined into one text without a bundler.

A widget's code must be a single module, and a page over ``file://`` may not import any. The
modules use only ``import { a, b } from "./name.js"`` and ``export function``, at the start of a
line, and no two define the same name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=function|const)", re.MULTILINE)


@cache
def joined(name: str) -> str:
    """Return a module with everything it imports before it; only its default is exported."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _text(part))) for part in _order(name))


def stylesheet() -> str:
    """Return the style of all widgets."""
    return _text("wasmlab.css")


def _text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _order(name: str) -> list[str]:
    """Return the names of a module and of what it needs, what is needed first."""
    found: list[str] = []
    for needed in _IMPORT.findall(_text(name)):
        found += [part for part in _order(needed) if part not in found]
    return [*found, name]
