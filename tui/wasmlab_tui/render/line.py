"""Lines made of spans with a tone: what every pane shows, before any colour is chosen."""

from __future__ import annotations

from wasmlab.escape import cut_in_middle
from wasmlab.records import Enum, NamedTuple, dataclass


class Tone(Enum):
    """What a piece of text means; the theme decides how that looks.

    No tone is the only sign of anything: marks and words say the same without colour.
    """

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    NAME = "name"
    TYPE = "type"
    NUMBER = "number"
    STRING = "string"
    KEYWORD = "keyword"
    INSTRUCTION = "instruction"
    COMMENT = "comment"
    CHANGED = "changed"
    POPPED = "popped"
    TOUCHED = "touched"
    BREAKPOINT = "breakpoint"
    HERE = "here"
    """The next instruction."""
    CURSOR = "cursor"
    HOST = "host"
    ERROR = "error"
    GOOD = "good"


class Toned(NamedTuple):
    """A piece of a line: text in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a pane; ``row``, HERE or CURSOR, colours its whole width."""

    spans: tuple[Toned, ...]
    row: Tone | None = None
    value: str = ""
    """The value that the line shows, as the debugger's commands name it: ``$n``, ``stack[0]``."""
    tick: int | None = None
    """The step at which what the line says is so."""
    yields: int | None = None
    """The span that loses its middle where the line is longer than its pane, so that what stands
    after it stays in sight."""
    printed: int | None = None
    """Where a line of output begins, in bytes from the first that was printed."""

    @property
    def text(self) -> str:
        """The line without tones."""
        return "".join(span.text for span in self.spans)


LEAST_YIELDED = 12
"""Characters of the span that yields that are always shown."""


def fitted(shown: Line, width: int) -> tuple[Toned, ...]:
    """Return the spans of a line for a pane: one may yield to the others."""
    over = len(shown.text) - width if shown.yields is not None else 0
    if shown.yields is None or over <= 0:
        return shown.spans
    spans = list(shown.spans)
    text, tone = spans[shown.yields]
    spans[shown.yields] = Toned(
        cut_in_middle(text, max(len(text) - over, LEAST_YIELDED), "…"), tone
    )
    return tuple(spans)


def line(*spans: Toned | str, row: Tone | None = None) -> Line:
    """Return a line of these spans; plain strings become plain spans."""
    return Line(tuple(Toned(s) if isinstance(s, str) else s for s in spans), row)


def note(text: str) -> Line:
    """Return a dim line that says why there is nothing to show."""
    return line(Toned(f" {text}", Tone.DIM))
