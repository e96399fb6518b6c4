"""What the teaching notebooks ask, and how answers are checked: against the program itself."""

from __future__ import annotations

from html import escape
from types import EllipsisType
from typing import TYPE_CHECKING

from wasmlab.errors import WasmlabError
from wasmlab.records import dataclass
from wasmlab.script.exercise import grade, read_exercise
from wasmlab_widgets.static_view import table

if TYPE_CHECKING:
    from wasmlab.module import Module
    from wasmlab.script.exercise import Verdict


class NotYet(WasmlabError):
    """An exercise that is not solved yet; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A prediction beside what the program does."""

    prediction: object
    actual: object

    @property
    def right(self) -> bool | None:
        """Whether they agree; None without a prediction."""
        if isinstance(self.prediction, EllipsisType):
            return None
        return type(self.prediction) is type(self.actual) and self.prediction == self.actual

    def __repr__(self) -> str:
        """Return a sentence; without a prediction it does not give the answer away."""
        if self.right is None:
            return "No prediction yet: put one in place of the dots."
        if self.right:
            return f"Right: {self.actual!r}."
        return f"Not so: you said {self.prediction!r}, the program has {self.actual!r}."

    def _repr_html_(self) -> str:
        said = f"<p>{escape(repr(self))}</p>"
        if self.right is not None:
            return said
        shown = escape(repr(self.actual))
        return f"{said}<details><summary>What the program says</summary>{shown}</details>"


def answer(prediction: object, actual: object) -> Answer:
    """Return a prediction beside the actual value; dots stand for no prediction yet."""
    return Answer(prediction, actual)


@dataclass(frozen=True, slots=True)
class Passed:
    """The verdicts on an exercise that is solved."""

    verdicts: tuple[Verdict, ...]

    def __repr__(self) -> str:
        """Return a sentence."""
        return f"Solved: {len(self.verdicts)} of {len(self.verdicts)} checks passed."

    def _repr_html_(self) -> str:
        rows = [("✓", verdict.what) for verdict in self.verdicts]
        return f"<p>{escape(repr(self))}</p>{table(('', 'check'), rows)}"


def check(module: Module, tests: str) -> Passed:
    """Grade a module against tests as ``wasmlab check`` reads them; raises NotYet."""
    verdicts = grade(module, read_exercise(tests))
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        first = failed[0]
        raise NotYet(f"{len(failed)} of {len(verdicts)} checks failed; {first.what}: {first.why}")
    return Passed(verdicts)
