"""Keys that go to a place, or look for text, in the source or in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.errors import NoSuchLocation, UsageError, WasmlabError
from wasmlab_tui.lab.desk import RUNNING
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Located
    from wasmlab_tui.lab.browsing import BrowsingKeys
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.prompting import Then

_NOTHING_YET = "nothing was looked for yet"


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
        from wasmlab_tui.lab.prompting import ask_line

        if self._in_memory:
            question, hint = "Go to which address?", "Decimal, or hexadecimal with 0x."
            ask_line(self.dispatcher, question, self._go_to_address, hint=hint)
        else:
            hint = "A line, $function, or 0xoffset in the module."
            ask_line(self.dispatcher, "Go to?", self._go_to, hint=hint)

    async def _go_to_address(self, text: str) -> Then:
        from wasmlab_tui.arguments import address
        from wasmlab_tui.lab.prompting import done

        self.desk.pane(MemoryPane).seek(address(text))
        return done

    async def _go_to(self, text: str) -> Then:
        session = self.desk.session
        found = await self.dispatcher.answer(lambda: _located(session, text))
        return lambda: self._show(text, found)

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
        from wasmlab_tui.lab.prompting import ask_line

        if self._in_memory:
            self._ask_for_bytes()
        else:
            ask_line(self.dispatcher, "Find in the source:", self._search, value=self.text)

    def search_memory(self) -> None:
        """Go to the memory, ask for a text or bytes and find them there."""
        self.browsing.panes.focus_pane(MemoryPane)
        if not self.desk.pane(MemoryPane).absent:
            self._ask_for_bytes()

    def _ask_for_bytes(self) -> None:
        from wasmlab_tui.lab.prompting import ask_line

        hint = "Text, or bytes such as 0x48 65 6c."
        ask_line(self.dispatcher, "Find in memory:", self._search_memory, hint=hint)

    async def _search(self, text: str) -> Then:
        from wasmlab_tui.lab.prompting import done

        self.text = text
        await self._find()
        return done

    async def _search_memory(self, text: str) -> Then:
        """Find text, or bytes written as ``0x48 65``, in the memory that is shown."""
        from wasmlab_tui.arguments import searched_bytes
        from wasmlab_tui.lab.prompting import done

        self.data = searched_bytes(text)
        await self._find_bytes()
        return done

    def search_next(self) -> None:
        """Find the same further down."""
        if self._in_memory and self.desk.busy:
            self.desk.say(RUNNING)
        else:
            self.desk.work(self._find_again(in_memory=self._in_memory), "find")

    async def _find_again(self, *, in_memory: bool) -> None:
        try:
            await (self._find_bytes() if in_memory else self._find())
        except WasmlabError as error:
            self.desk.complain(error)

    async def _find(self) -> None:
        """Go to the same text further down in the source, beside the interface; UsageError."""
        if not self.text:
            raise UsageError(_NOTHING_YET)
        if not await self.desk.pane(SourcePane).find(self.text):
            raise UsageError(f"{self.text!r} is not in the source")

    async def _find_bytes(self) -> None:
        """Go to the same bytes further on, from the start again if need be; UsageError."""
        pane, session, data = self.desk.pane(MemoryPane), self.desk.session, self.data
        start, memory = pane.address + 1, pane.memory

        def look() -> int | None:
            found = session.find_bytes(data, start, memory)
            return session.find_bytes(data, 0, memory) if found is None else found

        if not data:
            raise UsageError(_NOTHING_YET)
        found = await self.dispatcher.answer(look)
        if found is None:
            raise UsageError("these bytes are not in the memory")
        pane.go_to(found)


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
