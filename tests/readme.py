"""Tables in README.md that commands measure and write."""

from __future__ import annotations

import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def write_table(name: str, made_by: str, lines: list[str]) -> None:
    """Put lines between the marks of a table; ends the process if README.md has no such marks."""
    first, last = f"<!-- {name}: made by {made_by} -->", f"<!-- /{name} -->"
    before, mark, rest = README.read_text().partition(first)
    if not mark or last not in rest:
        sys.exit(f"README.md has no place for the table: {first}")
    table = "\n".join(lines)
    README.write_text(f"{before}{mark}\n{table}\n{last}{rest.partition(last)[2]}")


def markdown(rows: list[list[str]]) -> list[str]:
    """Return a table in Markdown: the first row heads it, the first column has text."""
    head, *body = rows
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return [f"| {' | '.join(line)} |" for line in lines]
