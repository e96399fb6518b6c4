"""Keys that begin the program again, as it was or as its file holds it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.rebuild import Reloaded
    from wasmlab.opening.on_disk import DiskChange
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.text_edits import TextKeys


class RebuildKeys:
    """Restarts; notices files that were built anew, and asks about them once."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher, text_edits: TextKeys) -> None:
        self.desk, self.dispatcher, self.text_edits = desk, dispatcher, text_edits
        self._declined: tuple[DiskChange, ...] = ()
        """Changes that the user knows of, and runs the program before them."""

    def notice(self) -> tuple[DiskChange, ...]:
        """Mark the title of the source if files are not what is debugged; return which."""
        from wasmlab.debug.rebuild import changes_on_disk

        session = self.desk.session
        found = changes_on_disk(session)
        own = session.module.path
        names = ("" if change.path == own else f"{change.path.name} " for change in found)
        states = (change.what.removeprefix("is ") for change in found)
        marks = (f" ({name}{state})" for name, state in zip(names, states, strict=True))
        self.text_edits.follow(session.module, "".join(marks))
        return found

    def restart(self) -> None:
        """Begin again; ask first, once, if a file holds something else than what is debugged."""
        from wasmlab_tui.dialogues.question import RebuiltScreen

        found = self.notice()
        whole = tuple(change for change in found if change.is_whole)
        if not whole or found == self._declined:
            self._restart()
            return

        def answered(word: str | None) -> None:
            if word == "old":
                self._declined = found
                self._restart()
            elif word:
                self.settled(lambda: self._reload(replay=word == "replay"))

        self.desk.ask(RebuiltScreen("\n".join(f"{change}." for change in whole)), answered)

    def typed(self, command: str, then: Callable[[], object]) -> None:
        """Carry out a command that was typed; ask first about what would be lost by it."""
        from wasmlab.debug.commands.table import find, split
        from wasmlab_tui.lab.unsaved_recording import settle_recording

        name, _ = split(command)
        try:
            meant = find(name).name if name else ""
        except UsageError:
            meant = ""
        if meant == "reload":
            self.settled(then)
        elif meant == "restart":
            settle_recording(self.dispatcher, then)
        else:
            then()

    def settled(self, then: Callable[[], object]) -> None:
        """Do what replaces text and recording, once those are saved or discarded."""
        from wasmlab_tui.lab.unsaved_recording import settle_recording

        unsaved = self.text_edits.unsaved
        if unsaved is None:
            settle_recording(self.dispatcher, then)
        else:
            self.desk.settle(unsaved, lambda: settle_recording(self.dispatcher, then))

    def _restart(self) -> None:
        from wasmlab_tui.lab.unsaved_recording import settle_recording

        session = self.desk.session
        settle_recording(self.dispatcher, lambda: self.dispatcher.send(session.restart))

    def _reload(self, *, replay: bool) -> None:
        from wasmlab.debug.rebuild import reload

        session = self.desk.session
        self.dispatcher.send(lambda: reload(session, replay=replay), self._reloaded)

    def _reloaded(self, done: Reloaded) -> None:
        self.desk.say("\n".join(done.lines))
