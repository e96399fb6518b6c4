"""Keys that look into the module, its memory and its values, and go there."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from wasmlab.errors import DebugError, NotInMemory
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.module import MemoryRegion, ModuleItem
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.panes import Panes
    from wasmlab_tui.lab.selection import Selection


_READ = 1024
"""Bytes at the cursor that are read as something."""


class BrowsingKeys:
    """Lists what a module and its memory are made of, and shows offsets and addresses."""

    def __init__(self, desk: Desk, selection: Selection, panes: Panes) -> None:
        self.desk, self.selection, self.panes = desk, selection, panes
        self.came_from: str | None = None
        """The pane from which the memory was gone to."""

    def module(self) -> None:
        """Browse the module."""
        self.desk.work(self._browse(), "browse")

    async def _browse(self) -> None:
        """List the module's items, beside the interface: there may be tens of thousands."""
        from wasmlab.debug.views.module import module_items
        from wasmlab_tui.dialogues.chooser import ChooserScreen
        from wasmlab_tui.render.module import module_lines

        module = self.desk.session.module
        items = await asyncio.to_thread(lambda: tuple(module_items(module)))
        lines = await asyncio.to_thread(module_lines, items)
        screen = ChooserScreen(f"Module {module.name}", lines)
        self.desk.ask(screen, lambda number: self._show_item(items, number))

    def _show_item(self, items: tuple[ModuleItem, ...], number: int | None) -> None:
        from wasmlab.debug.views.module import first_offset

        if number is None or number >= len(items):
            return
        item = items[number]
        if item.address is not None:
            self.show_address(item.address)
        elif item.func is not None:
            offset = first_offset(self.desk.session.module, item.func)
            self.show_offset(offset, "It is imported: its text is not in this module.")

    def function(self) -> None:
        """Choose a function by letters of its name, and show it."""
        self.desk.work(self._choose_function(), "browse")

    async def _choose_function(self) -> None:
        from wasmlab.debug.views.module import first_offset
        from wasmlab.debug.views.symbols import func_name
        from wasmlab_tui.dialogues.functions import function_picker

        module = self.desk.session.module
        syntax = module.syntax
        named = await asyncio.to_thread(
            lambda: sorted(
                (func_name(syntax, found.index), found.index)
                for found in module.functions[syntax.imported_funcs :]
            )
        )

        def take(number: int) -> None:
            self.show_offset(first_offset(module, named[number][1]), "It has no text.")

        self.desk.ask(function_picker([name for name, _ in named], take), lambda _: None)

    def show_offset(self, offset: int | None, otherwise: str) -> None:
        """Show the instruction at an offset; say otherwise if there is none."""
        self.desk.work(self._show_offset(offset, otherwise), "find")

    async def _show_offset(self, offset: int | None, otherwise: str) -> None:
        source, line = self.desk.session.source, None
        if offset is not None:
            await asyncio.to_thread(source.prepare, offset)
            line = source.line_at(offset)
        if line is None:
            self.desk.say(otherwise)
        else:
            self.desk.show_breakpoints()  # a long disassembly has more lines now
            self.desk.pane(SourcePane).go_to(line)

    def show_place(self, place: Location) -> None:
        """Show a place of the program, unfolded; say so if it is in a module that is not shown."""
        shown, source = self.desk.session.frame_location, self.desk.session.source
        line = place.line or source.line_at(place.offset)
        if line is None or (shown is not None and place.module != shown.module):
            self.desk.say(f"{place} is in the module {place.module}, which is not shown.")
        else:
            self.desk.show_breakpoints()  # a long disassembly has more lines now
            self.desk.pane(SourcePane).go_to(line)

    def show_address(self, address: int) -> None:
        """Show an address of the memory."""
        came_from = self.desk.focused_pane
        if came_from is not None and not isinstance(came_from, MemoryPane):
            self.came_from = came_from.id
        self.panes.focus_pane(MemoryPane)
        try:
            self.desk.pane(MemoryPane).seek(address)
        except NotInMemory as error:
            self.desk.complain(error)

    def memory_back(self) -> None:
        """Go back to where the cursor of the memory was, at last to the pane that led there."""
        pane = self.desk.pane(MemoryPane)
        if not pane.back():
            self.desk.say("The cursor of the memory has followed no address.")
        elif not pane.followed and self.came_from:
            self.panes.go_to(self.came_from)
            self.came_from = None

    # Memory

    def memory_map(self) -> None:
        """Show what lies where in the first memory."""
        if not self.desk.busy and self.desk.session.memory_sizes:
            self.desk.work(self._map(), "browse")

    async def _map(self) -> None:
        """List the regions, beside the interface: a compiler may leave tens of thousands."""
        from wasmlab.debug.views.module import memory_regions
        from wasmlab_tui.dialogues.chooser import ChooserScreen
        from wasmlab_tui.render.module import region_lines

        session = self.desk.session
        module, size, globals_ = session.module, session.memory_sizes[0], session.globals
        regions = await asyncio.to_thread(memory_regions, module, size, globals_)
        if not regions:
            self.desk.say("Nothing is known of this memory: no data segments, no C stack.")
            return
        cursor = self.desk.pane(MemoryPane).address
        lines = await asyncio.to_thread(region_lines, regions, size, cursor)
        screen = ChooserScreen(f"Memory map, {size:,} bytes", lines)
        self.desk.ask(screen, lambda number: self._show_region(regions, number))

    def _show_region(self, regions: tuple[MemoryRegion, ...], number: int | None) -> None:
        if number is not None and number < len(regions):
            self.show_address(regions[number].start)

    def memory_read(self) -> None:
        """Say what the bytes at the cursor mean."""
        from wasmlab_tui.render.readings import readings

        pane = self.desk.pane(MemoryPane)
        found = readings(pane.address, pane.bytes_at_cursor(_READ))
        self.desk.say("\n".join(found))

    # Values

    def value_read(self) -> None:
        """Say what the value under the cursor is in every base, or the object it refers to."""
        from wasmlab_tui.render.readings import NUMBERS, object_readings, value_readings

        value = self.selection.value_at_cursor()
        if value is None:
            return
        lines = value_readings(value)
        if value.type not in NUMBERS:
            with suppress(DebugError):  # null, a function or a number: it refers to no object
                lines += object_readings(self.desk.session.object(value.bits))
        self.desk.say("\n".join(lines))

    def value_follow(self) -> None:
        """Go to what the value under the cursor points at: an address, or a function."""
        value, pointer = self.selection.value_at_cursor(), self.selection.pointer_at_cursor()
        if pointer is not None and pointer.place is not None:
            self.panes.focus_pane(SourcePane)
            self.show_place(pointer.place)
        elif pointer is not None and pointer.address is not None:
            self.show_address(pointer.address)
        elif value is not None and value.type in {"i32", "i64"}:
            self.show_address(value.bits)
