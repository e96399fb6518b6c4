"""Keys that go to a place, or look for text, in the source or in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.errors import NoSuchLocation, UsageError, WasmlabError
from wasmlab_tui.arguments import address, searched_bytes
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Located
    from wasmlab_tui.lab.browsing import BrowsingKeys
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher


class SearchKeys:
    """Looks in memory if that has the focus, else in the source."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher, browsing: BrowsingKeys) -> None:
        self.desk, self.dispatcher, self.browsing = desk, dispatcher, browsing
        self.text = ""
        """What was looked for in the source last."""
        self.data = b""
        """What was looked for in memory last."""

    @property
    def _in_memory(self) -> bool:
        return self.desk.pane(MemoryPane).has_focus

    def goto(self) -> None:
        """Ask for a place and show it."""
        if self._in_memory:
            question, hint = "Go to which address?", "Decimal, or hexadecimal with 0x."
        else:
            question, hint = "Go to?", "A line, $function, or 0xoffset in the module."
        self.desk.ask(PromptScreen(question, hint=hint), self._go_to)

    def _go_to(self, text: str | None) -> None:
        if not text or self.desk.busy:
            return
        if self._in_memory:
            self._go_to_address(text)
        else:
            session = self.desk.session
            self.dispatcher.ask(lambda: _located(session, text), lambda at: self._show(text, at))

    def _go_to_address(self, text: str) -> None:
        try:
            self.desk.pane(MemoryPane).seek(address(text))
        except WasmlabError as error:
            self.desk.complain(error)

    def _show(self, text: str, found: Located | int) -> None:
        """Show a place, or a line without code."""
        if isinstance(found, int):
            self.desk.pane(SourcePane).go_to(found)
            return
        self.browsing.show_place(found.locations[0])
        if found.moved is not None:
            self.desk.say(found.moved.note("going to"))
        elif len(found.locations) > 1:
            every = ", ".join(map(str, found.locations))
            self.desk.say(f"{len(found.locations)} functions are called {text}: {every}.")

    def here(self) -> None:
        """Show the next instruction again."""
        self.desk.pane(SourcePane).show_here()

    def search(self) -> None:
        """Ask for a text and find it in the source, or in memory."""
        if self._in_memory:
            self._ask_for_bytes()
        else:
            self.desk.ask(PromptScreen("Find in the source:", value=self.text), self._search)

    def search_memory(self) -> None:
        """Go to the memory, ask for a text or bytes and find them there."""
        self.browsing.panes.focus_pane(MemoryPane)
        if not self.desk.pane(MemoryPane).absent:
            self._ask_for_bytes()

    def _ask_for_bytes(self) -> None:
        hint = "Text, or bytes such as 0x48 65 6c."
        self.desk.ask(PromptScreen("Find in memory:", hint=hint), self._search_memory)

    def search_next(self) -> None:
        """Find the same further down."""
        if self._in_memory:
            self._find_bytes()
        else:
            self._find(self.text, f"{self.text!r} is not in the source.")

    def _search(self, text: str | None) -> None:
        if text:
            self.text = text
            self.search_next()

    def _find(self, text: str, otherwise: str) -> None:
        """Look for text in the source, beside the interface; say otherwise if it is not there."""

        async def look() -> None:
            if not await self.desk.pane(SourcePane).find(text):
                self.desk.say(otherwise)

        self.desk.work(look(), "find")

    def _search_memory(self, text: str | None) -> None:
        """Find text, or bytes written as ``0x48 65``, in the memory that is shown."""
        if not text:
            return
        try:
            self.data = searched_bytes(text)
        except UsageError as error:
            self.desk.complain(error)
        else:
            self._find_bytes()

    def _find_bytes(self) -> None:
        """Find the same bytes further on, from the start again if need be."""
        pane, session, data = self.desk.pane(MemoryPane), self.desk.session, self.data
        if self.desk.busy or not data:
            return
        start, memory = pane.address + 1, pane.memory

        def look() -> int | None:
            found = session.find_bytes(data, start, memory)
            return session.find_bytes(data, 0, memory) if found is None else found

        self.dispatcher.ask(look, self._show_found)

    def _show_found(self, address: int | None) -> None:
        if address is None:
            self.desk.say("These bytes are not in the memory.")
        else:
            self.desk.pane(MemoryPane).go_to(address)


def _located(session: Session, text: str) -> Located | int:
    """Return the place that is meant, its text ready to be shown; or a line without code."""
    try:
        found = session.locate(text)
    except NoSuchLocation:
        if text.isdecimal():
            return int(text)
        raise
    session.source.prepare(found.locations[0].offset)
    return found
