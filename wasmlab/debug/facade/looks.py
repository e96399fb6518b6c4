"""What a session offers to see where its program stands: code, frames, values, memory."""

from __future__ import annotations

from wasmlab.debug import control as control_
from wasmlab.debug.forwarded import Parts, checked, on_control, on_views
from wasmlab.debug.session_views import SessionViews
from wasmlab.debug.views.target import current_location, position, selected_instance
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.views.listed import Listed, Variables
    from wasmlab.debug.views.model import (
        Frame,
        HeapObject,
        Instruction,
        Label,
        Location,
        StackSlot,
        State,
        Stop,
        Variable,
    )
    from wasmlab.debug.views.skipped import Skipped
    from wasmlab.debug.views.source import Source
    from wasmlab.engine.embed import MemorySlice


class Looks(Parts):
    """What is shown of a program that stands still."""

    @property
    def state(self) -> State:
        """What the program is doing."""
        return self.control.state

    @property
    def stop(self) -> Stop:
        """How the last command ended."""
        return self.control.stop

    @property
    def tick(self) -> int:
        """Instructions completed so far."""
        return self.control.tick

    @property
    def location(self) -> Location | None:
        """Where the next instruction is; None if there is none."""
        return current_location(self.control.target)

    @property
    def instruction(self) -> Instruction | None:
        """The next instruction, explained; None if there is none."""
        from wasmlab.debug.views.instruction import instruction_view

        at = position(self.control.target)
        return None if at is None else instruction_view(self.control.target, at)

    @property
    def trail(self) -> tuple[Skipped, ...]:
        """What the last command went past without executing it, if it was one step, or one over."""
        return self.views.trail()

    @property
    def source(self) -> Source:
        """The text of the module of the selected frame's function."""
        return self.source_of()

    source_of = on_views(SessionViews.source_of)
    evaluate = on_views(SessionViews.evaluate)

    @property
    def frame(self) -> int:
        """The selected frame, which commands, expressions and views mean: 0 is the innermost."""
        return self.control.target.selected

    @property
    def frame_location(self) -> Location | None:
        """Where the selected frame stands: at its next instruction, or at its call.

        None for a host function, or without a frame.
        """
        return self.views.frame_location

    select_frame = on_control(control_.select_frame)

    @property
    def frames(self) -> Listed[Frame]:
        """The call frames, innermost first."""
        return self.frame_rows(0, self.depth)

    @property
    def depth(self) -> int:
        """How many call frames there are."""
        return self.control.depth

    @property
    def stack(self) -> Listed[StackSlot]:
        """The operands of the selected frame, top first."""
        return self.stack_rows(0)

    @property
    def stack_size(self) -> int:
        """How many operands the selected frame has."""
        return self.stack_size_of()

    @property
    def labels(self) -> tuple[Label, ...]:
        """The structured instructions that are open in the selected frame, outermost first."""
        return self.labels_of()

    stack_size_of = on_views(SessionViews.stack_size_of)
    stack_rows = on_views(SessionViews.stack_rows)
    labels_of = on_views(SessionViews.labels_of)

    @property
    def locals(self) -> Variables[Variable]:
        """The parameters and locals of the selected frame, by number or name."""
        return self.locals_of()

    locals_of = on_views(SessionViews.locals_of)
    frame_rows = on_views(SessionViews.frame_rows)

    @property
    def globals(self) -> Variables[Variable]:
        """The globals of the selected frame's instance, by number or name."""
        return self.views.globals()

    @checked
    def object(self, ref: int, start: int = 0) -> HeapObject:
        """Return the object in the GC heap that a reference (the bits of a value) refers to.

        Of an array the view has up to 256 elements from start on. Raises DebugError if it is no
        reference to an object.
        """
        from wasmlab.debug.views.heap import object_view

        return object_view(self.control.store, ref, start)

    @property
    def memory_sizes(self) -> tuple[int, ...]:
        """Sizes in bytes of the memories of the selected frame's instance."""
        return tuple(m.size for m in selected_instance(self.control.target).mems)

    @property
    def memory(self) -> MemorySlice:
        """The first memory of the selected frame's instance; DebugError if it has none."""
        from wasmlab.engine.embed import MemorySlice

        mems = selected_instance(self.control.target).mems
        if not mems:
            raise DebugError("the module has no memory")
        return MemorySlice(mems[0])

    memory_rows = on_views(SessionViews.memory_rows)
    find_bytes = on_views(SessionViews.find_bytes)
