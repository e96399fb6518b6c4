"""Looking into the module and its memory: the part of the lab that browses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wasmlab.debug.views.module import first_offset, memory_regions, module_items
from wasmlab.errors import UsageError
from wasmlab_tui.arguments import searched_bytes
from wasmlab_tui.dialogues.ask import ask
from wasmlab_tui.dialogues.chooser import ChooserScreen
from wasmlab_tui.lab.history import TravellingScreen
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.render.module import module_lines, region_lines
from wasmlab_tui.render.readings import readings

if TYPE_CHECKING:
    from wasmlab.debug.views.module import MemoryRegion, ModuleItem


_READ = 1024
"""Bytes at the cursor that are read as something."""


class BrowsingScreen(TravellingScreen):
    """Lists what a module and its memory are made of, and goes there."""

    wanted = b""
    """What was looked for in memory last."""

    def action_module(self) -> None:
        """Browse the module."""
        self.run_worker(self._browse(), group="browse", exclusive=True, exit_on_error=False)

    async def _browse(self) -> None:
        """List the module's items, beside the interface: there may be ten thousands."""
        module = self.session.module
        items = await asyncio.to_thread(lambda: tuple(module_items(module)))
        lines = await asyncio.to_thread(module_lines, items)
        screen = ChooserScreen(f"Module {module.name}", lines)
        ask(self, screen, lambda number: self._show_item(items, number))

    def _show_item(self, items: tuple[ModuleItem, ...], number: int | None) -> None:
        if number is None or number >= len(items):
            return
        item = items[number]
        if item.address is not None:
            self.show_address(item.address)
        elif item.func is not None:
            self._show_function(item.func)

    def _show_function(self, func: int) -> None:
        offset = first_offset(self.session.module, func)
        self.show_offset(offset, "It is imported: its text is not in this module.")

    def show_offset(self, offset: int | None, otherwise: str) -> None:
        """Show the instruction at an offset; say otherwise if there is none."""
        work = self._show_offset(offset, otherwise)
        self.run_worker(work, group="find", exclusive=True, exit_on_error=False)

    async def _show_offset(self, offset: int | None, otherwise: str) -> None:
        source, line = self.session.source, None
        if offset is not None:
            await asyncio.to_thread(source.prepare, offset)
            line = source.line_at(offset)
        if line is None:
            self.notify(otherwise)
        else:
            self.show_breakpoints()  # a long disassembly has more lines now
            self.query_one(SourcePane).go_to(line)

    def show_address(self, address: int) -> None:
        """Show an address of the memory."""
        self.action_pane("memory")
        self.query_one(MemoryPane).go_to(address)

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        raise NotImplementedError

    def action_memory_map(self) -> None:
        """Show what lies where in the first memory."""
        if self.bridge.busy or not self.session.memory_sizes:
            return
        self.run_worker(self._map(), group="browse", exclusive=True, exit_on_error=False)

    async def _map(self) -> None:
        """List the regions, beside the interface: a compiler may leave ten thousands."""
        module, size = self.session.module, self.session.memory_sizes[0]
        globals_, cursor = self.session.globals, self.query_one(MemoryPane).address
        regions = await asyncio.to_thread(memory_regions, module, size, globals_)
        if not regions:
            self.notify("Nothing is known of this memory: no data segments, no C stack.")
            return
        lines = await asyncio.to_thread(region_lines, regions, size, cursor)
        ask(
            self,
            ChooserScreen(f"Memory map, {size:,} bytes", lines),
            lambda number: self._show_region(regions, number),
        )

    def _show_region(self, regions: tuple[MemoryRegion, ...], number: int | None) -> None:
        if number is not None and number < len(regions):
            self.show_address(regions[number].start)

    def action_memory_read(self) -> None:
        """Say what the bytes at the cursor mean."""
        pane = self.query_one(MemoryPane)
        self.notify("\n".join(readings(pane.address, pane.bytes_at_cursor(_READ))), timeout=20)

    def search_memory(self, text: str | None) -> None:
        """Find text, or bytes written as ``0x48 65``, in the memory that is shown."""
        if not text:
            return
        try:
            self.wanted = searched_bytes(text)
        except UsageError as error:
            self.complain(error)
        else:
            self.search_memory_again()

    def search_memory_again(self) -> None:
        """Find the same bytes further on, from the start again if need be."""
        pane = self.query_one(MemoryPane)
        if self.bridge.busy or not self.wanted:
            return
        found = self.session.find_bytes(self.wanted, pane.address + 1, pane.memory)
        if found is None:
            found = self.session.find_bytes(self.wanted, 0, pane.memory)
        if found is None:
            self.notify("These bytes are not in the memory.")
        else:
            pane.go_to(found)
