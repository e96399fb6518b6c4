"""The key that edits the program's text; another program is stepped afterwards."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from wasmlab.errors import WasmlabError
from wasmlab_tui.lab.desk import at_rest
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.program import Draft, OpenProgram, draft_of, keep_breakpoints, replay_draft
from wasmlab_tui.state.drafts import kept_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.module import Module
    from wasmlab_tui.edited import EditedText
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher


class TextKeys:
    """Opens the editor, and takes what comes back."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher, edited: EditedText | None) -> None:
        self.desk, self.dispatcher = desk, dispatcher
        self.edited = edited
        """The text, if it was opened; it stays when the editor is left."""
        self._module: Module | None = None
        """The module that it is compared with."""
        self._on_disk = ""
        """Marks of files that are not what is debugged."""

    @property
    def unsaved(self) -> EditedText | None:
        """The text, if it would be lost."""
        return self.edited if self.edited is not None and self.edited.is_unsaved else None

    @at_rest
    def edit(self) -> None:
        """Open the text, as it was left."""
        self.desk.work(self._edit(), "edit")

    async def _edit(self) -> None:
        edited = await self._text()
        if edited is not None:
            self._open(edited)

    async def _text(self) -> EditedText | None:
        """Return the text, printed beside the interface if need be; None if that cannot be."""
        from wasmlab_tui.edited import edited_text

        if self.edited is None:
            try:
                draft = await asyncio.to_thread(draft_of, self.desk.program)
            except WasmlabError as error:
                self.desk.complain(error)
                return None
            self.edited = edited_text(draft)
        return self.edited

    def _open(self, edited: EditedText) -> None:
        from wasmlab_tui.editor import EditorScreen
        from wasmlab_tui.lab.unsaved_recording import settle_recording

        line = self.desk.pane(SourcePane).cursor
        settle = partial(settle_recording, self.dispatcher)
        screen = EditorScreen(edited, line=line, replay=self._replayed, settle=settle)
        self.desk.ask(screen, self._left)

    async def _replayed(self, draft: Draft) -> OpenProgram:
        """Make the program of a text, run it with the input that this one had."""
        program = self.desk.program
        return await self.dispatcher.bridge.send(lambda: replay_draft(program, draft))

    def _left(self, program: OpenProgram | None) -> None:
        """Step the new program, if there is one."""
        self.show_marks()
        if program is None:
            return
        carried = keep_breakpoints(self.desk.program, program)
        self._module = program.session.module
        self.desk.load(program)
        news = (*program.news.split("\n"), *carried) if program.news else carried
        if news:
            self.desk.say("\n".join(news))

    def follow(self, module: Module, on_disk: str) -> None:
        """Let text that is not lost by it be that of the module which is debugged now.

        on_disk: marks of files that hold something else.
        """
        if self.edited is not None and module is not self._module is not None:
            if self.edited.is_unsaved:
                self.edited.applied = module.source or ""
            else:
                self.edited = None
        self._module, self._on_disk = module, on_disk
        self.show_marks()

    def show_marks(self) -> None:
        """Mark the title of the source if the text is another, not saved, or changed on disk."""
        marks = "" if self.edited is None else self.edited.marks
        self.desk.pane(SourcePane).set_marks(f"{marks}{self._on_disk}")

    def begin(self, otherwise: Callable[[], None]) -> None:
        """Offer the text that was typed in an earlier visit; else, or afterwards, go on."""
        self.show_marks()
        if kept_text(self.desk.program.origin) is None:
            otherwise()
        else:
            self.desk.work(self._offer(otherwise), "edit")

    async def _offer(self, otherwise: Callable[[], None]) -> None:
        from wasmlab_tui.unsaved import offer

        edited = await self._text()
        if edited is None:
            otherwise()
            return

        def answered(edits: bool) -> None:  # noqa: FBT001 - the one argument of a callback
            self.show_marks()
            if edits:
                self._open(edited)
            else:
                otherwise()

        offer(self.desk.ask, edited, answered)
