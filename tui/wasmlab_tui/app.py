"""The application: which screen is shown, and what can be done everywhere."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App, SystemCommand

from wasmlab.errors import WasmlabError
from wasmlab.escape import escaped
from wasmlab_tui.actions import (
    ACTIONS,
    Action,
    Scope,
    key_names,
    keymap,
    problem_with_keys,
)
from wasmlab_tui.bindings import binding, bindings
from wasmlab_tui.dialogues.ask import ask, defect
from wasmlab_tui.lab.bridge import PATIENCE
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.panes.palette import readable_variables
from wasmlab_tui.state.chosen_theme import chosen_theme, keep_theme
from wasmlab_tui.themes import THEMES
from wasmlab_tui.typeahead import Typeahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.binding import BindingType
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.notifications import SeverityLevel
    from textual.screen import Screen
    from textual.worker import Worker

    from wasmlab_tui.edited import EditedText
    from wasmlab_tui.opening import Opening, OpenRequested
    from wasmlab_tui.program import Draft, OpenProgram


ENDING = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT")
"""Signals after which the terminal is given back; ctrl+C sends none here, it is a key."""
BY_SIGNAL = 128
"""Exit status after a signal, to which its number is added, as shells count."""


def _collect_again() -> None:
    """Look for garbage again if that was put off: not among what the first picture needs."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class LabApp(App[int], inherit_bindings=False):
    """Starts with a program, or with the start screen."""

    TITLE = "wasmlab"
    CSS_PATH = "lab.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.APP)
    ALLOW_IN_MAXIMIZED_VIEW = "KeyBar, StatusBar, TimelineBar, TourBar, LogPane, CommandBar"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, program: OpenProgram | None = None, opening: Opening | None = None) -> None:
        """Begin with a program, or with one that is still to be opened, or with neither."""
        super().__init__()
        self.program = program
        self.opening = opening
        self.warned = False
        self.typeahead = Typeahead(self, super().on_event)
        self.reads_startup = True
        """Whether programs begin with the user's own file of commands."""
        self.defect: Exception | None = None
        """What ended the app, if a defect did."""
        for theme in THEMES:
            self.register_theme(theme)
        chosen = chosen_theme(self.available_themes, THEMES[0].name)
        self.set_reactive(LabApp.theme, chosen)  # before the style sheets are read, once

    def get_driver_class(self) -> type[Driver]:
        """Return the driver; on Unix one that notices when the terminal is gone."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from wasmlab_tui.terminal_driver import TerminalDriver

        return TerminalDriver

    def _handle_exception(self, error: Exception) -> None:
        """Keep the error for whoever started the app: it says so once the terminal is back."""
        self.defect = self.defect or error
        super()._handle_exception(error)  # pyright: ignore[reportUnknownMemberType] - Textual's own

    def _fatal_error(self) -> None:
        """Leave without Textual's own traceback."""
        self._close_messages_no_wait()

    async def on_event(self, event: events.Event) -> None:
        """Let what is typed reach what the key before it opens."""
        typed = isinstance(event, events.Key | events.Paste)
        if typed and not event.is_forwarded:
            await self.typeahead.take(event)
        else:
            await super().on_event(event)
            if typed:
                self.typeahead.came_up()

    def on_mount(self) -> None:
        """Show the first screen."""
        self.theme_changed_signal.subscribe(self, lambda theme: keep_theme(theme.name))
        self._leave_when_told()
        self.set_keymap(keymap())
        if problem := problem_with_keys():
            self.notify(problem, severity="warning")
        if self.program is None:
            self.action_start()
        else:
            self.show_program(self.program)
        if self.opening is not None:
            from wasmlab_tui.opening import OpenRequested

            self.post_message(OpenRequested(self.opening))
        self.call_after_refresh(_collect_again)

    def _leave_when_told(self) -> None:
        """Give the terminal back when the system ends the process."""
        loop = asyncio.get_running_loop()
        for number in (s for s in signal.Signals if s.name in ENDING):
            with suppress(NotImplementedError, RuntimeError):  # not Unix's main thread
                loop.add_signal_handler(number, self.exit, BY_SIGNAL + number)

    def on_open_requested(self, event: OpenRequested) -> None:
        """Make a program beside the interface, then show it."""
        self._settled(lambda: self._begin_opening(event.opening))

    def _begin_opening(self, opening: Opening) -> None:
        from wasmlab_tui.dialogues.waiting import WaitingScreen

        is_dropped = threading.Event()
        make = partial(self._open, opening, is_dropped)
        work = self.run_worker(make, thread=True, group="open", exit_on_error=False)

        def drop() -> None:
            is_dropped.set()
            work.cancel()

        def wait() -> None:
            if not work.is_finished:
                self.push_screen(WaitingScreen(f"Opening {opening.title}", drop))

        self.set_timer(PATIENCE, wait)

    def on_app_focus(self) -> None:
        """Notice what changed on disk while the terminal showed something else."""
        lab = self.screen
        if isinstance(lab, LabScreen) and not lab.busy:
            lab.rebuilding.notice()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so if work failed through a defect."""
        if message := defect(event):
            self.notify(message, severity="error")

    def _open(self, opening: Opening, is_dropped: threading.Event) -> None:
        """Make the program; a text that is not a module is shown in the editor, at the error."""
        try:
            program = opening.make()
        except WasmlabError as error:
            if not is_dropped.is_set():
                self.call_from_thread(self._refused, error, opening.wrong_text(error))
        else:
            if not is_dropped.is_set():
                self.call_from_thread(self.show_program, program, tour=opening.tour)

    def _refused(self, error: WasmlabError, draft: Draft | None) -> None:
        from wasmlab_tui.dialogues.waiting import WaitingScreen
        from wasmlab_tui.edited import edited_text
        from wasmlab_tui.unsaved import offer

        if isinstance(self.screen, WaitingScreen):
            self.pop_screen()
        if draft is None:
            self.notify(str(error), severity="error")
            return
        edited = edited_text(draft)
        offer(partial(ask, self.screen), edited, lambda _: self._edit(edited, error))

    def _edit(self, edited: EditedText, problem: WasmlabError | None = None) -> None:
        """Edit a text of which there is no program yet."""
        from wasmlab_tui.editor import EditorScreen
        from wasmlab_tui.unsaved import settle

        def left(program: OpenProgram | None) -> None:
            if program is not None:
                self.show_program(program, edited=edited)
            elif edited.is_unsaved:
                settle(self.screen, edited, lambda: None, lambda: self._edit(edited))

        self.push_screen(EditorScreen(edited, problem=problem), left)

    def show_program(
        self, program: OpenProgram, *, tour: bool = False, edited: EditedText | None = None
    ) -> None:
        """Show a program in the lab, in place of any other."""
        from wasmlab_tui.state.recent import remember

        if program.path is not None:
            remember(program.path)
        self.title = f"wasmlab {program.title}"
        screen = LabScreen(program, tour=tour, edited=edited)
        self._replace(screen)
        if self.reads_startup:
            screen.call_after_refresh(screen.typed_commands.start)

    def _replace(self, screen: Screen[None]) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen)

    def action_start(self) -> None:
        """Show the start screen."""
        from wasmlab_tui.start import StartScreen

        self._settled(lambda: self._replace(StartScreen()))

    def _settled(self, then: Callable[[], object]) -> None:
        """Do what would lose text or a recording, once that is saved or discarded."""
        from wasmlab_tui.unsaved import settle

        unsaved = self._unsaved()
        if unsaved is None:
            self._recording_settled(then)
        else:
            settle(self.screen, unsaved, lambda: self._recording_settled(then))

    def _recording_settled(self, then: Callable[[], object]) -> None:
        from wasmlab_tui.lab.unsaved_recording import is_costly, settle_recording

        labs = (s.dispatcher for s in self.screen_stack if isinstance(s, LabScreen))
        costly = next(filter(is_costly, labs), None)
        if costly is None:
            then()
        else:
            settle_recording(costly, then)

    def _unsaved(self) -> EditedText | None:
        from wasmlab_tui.editor import EditorScreen

        screens = (s for s in self.screen_stack if isinstance(s, EditorScreen | LabScreen))
        texts = (screen.unsaved for screen in reversed([*screens]))
        return next((text for text in texts if text is not None), None)

    def action_show_keys(self) -> None:
        """Show the help."""
        from wasmlab_tui.dialogues.reader import ReaderScreen
        from wasmlab_tui.render.help import help_lines

        focused = self.screen.focused
        first = focused.scope if isinstance(focused, LinePane) else Scope.LAB
        self.push_screen(ReaderScreen("Keys and signs", help_lines(first, self.size.width - 1)))

    async def action_quit(self) -> None:
        """Leave, once what would be lost is settled; at the second request if a program runs."""
        lab = self.screen
        runs = isinstance(lab, LabScreen) and lab.bridge.running
        if runs and not self.warned and self._unsaved() is None:
            self.warned = True
            self.notify("A program is running. The same key again leaves wasmlab.")
            return
        self._settled(lambda: self.exit(0))

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a message as it is: no markup, nothing that acts on the terminal.

        The lab has a log for it.
        """
        del markup
        if isinstance(self.screen, LabScreen):
            self.screen.notify(message, severity=severity)
            return
        shown = "\n".join(escaped(line) for line in message.split("\n"))
        super().notify(shown, title=title, severity=severity, timeout=timeout, markup=False)

    def get_css_variables(self) -> dict[str, str]:
        """Return the theme's variables for the style sheet, with colours that can be read."""
        variables = super().get_css_variables()
        return variables | readable_variables(self.current_theme, variables)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the palette offers: the actions that work here, and the theme."""
        for action in ACTIONS:
            owner = self._owner(action, screen)
            if owner is not None:
                title = f"{action.label} ({key_names(action)})"
                yield _offered(title, action.doc, self._runner(action, owner))
        if isinstance(screen, LabScreen):
            for command in screen.typed_commands.known():
                yield _offered(f":{command.usage}", command.help, command.run)
        yield SystemCommand("Theme", "Choose other colours.", self.action_change_theme)
        yield SystemCommand("Screenshot", "Save the screen as SVG.", self.action_screenshot)

    def _owner(self, action: Action, screen: Screen[object]) -> DOMNode | None:
        """Return who would carry out an action: the screen, or the pane with the focus."""
        if action.scope is Scope.APP:
            return screen if action.method != "app.command_palette" else None
        owners, wanted = (screen, screen.focused), binding(action)
        return next((o for o in owners if o and wanted in type(o).BINDINGS), None)

    def _runner(self, action: Action, owner: DOMNode) -> Callable[[], object]:
        return lambda: self.call_later(self.run_action, action.command, owner)


def _offered(title: str, doc: str, run: Callable[[], object]) -> SystemCommand:
    """Return a row of the palette, which reads texts as markup."""
    return SystemCommand(title.replace("[", r"\["), doc.replace("[", r"\["), run)
