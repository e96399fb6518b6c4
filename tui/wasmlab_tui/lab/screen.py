"""The lab: panes around one session, and everything a person can do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical

from wasmlab.debug.views.model import State
from wasmlab.errors import WasmlabError
from wasmlab_tui.actions import Scope, bindings
from wasmlab_tui.arguments import address
from wasmlab_tui.dialogues.ask import ask
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.lab.borders import SIZED
from wasmlab_tui.lab.text_edits import RewritingScreen
from wasmlab_tui.panes.breakpoints import BreakpointsPane
from wasmlab_tui.panes.console import ConsolePane
from wasmlab_tui.panes.events import EventsPane
from wasmlab_tui.panes.explanation import ExplanationPane
from wasmlab_tui.panes.frames import FramesPane
from wasmlab_tui.panes.keybar import KeyBar
from wasmlab_tui.panes.labels import LabelsPane
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.panes.stack import StackPane
from wasmlab_tui.panes.status import StatusBar
from wasmlab_tui.panes.tabs import TabStrip
from wasmlab_tui.panes.timeline import TimelineBar
from wasmlab_tui.panes.tour import TourBar
from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.panes.variables import VariablesPane
from wasmlab_tui.render.value import Base, value_text
from wasmlab_tui.state.remembered import Layout, keep, recall

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult

    from wasmlab.debug.views.model import Breakpoint, Location
    from wasmlab_tui.program import Program

TABS = ("stack", "variables", "frames", "memory", "console", "labels", "breakpoints", "events")
"""Panes that share one place on a small screen, in the order of their keys 2 to 9."""
TOGETHER = ("labels", "breakpoints", "events")
"""Panes that share one place on every screen."""


class LabScreen(RewritingScreen):
    """Shows one program."""

    BINDINGS = bindings(Scope.LAB)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide"), (150, "-broad")]  # noqa: RUF012 - Textual's

    def __init__(self, program: Program, *, tour: bool = False) -> None:
        super().__init__(program)
        self.tour = tour
        self.base = Base.SIGNED
        self.frame = 0
        self.tab = "stack"
        self.searched = ""
        self._memory: MemoryPane | None = None

    def compose(self) -> ComposeResult:
        """Lay out the panes; the style sheet places them by the width of the screen."""
        with Horizontal(id="panes"):
            with Vertical(id="code"):
                yield SourcePane(id="source", title="1 Source")
                yield ExplanationPane(id="explanation", title="Next instruction")
                yield TabStrip(id="tabs", title="")
                yield MemoryPane(id="memory", title="5 Memory")
            with Vertical(id="state"):
                yield StackPane(id="stack", title="2 Operand stack")
                yield VariablesPane(id="variables", title="3 Variables")
                with Horizontal(id="calls"):
                    yield FramesPane(id="frames", title="4 Frames")
                    yield LabelsPane(id="labels", title="7 Labels")
                    yield BreakpointsPane(id="breakpoints", title="8 Breakpoints")
                    yield EventsPane(id="events", title="9 Events")
                yield ConsolePane(id="console", title="6 Console")
        yield TourBar(id="tour", title="")
        yield StatusBar(id="status", title="")
        yield TimelineBar(id="timeline", title="")
        yield KeyBar(Scope.LAB, Scope.APP)

    def on_mount(self) -> None:
        """Show the program as it stands."""
        self.query_one(ExplanationPane).can_focus = False
        self.query_one(SourcePane).focus()
        if self.program.path is not None:
            self._recall(self.program.path)
        tab = self.tab
        self._show_tab(TOGETHER[0])
        self._show_tab(tab)
        self.show()
        if self.session.state is State.WAITING_FOR_CALL:
            self.call_after_refresh(self.action_call)

    def _recall(self, path: Path) -> None:
        """Set what was set when the file was open last."""
        layout = recall(path, self.session)
        self.tab = layout.tab if layout.tab in TABS else TABS[0]
        self._memory = self.query_one(MemoryPane)
        self._memory.address = layout.address
        self.shares = {pane: share for pane, share in layout.shares.items() if pane in SIZED}

    def on_unmount(self) -> None:
        """Remember breakpoints and layout of the file."""
        if self.program.path is not None and not self.bridge.busy:
            address = 0 if self._memory is None else self._memory.address
            keep(self.program.path, self.session, Layout(self.tab, address, self.shares))

    # Showing

    def show(self) -> None:
        """Bring every pane up to date with a session that rests."""
        session = self.session
        self.query_one("#panes").set_class(not session.memory_sizes, "-no-memory")
        self.query_one(SourcePane).update_view(
            session, self._place(), session.source_of(self.frame), self.behind
        )
        self.query_one(ExplanationPane).update_view(session)
        self.query_one(StackPane).update_view(session, self.base, self.frame)
        self.query_one(VariablesPane).update_view(session, self.base, self.frame)
        self.query_one(FramesPane).update_view(session, self.base, self.frame)
        self.query_one(LabelsPane).update_view(session, self.frame)
        self.query_one(MemoryPane).update_view(session)
        self.query_one(ConsolePane).update_view(session)
        self.query_one(BreakpointsPane).update_view(session)
        self.query_one(EventsPane).update_view(session)
        self.query_one(StatusBar).update_view(session)
        self.query_one(TimelineBar).update_view(session)
        self.query_one(TourBar).update_view(session, on=self.tour)

    def show_stop(self) -> None:
        """Show where a command has come to: the innermost frame."""
        self.frame = 0
        self.show()

    def leave_alone(self) -> None:
        """Read nothing more of the session until ``show_stop``."""
        for pane in self.query(LinePane):
            pane.leave_alone()

    def show_running(self) -> None:
        """Show what may be read of a program while it runs."""
        self.query_one(StatusBar).update_running(self.bridge)
        self.query_one(ConsolePane).update_view(self.session)

    def offset_at_cursor(self) -> int | None:
        """Return the offset of the instruction at the cursor of the source."""
        return self.query_one(SourcePane).offset_at_cursor()

    def stop_at_cursor(self) -> Breakpoint | None:
        """Return the breakpoint at the cursor of the source."""
        return self.query_one(SourcePane).stop_at_cursor()

    def show_breakpoints(self) -> None:
        """Show breakpoints that were changed; the cursor stays."""
        source = self.query_one(SourcePane)
        cursor = source.cursor
        if not self.bridge.busy:
            self.show()
        source.go_to(cursor)

    def on_source_pane_gutter_clicked(self, _event: SourcePane.GutterClicked) -> None:
        """Toggle the breakpoint of the line that was clicked."""
        self.action_breakpoint()

    def on_source_pane_unfolded(self, _event: SourcePane.Unfolded) -> None:
        """Show the text anew; the cursor stays."""
        self.show_breakpoints()

    def load(self, program: Program) -> None:
        """Show another program in place of this one."""
        self.take(program.session)
        self.program = program
        self.show()
        if self.session.state is State.WAITING_FOR_CALL:
            self.action_call()

    def _place(self) -> Location | None:
        chosen = self.session.frame_rows(self.frame, 1) if self.frame else ()
        return chosen[0].location if chosen else self.session.location

    def selected_value(self) -> str:
        """Return the value in the pane that has the focus."""
        memory = self.query_one(MemoryPane)
        if memory.has_focus:
            return f"0x{memory.address:x}"
        if isinstance(self.focused, ValuesPane) and self.focused.selected():
            return self.of_frame(self.focused.selected())
        return self.of_frame(self.query_one(VariablesPane).selected()) or "stack[0]"

    def is_value_selected(self) -> bool:
        """Return whether the pane with the focus has a value under its cursor."""
        pane = self.focused
        return isinstance(pane, MemoryPane) or (
            isinstance(pane, ValuesPane) and bool(pane.selected())
        )

    def selected_output(self) -> int | None:
        """Return where the line under the console's cursor begins in the output, from byte 0."""
        pane = self.focused
        return pane.selected_output() if isinstance(pane, ConsolePane) else None

    # Looking around

    def action_frame_up(self) -> None:
        """Show the caller."""
        self._select_frame(self.frame + 1)

    def action_frame_down(self) -> None:
        """Show the function that was called."""
        self._select_frame(self.frame - 1)

    def on_frames_pane_selected(self, event: FramesPane.Selected) -> None:
        """Show the frame that was chosen in the list."""
        self._select_frame(event.number)

    def _select_frame(self, number: int) -> None:
        if not self.bridge.busy and 0 <= number < self.session.depth:
            self.frame = number
            self.show()

    def action_goto(self) -> None:
        """Ask for a place and show it."""
        memory = self.query_one(MemoryPane)
        if memory.has_focus:
            question, hint = "Go to which address?", "Decimal, or hexadecimal with 0x."
        else:
            question, hint = "Go to?", "A line, $function, or 0xoffset in the module."
        ask(self, PromptScreen(question, hint=hint), self._go_to)

    def _go_to(self, text: str | None) -> None:
        if not text or self.bridge.busy:
            return
        try:
            if self.query_one(MemoryPane).has_focus:
                self.query_one(MemoryPane).go_to(address(text))
            elif text.isdecimal():
                self.query_one(SourcePane).go_to(int(text))
            else:
                self._go_to_name(text)
        except WasmlabError as error:
            self.complain(error)

    def _go_to_name(self, text: str) -> None:
        if text.lower().startswith("0x"):
            self.show_offset(address(text), "No instruction starts at that offset.")
        else:
            named = f"(func {text if text.startswith('$') else '$' + text}"
            self._find(named, f"No function {text!r} in this text.")

    def action_here(self) -> None:
        """Show the next instruction again."""
        self.query_one(SourcePane).show_here()

    def action_search(self) -> None:
        """Ask for a text and find it in the source, or in memory."""
        if self.query_one(MemoryPane).has_focus:
            hint = "Text, or bytes such as 0x48 65 6c."
            ask(self, PromptScreen("Find in memory:", hint=hint), self.search_memory)
            return
        ask(self, PromptScreen("Find in the source:", value=self.searched), self._search)

    def _search(self, text: str | None) -> None:
        if text:
            self.searched = text
            self.action_search_next()

    def action_search_next(self) -> None:
        """Find the same text further down."""
        if self.query_one(MemoryPane).has_focus:
            self.search_memory_again()
        else:
            self._find(self.searched, f"{self.searched!r} is not in the source.")

    def _find(self, text: str, otherwise: str) -> None:
        """Look for text in the source, beside the interface; say otherwise if it is not there."""

        async def look() -> None:
            if not await self.query_one(SourcePane).find(text):
                self.notify(otherwise)

        self.run_worker(look(), group="find", exclusive=True, exit_on_error=False)

    def action_base(self) -> None:
        """Show integers in the next base."""
        self.base = self.base.next()
        self.notify(f"Integers are {self.base.value} now.", timeout=2)
        if not self.bridge.busy:
            self.show()

    def action_calls(self) -> None:
        """Show or hide host calls."""
        console = self.query_one(ConsolePane)
        console.show_calls = not console.show_calls
        console.update_view(self.session)

    def action_copy(self) -> None:
        """Copy the value or the line under the cursor, or what the pane shows."""
        pane = self.focused
        text = pane.copied() if isinstance(pane, LinePane) else ""
        if isinstance(pane, ValuesPane) and (value := self.value_of(pane.selected(), self.frame)):
            text = value_text(value, self.base)
        if text:
            self.copy(text)
            self.notify("Copied.", timeout=2)

    # Panes

    def action_pane(self, name: str) -> None:
        """Go to a pane; on a small screen, show it."""
        if name in TABS:
            self._show_tab(name)
        pane = self.query_one(f"#{name}", LinePane)
        if name == "memory" and not self._has_memory:
            self.notify("The program has no memory.")
        if self.maximized is not None:
            self.maximize(pane, container=False)
        pane.focus()

    @property
    def _has_memory(self) -> bool:
        return not self.query_one("#panes").has_class("-no-memory")

    def action_next_pane(self) -> None:
        """Go to the next pane."""
        self._go_on(1)

    def action_previous_pane(self) -> None:
        """Go to the pane before."""
        self._go_on(-1)

    def _go_on(self, delta: int) -> None:
        order = [n for n in ("source", *TABS) if n != "memory" or self._has_memory]
        now = self.focused.id if self.focused is not None else None
        at = order.index(now) if now in order else 0
        self.action_pane(order[(at + delta) % len(order)])

    def _show_tab(self, name: str) -> None:
        self.tab = name
        panes = self.query_one("#panes")
        for other in TABS:
            panes.set_class(other == name, f"-{other}")
        if name in TOGETHER:
            for other in TOGETHER:
                panes.set_class(other == name, f"-with-{other}")
        self.query_one(TabStrip).show_tabs(TABS, name)
        if name == "events":
            self.call_after_refresh(self._show_events)

    def _show_events(self) -> None:
        if not self.bridge.busy:
            self.query_one(EventsPane).update_view(self.session)

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        """Show the pane whose tab was clicked."""
        self.action_pane(event.pane)

    def action_zoom(self) -> None:
        """Give the screen to the focused pane, or take it back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused, container=False)
