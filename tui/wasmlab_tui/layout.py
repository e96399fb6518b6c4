"""The panes of the lab, one row each: a pane is a file in ``panes``, one in ``render`` and a row.

The screen, its tabs, the borders that can be dragged, the keys that go to a pane and the classes
of the style sheet all follow from this table; no other module has a list of panes.
"""

from __future__ import annotations

from wasmlab.records import Enum, dataclass


class Place(Enum):
    """Where a pane is; the value is its class in the style sheet."""

    TEXT = "-text"
    """In the left column, on every screen."""
    BELOW = "-below"
    """In the left column below the text."""
    RIGHT = "-right"
    """In the right column, one above the other."""
    FITTED = "-fitted"
    """In the right column, as high as what it shows."""
    CALLS = "-calls"
    """In one row of the right column, beside the pane that is chosen of those that share it."""
    SHARED = "-shared"
    """In that row, where one of these panes is shown at a time."""
    BOTTOM = "-bottom"
    """Below both columns, on every screen, when there is something to show."""


@dataclass(frozen=True, slots=True)
class PaneRow:
    """One pane of the lab."""

    id: str
    """Its name among widgets, in the file that remembers the layout, and in the palette."""
    keys: str
    """The keys that go to it, as Textual names them; the first is shown. Empty: it has no focus."""
    title: str
    """What stands above it."""
    tab: str
    """What the tab of a small screen says; there is room for few letters."""
    doc: str
    """What its keys do, in the help and the palette."""
    place: Place
    widget: str
    """Module and class in ``wasmlab_tui.panes``; the keys of all panes are known before both."""

    @property
    def key(self) -> str:
        """The key that is shown."""
        key = self.keys.partition(",")[0]
        return _SIGNS.get(key, key)


_SIGNS = {"equals_sign": "="}
"""Keys whose names are not what they show."""


# fmt: off
PANES: tuple[PaneRow, ...] = (
    #       id             keys   title               tab        doc                               place         widget
    PaneRow("source",      "1",   "Source",           "Source",  "Go to the source.",              Place.TEXT,   "source:SourcePane"),
    PaneRow("explanation", "",    "Next instruction", "",        "",                               Place.TEXT,   "explanation:ExplanationPane"),
    PaneRow("memory",      "5,m", "Memory",           "Memory",  "Go to the linear memory.",       Place.BELOW,  "memory:MemoryPane"),
    PaneRow("stack",       "2",   "Operand stack",    "Stack",   "Go to the operand stack.",       Place.RIGHT,  "stack:StackPane"),
    PaneRow("variables",   "3",   "Variables",        "Locals",  "Go to locals and globals.",      Place.RIGHT,  "variables:VariablesPane"),
    PaneRow("displays",    "equals_sign", "Displays",   "Expr",    "Go to what is shown at every stop.", Place.FITTED, "displays:DisplaysPane"),
    PaneRow("frames",      "4",   "Frames",           "Frames",  "Go to the call frames.",         Place.CALLS,  "frames:FramesPane"),
    PaneRow("labels",      "7",   "Labels",           "Labels",  "Go to the open labels.",         Place.SHARED, "labels:LabelsPane"),
    PaneRow("breakpoints", "8",   "Breakpoints",      "Breaks",  "Go to the list of breakpoints.", Place.SHARED, "breakpoints:BreakpointsPane"),
    PaneRow("events",      "9",   "Events",           "Events",  "Go to the list of events.",      Place.SHARED, "events:EventsPane"),
    PaneRow("console",     "6",   "Console",          "Console", "Go to output and host calls.",   Place.RIGHT,  "console:ConsolePane"),
    PaneRow("log",         "0",   "Log",              "Log",     "Go to the commands and what was answered.", Place.BOTTOM, "log:LogPane"),
)
# fmt: on
"""In the order in which they are laid out."""

_KEYBOARD = "1234567890"
BY_KEY = tuple(
    sorted(
        (row for row in PANES if row.keys),
        key=lambda row: (row.key not in _KEYBOARD, _KEYBOARD.find(row.key), row.key),
    )
)
"""Panes that can have the focus, in the order of their keys."""
TABS = tuple(row for row in BY_KEY if row.place not in {Place.TEXT, Place.BOTTOM})
"""Panes that share one place on a small screen."""
