"""Keys that go to a place, or look for text, in the source or in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.errors import UsageError, WasmlabError
from wasmlab_tui.arguments import address, searched_bytes
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane

if TYPE_CHECKING:
    from wasmlab_tui.lab.browsing import BrowsingKeys
    from wasmlab_tui.lab.desk import Desk


class SearchKeys:
    """Looks in memory if that has the focus, else in the source."""

    def __init__(self, desk: Desk, browsing: BrowsingKeys) -> None:
        self.desk, self.browsing = desk, browsing
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
        try:
            if self._in_memory:
                self.desk.pane(MemoryPane).seek(address(text))
            elif text.isdecimal():
                self.desk.pane(SourcePane).go_to(int(text))
            else:
                self._go_to_name(text)
        except WasmlabError as error:
            self.desk.complain(error)

    def _go_to_name(self, text: str) -> None:
        if text.lower().startswith("0x"):
            self.browsing.show_offset(address(text), "No instruction starts at that offset.")
        else:
            named = f"(func {text if text.startswith('$') else '$' + text}"
            self._find(named, f"No function {text!r} in this text.")

    def here(self) -> None:
        """Show the next instruction again."""
        self.desk.pane(SourcePane).show_here()

    def search(self) -> None:
        """Ask for a text and find it in the source, or in memory."""
        if self._in_memory:
            hint = "Text, or bytes such as 0x48 65 6c."
            self.desk.ask(PromptScreen("Find in memory:", hint=hint), self._search_memory)
        else:
            self.desk.ask(PromptScreen("Find in the source:", value=self.text), self._search)

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
                self.desk.notify(otherwise)

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
        pane, session = self.desk.pane(MemoryPane), self.desk.session
        if self.desk.busy or not self.data:
            return
        found = session.find_bytes(self.data, pane.address + 1, pane.memory)
        if found is None:
            found = session.find_bytes(self.data, 0, pane.memory)
        if found is None:
            self.desk.notify("These bytes are not in the memory.")
        else:
            pane.go_to(found)
