"""The results of a script, as plain data."""

from __future__ import annotations

from collections import Counter

from wasmlab.errors import WasmlabError
from wasmlab.records import dataclass, field


class Failed(WasmlabError):
    """An assertion does not hold."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An assertion that does not hold, or a command that cannot be carried out."""

    line: int
    """From 1; 0 if no line is to blame."""
    kind: str
    """The command, such as ``assert_return``; ``script`` for the script as a whole."""
    reason: str


@dataclass(slots=True)
class ScriptReport:
    """The results of a script's commands; ``counts`` has the number of commands by kind."""

    file: str
    passed: int = 0
    failed: list[Failure] = field(default_factory=list[Failure])
    counts: Counter[str] = field(default_factory=Counter[str])

    def as_json(self) -> dict[str, object]:
        """Return the report for ``json``: file, passed, failed, counts."""
        failed = [{"line": f.line, "kind": f.kind, "reason": f.reason} for f in self.failed]
        counts = dict(sorted(self.counts.items()))
        return {"file": self.file, "passed": self.passed, "failed": failed, "counts": counts}
