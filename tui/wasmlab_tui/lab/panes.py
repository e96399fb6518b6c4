"""The panes of the lab: laid out, brought up to date, gone to, one of them in place of another."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING, cast

from textual.containers import Horizontal, Vertical

from wasmlab_tui.lab.borders import DividedColumns
from wasmlab_tui.lab.room import Room
from wasmlab_tui.layout import BY_KEY, PANES, TABS, PaneRow, Place
from wasmlab_tui.panes.console import ConsolePane
from wasmlab_tui.panes.frames import FramesPane
from wasmlab_tui.panes.log import LogPane
from wasmlab_tui.panes.stack import StackPane
from wasmlab_tui.panes.tabs import TabStrip
from wasmlab_tui.panes.variables import VariablesPane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.widget import Widget

    from wasmlab.debug.session import Session
    from wasmlab_tui.lab.desk import PaneT
    from wasmlab_tui.panes.lab_view import LabView
    from wasmlab_tui.panes.line_pane import LinePane

_SHARED = tuple(row.id for row in PANES if row.place is Place.SHARED)


class Panes(DividedColumns):
    """Lays out the table ``PANES``; the style sheet places the panes by the screen's width."""

    def __init__(self) -> None:
        self.every = {row.id: _made(row) for row in PANES}
        self.tab = TABS[0].id
        """The pane that a small screen shows below the source."""
        self._strip = TabStrip(id="tabs")
        self.below = self._at(Place.BOTTOM)
        """Panes below both columns."""
        self._calls = Horizontal(*self._at(Place.CALLS, Place.SHARED), id="calls")
        text, below = self._at(Place.TEXT), self._at(Place.BELOW)
        left = Vertical(*text, self._strip, *below, id="code")
        super().__init__(left, Vertical(*self._right(), id="state"), id="panes")
        givers = (self.pane(StackPane), self.pane(VariablesPane))
        self._frames_room = Room(self.pane(FramesPane), givers)

    def _at(self, *places: Place) -> list[LinePane]:
        return [self.every[row.id] for row in PANES if row.place in places]

    def _right(self) -> list[Widget]:
        """Return what stands in the right column: panes, and the row of those beside each other."""
        column: list[Widget] = []
        for row in PANES:
            if row.place in {Place.RIGHT, Place.FITTED}:
                column.append(self.every[row.id])
            elif row.place is Place.CALLS and self._calls not in column:
                column.append(self._calls)
        return column

    def pane(self, kind: type[PaneT]) -> PaneT:
        """Return the pane of a class."""
        return next(pane for pane in self.every.values() if isinstance(pane, kind))

    def restore(self, tab: str, shares: Mapping[str, int]) -> None:
        """Show what was shown when the layout was remembered: it may name what there is no more."""
        self.take_shares(shares)
        for name in (_SHARED[0], tab if tab in {row.id for row in TABS} else TABS[0].id):
            self._mark_shown(name, update=False)
        self.update_node_styles(animate=False)  # once for all of them

    # What they show

    def update_view(self, view: LabView) -> None:
        """Show a session that rests."""
        for pane in self.every.values():
            pane.update_view(view)
            pane.set_class(bool(pane.absent), "-absent")
        self._strip.have(tuple(row for row in TABS if self._has_tab(row)))
        self._share_room()

    def _has_tab(self, row: PaneRow) -> bool:
        """Return whether a small screen has a tab for a pane: not while it has nothing to fit."""
        return row.place is not Place.FITTED or not self.every[row.id].absent

    def on_resize(self, event: events.Resize) -> None:
        """Divide the room anew."""
        super().on_resize(event)
        self.call_after_refresh(self._share_room)

    def _share_room(self) -> None:
        """Let the frames have what operands and variables leave, unless sizes were chosen."""
        if not self.shares and not self.screen.has_class("-narrow"):
            self._frames_room.share()

    def update_running(self, session: Session) -> None:
        """Show what may be read of a session that runs."""
        for pane in self.every.values():
            pane.update_running(session)

    def leave_alone(self) -> None:
        """Read nothing more of the session until the next view."""
        for pane in self.every.values():
            pane.leave_alone()

    def toggle_host_calls(self) -> None:
        """Show or hide host calls."""
        self.pane(ConsolePane).toggle_host_calls()

    # Which of them is seen

    def show_tab(self, name: str) -> None:
        """Let a pane be seen that shares its place with others."""
        self._mark_shown(name, update=True)

    def _mark_shown(self, name: str, *, update: bool) -> None:
        """Give the pane and what holds it the classes of what is shown; update: style them now."""
        self.tab, chosen = name, self.every[name]
        for row in TABS:
            self.every[row.id].set_class(row.id == name, "-tab", update=update)
        for container in (self._calls, *self.columns):
            container.set_class(container in chosen.ancestors, "-tab", update=update)
        if name in _SHARED:
            for other in _SHARED:
                self.every[other].set_class(other == name, "-chosen", update=update)
        self._strip.mark(name)

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        """Show the pane whose tab was clicked."""
        self.go_to(event.pane)

    def go_to(self, name: str) -> None:
        """Go to a pane; on a small screen, show it."""
        self._focus_on(self.every[name])

    def focus_pane(self, kind: type[LinePane]) -> None:
        """Go to the pane of a class."""
        self._focus_on(self.pane(kind))

    def _focus_on(self, pane: LinePane) -> None:
        if pane.id in {row.id for row in TABS}:
            self.show_tab(pane.id)
        if pane.absent:
            self.notify(pane.absent)
        pane.remove_class("-closed")
        if self.screen.maximized is not None:
            self.screen.maximize(pane, container=False)
        pane.focus()

    def next_pane(self) -> None:
        """Go to the next pane."""
        self._go_on(1)

    def previous_pane(self) -> None:
        """Go to the pane before."""
        self._go_on(-1)

    def _go_on(self, delta: int) -> None:
        order = [row.id for row in BY_KEY if not self.every[row.id].absent]
        focused = self.screen.focused
        now = None if focused is None else focused.id
        at = order.index(now) if now in order else 0
        self.go_to(order[(at + delta) % len(order)])

    def close_log(self) -> None:
        """Give the room of the log to the panes above it."""
        log = self.pane(LogPane)
        if log.has_focus:
            self.go_to(PANES[0].id)
        log.close()

    def zoom(self) -> None:
        """Give the screen to the focused pane, or take it back."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        elif self.screen.focused is not None:
            self.screen.maximize(self.screen.focused, container=False)


def _made(row: PaneRow) -> LinePane:
    """Return a pane of the row's class; which that is only the table says."""
    kind = cast("type[LinePane]", resolve_name(f"wasmlab_tui.panes.{row.widget}"))
    pane = kind(id=row.id, title=row.title, key=row.key)
    return pane.add_class(row.place.value)
