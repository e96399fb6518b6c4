"""The lab: panes around one session, and the parts that carry out what its keys ask for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from textual.screen import Screen

from wasmlab.debug.views.model import State
from wasmlab_tui.actions import Scope, asking_key
from wasmlab_tui.bindings import bindings
from wasmlab_tui.dialogues.ask import ask, defect
from wasmlab_tui.lab.asking import asked, asking
from wasmlab_tui.lab.branches import BranchKeys
from wasmlab_tui.lab.breakpoints import BreakpointKeys
from wasmlab_tui.lab.browsing import BrowsingKeys
from wasmlab_tui.lab.choices import Choices
from wasmlab_tui.lab.commands import CommandKeys
from wasmlab_tui.lab.dispatcher import Dispatcher
from wasmlab_tui.lab.displays import DisplayKeys
from wasmlab_tui.lab.editing import EditingKeys
from wasmlab_tui.lab.history import HistoryKeys
from wasmlab_tui.lab.panes import Panes
from wasmlab_tui.lab.rebuilding import RebuildKeys
from wasmlab_tui.lab.search import SearchKeys
from wasmlab_tui.lab.selection import Selection
from wasmlab_tui.lab.text_edits import TextKeys
from wasmlab_tui.lab.typed_commands import TypedCommands
from wasmlab_tui.panes.command_line import CommandBar
from wasmlab_tui.panes.keybar import KeyBar
from wasmlab_tui.panes.lab_view import LabView
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.panes.log import LogPane
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.panes.status import StatusBar
from wasmlab_tui.panes.timeline import TimelineBar
from wasmlab_tui.panes.tour import TourBar
from wasmlab_tui.render.log import LogEntry
from wasmlab_tui.render.value import Base
from wasmlab_tui.state.remembered import LabLayout, Recalled, keep, recall

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import ComposeResult
    from textual.notifications import SeverityLevel
    from textual.worker import Worker

    from wasmlab.debug.session import Session
    from wasmlab.errors import WasmlabError
    from wasmlab_tui.edited import EditedText
    from wasmlab_tui.lab.bridge import Bridge
    from wasmlab_tui.lab.desk import PaneT
    from wasmlab_tui.panes.breakpoints import BreakpointsPane
    from wasmlab_tui.panes.choice import ChoicePane
    from wasmlab_tui.panes.frames import FramesPane
    from wasmlab_tui.program import OpenProgram

_OutcomeT = TypeVar("_OutcomeT")

_PAINTS = 20
"""Paints per second while a program runs."""


class LabScreen(Screen[None]):
    """Shows one program; it is the ``Desk`` of its parts, and passes keys and messages on to them.

    A row of ``ACTIONS`` names a part, which is an attribute here, and a method of it.
    """

    BINDINGS = bindings(Scope.LAB)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide"), (150, "-broad")]  # noqa: RUF012 - Textual's
    VERTICAL_BREAKPOINTS = [(0, "-low"), (19, "-high")]  # noqa: RUF012 - Textual's

    def __init__(
        self, program: OpenProgram, *, tour: bool = False, edited: EditedText | None = None
    ) -> None:
        """Show program; edited is its text, if that was edited before."""
        super().__init__()
        self.program = program
        self.panes = Panes()
        self.tour, self.status = TourBar(on=tour), StatusBar(id="status")
        self.timeline = TimelineBar(id="timeline")
        self.dispatcher = Dispatcher(self, program.session)
        self.selection = Selection(self)
        self.commands = CommandKeys(self, self.dispatcher, self.selection)
        self.command_bar = CommandBar()
        self.typed_commands = TypedCommands(self, self.dispatcher, self.command_bar, self._leave)
        self.breakpoints = BreakpointKeys(self, self.dispatcher, self.selection)
        self.displays = DisplayKeys(self, self.dispatcher, self.selection, self.panes)
        self.history = HistoryKeys(self, self.dispatcher, self.selection)
        self.editing = EditingKeys(self, self.dispatcher, self.selection)
        self.branches = BranchKeys(self, self.dispatcher)
        self.browsing = BrowsingKeys(self, self.selection, self.panes)
        self.search = SearchKeys(self, self.dispatcher, self.browsing)
        self.text_edits = TextKeys(self, self.dispatcher, edited)
        self.rebuilding = RebuildKeys(self, self.dispatcher, self.text_edits)
        self.choices = Choices(
            self, self.commands, self.history, self.editing, self.browsing, self.displays
        )
        log = program.session.control.breakpoints.log
        self._logged = log, log.said
        self._ticker = self.set_interval(1 / _PAINTS, self._paint, pause=True)

    def compose(self) -> ComposeResult:
        """Lay out the panes over the lines at the bottom."""
        yield self.panes
        yield from self.panes.below
        yield self.tour
        yield self.status
        yield self.timeline
        yield KeyBar(Scope.LAB, Scope.APP)
        yield self.command_bar

    def on_mount(self) -> None:
        """Show the program as it stands, with what was set when its file was open last."""
        path, session = self.program.path, self.session
        recalled = Recalled(LabLayout()) if path is None else recall(path, session)
        layout = recalled.layout
        if recalled.said:
            self.say("\n".join(recalled.said))
        self.selection.base = next((b for b in Base if b.value == layout.base), Base.SIGNED)
        self.pane(MemoryPane).holds = layout.holds
        self.pane(MemoryPane).address = layout.address
        self.panes.restore(layout.tab, layout.shares)
        self.pane(SourcePane).focus()
        self.show()
        self._say_note()
        self.text_edits.begin(self._offer_call)

    def _say_note(self) -> None:
        if self.session.note:
            self.notify(self.session.note, severity="warning")

    def _offer_call(self) -> None:
        if self.session.state is State.WAITING_FOR_CALL:
            self.call_after_refresh(self.commands.call)

    async def on_unmount(self) -> None:
        """Remember breakpoints and layout of the file; let the session's thread go."""
        if self.program.path is not None and await self.dispatcher.bridge.rest():
            memory, panes = self.pane(MemoryPane), self.panes
            base = self.selection.base.value
            layout = LabLayout(panes.tab, memory.chosen_address, panes.shares, memory.holds, base)
            keep(self.program.path, self.session, layout)
        self.dispatcher.bridge.close()

    # Keys and messages on their way to the parts

    def action_do(self, part: str, name: str, *args: str) -> None:
        """Let a part do something."""
        with asking(asking_key(f"{part}.{name}", *args)):
            getattr(getattr(self, part), name)(*args)

    def on_command_bar_given(self, event: CommandBar.Given) -> None:
        """Carry out the command that was typed."""
        if not self.typed_commands.is_early(event.text):
            self.rebuilding.typed(event.text, partial(self.typed_commands.execute, event.text))

    def on_choice_pane_taken(self, event: ChoicePane.Taken) -> None:
        """Go to what was chosen."""
        self.choices.take(event.pane, event.number)

    def on_source_pane_gutter_clicked(self, _event: SourcePane.GutterClicked) -> None:
        """Toggle the breakpoint of the line that was clicked."""
        with asking(asking_key("breakpoints.toggle")):
            self.breakpoints.toggle()

    def on_source_pane_unfolded(self, _event: SourcePane.Unfolded) -> None:
        """Show the text anew; the cursor stays."""
        self.show_breakpoints()

    def on_frames_pane_selected(self, event: FramesPane.Selected) -> None:
        """Show the frame that was chosen in the list."""
        self.selection.select_frame(event.number)

    def on_breakpoints_pane_switched(self, event: BreakpointsPane.Switched) -> None:
        """Switch a breakpoint on or off."""
        self.breakpoints.switch(event.breakpoint)

    def on_breakpoints_pane_removed(self, event: BreakpointsPane.Removed) -> None:
        """Remove a breakpoint."""
        self.breakpoints.remove(event.breakpoint)

    def on_breakpoints_pane_amended(self, event: BreakpointsPane.Amended) -> None:
        """Ask for another condition of a breakpoint."""
        self.breakpoints.amend(event.breakpoint)

    def on_timeline_bar_chosen(self, event: TimelineBar.Chosen) -> None:
        """Go to the step that was clicked."""
        self.history.go_to_tick(event.tick)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so if work failed through a defect."""
        if message := defect(event):
            self._answer(message, failed=True)

    # What the parts need: see Desk

    @property
    def bridge(self) -> Bridge:
        """The way to the session's thread."""
        return self.dispatcher.bridge

    @property
    def session(self) -> Session:
        """The session that is shown."""
        return self.bridge.session

    @property
    def busy(self) -> bool:
        """A command is being carried out."""
        return self.bridge.busy

    @property
    def unsaved(self) -> EditedText | None:
        """The text, if it would be lost."""
        return self.text_edits.unsaved

    @property
    def focused_pane(self) -> LinePane | None:
        """The pane with the focus; None if nothing has it, or what is no pane."""
        return self.focused if isinstance(self.focused, LinePane) else None

    @property
    def marked(self) -> str:
        """Text that was selected with the mouse; empty if none is."""
        return self.get_selected_text() or ""

    def pane(self, kind: type[PaneT]) -> PaneT:
        """Return the pane of a class."""
        return self.panes.pane(kind)

    def complain(self, error: WasmlabError) -> None:
        """Answer with what went wrong."""
        self._answer(str(error), failed=True)

    def say(self, text: str) -> None:
        """Answer the key or command that is carried out, in one line or several, in the log."""
        self._answer(text)

    def remark(self, text: str) -> None:
        """Say something in the status line, until something else is shown there."""
        self.status.remark(text)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show in the log what would be a message above the lab."""
        del title, timeout, markup
        self._answer(message, failed=severity == "error")

    def _answer(self, text: str, *, failed: bool = False) -> None:
        lines = tuple(text.split("\n")) if text else ()
        self.pane(LogPane).add(LogEntry(asked(), lines, failed))

    def ask(self, dialogue: Screen[_OutcomeT], then: Callable[[_OutcomeT | None], None]) -> None:
        """Show a dialogue; then is called with what it gives, None if it was cancelled."""
        asker = asked()

        def answered(outcome: _OutcomeT | None) -> None:
            with asking(asker):
                then(outcome)

        ask(self, dialogue, answered)

    def settle(self, edited: EditedText, then: Callable[[], object]) -> None:
        """Ask what becomes of a text before something is done that would lose it."""
        from wasmlab_tui.unsaved import settle

        settle(self, edited, then)

    def copy(self, text: str) -> None:
        """Put text on the clipboard."""
        self.app.copy_to_clipboard(text)  # pyright: ignore[reportUnknownMemberType] - App of any result

    def work(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = True) -> None:
        """Do something beside the interface; exclusive ends work of the same group."""
        self.run_worker(work, group=group, exclusive=exclusive, exit_on_error=False)

    def show(self) -> None:
        """Bring every pane up to date with the session, which rests."""
        selection, ran_last = self.selection, self.dispatcher.ran_last
        view = LabView(self.session, selection.base, ran_last)
        for shown in (self.panes, self.status, self.timeline, self.tour):
            shown.update_view(view)

    def show_stop(self) -> None:
        """Show where a command has come to."""
        self._ticker.pause()
        self.show()
        self._show_logged()
        self.rebuilding.notice()

    def _show_logged(self) -> None:
        """Show what logpoints have said since they were asked last."""
        from wasmlab.debug.views.plain_text import log_lines

        log = self.session.control.breakpoints.log
        known, said = self._logged
        dropped, lines = log.since(said if known is log else 0)
        self._logged = log, log.said
        if lines:
            self._answer("\n".join((*log.gone(dropped), *log_lines(lines))))

    def show_breakpoints(self) -> None:
        """Show breakpoints that were changed; the cursor stays."""
        source = self.pane(SourcePane)
        cursor = source.cursor
        if not self.busy:
            self._ticker.pause()
            self.show()
        source.go_to(cursor)

    def leave_alone(self) -> None:
        """Read nothing more of the session until it is shown again."""
        self._ticker.resume()
        self.panes.leave_alone()

    def _paint(self) -> None:
        """Show what may be read of a program while it runs."""
        if self.bridge.running:
            for shown in (self.panes, self.status):
                shown.update_running(self.session)

    def ask_for_what_is_missing(self) -> None:
        """Ask for what the program waits for, unless a dialogue is open already."""
        if self.is_current:
            self.commands.ask_for_what_is_missing()

    def load(self, program: OpenProgram) -> None:
        """Show another program in place of this one."""
        self.dispatcher.take(program.session)
        self.program = program
        self.show()
        self._say_note()
        if self.session.state is State.WAITING_FOR_CALL:
            self.commands.call()

    def _leave(self) -> None:
        self.call_later(self.run_action, "app.quit")
