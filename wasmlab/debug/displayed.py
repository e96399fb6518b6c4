"""Which expressions are shown at every stop: what a session keeps of them."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass, field

if TYPE_CHECKING:
    from wasmlab.debug.views.formats import NumberFormat


class Displayed(NamedTuple):
    """An expression that is shown at every stop."""

    expression: str
    form: NumberFormat


@dataclass(slots=True)
class Displays:
    """What is shown at every stop, by number."""

    by_number: dict[int, Displayed] = field(default_factory=dict[int, Displayed])
    last: int = 0
    """The highest number that was given."""
