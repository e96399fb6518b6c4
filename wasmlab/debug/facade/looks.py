"""What a session offers to see where its program stands: code, frames, values, memory."""

from __future__ import annotations

from wasmlab.debug import control as control_
from wasmlab.debug.forwarded import Late, Parts, checked, on_control, on_views
from wasmlab.debug.session_views import SessionViews
from wasmlab.debug.views.target import current_location, position, selected_instance
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug import displays as displays_
    from wasmlab.debug.views.listed import Listed, Variables
    from wasmlab.debug.views.model import (
        Display,
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
    from wasmlab.engine.parts import MemorySlice
else:
    displays_ = Late("wasmlab.debug.displays")


class Looks(Parts):
    """What is shown of a program that stands still."""

    @property
    def state(self) -> State:
        """What the program is doing.

        >>> session.state.value
        'paused'
        """
        return self.control.state

    @property
    def stop(self) -> Stop:
        """How the last command ended.

        >>> session.step()
        <Stop step, step 1, $fac @0x30 line 11>
        >>> session.stop.reason.value
        'step'
        """
        return self.control.stop

    @property
    def tick(self) -> int:
        """Instructions completed so far.

        >>> session.step(3)
        <Stop step, step 3, $fac @0x33 line 13>
        >>> session.tick
        3
        """
        return self.control.tick

    @property
    def location(self) -> Location | None:
        """Where the next instruction is; None if there is none.

        >>> session.location
        <$fac @0x2e line 10>
        """
        return current_location(self.control.target)

    @property
    def instruction(self) -> Instruction | None:
        """The next instruction, explained; None if there is none.

        >>> session.instruction
        <local.get $n in $fac @0x2e line 10>
        >>> session.instruction.now
        'local.get pushes 5, the value of $n'
        """
        from wasmlab.debug.views.instruction import instruction_view

        at = position(self.control.target)
        return None if at is None else instruction_view(self.control.target, at)

    @property
    def trail(self) -> tuple[Skipped, ...]:
        """What the last command went past without executing it, if it was one step, or one over.

        >>> session.step(4)
        <Stop step, step 4, $fac @0x38 line 16>
        >>> session.trail
        ()
        """
        return self.views.trail()

    @property
    def source(self) -> Source:
        """The text of the module of the selected frame's function.

        >>> session.source.line(12)
        <line 12 '    i64.lt_s'>
        """
        return self.source_of()

    source_of = on_views(SessionViews.source_of)
    evaluate = on_views(SessionViews.evaluate)

    @property
    def displays(self) -> tuple[Display, ...]:
        """What ``display`` has shown at every stop, as it is at this one, by number.

        >>> session.display("$n")
        Display(number=1, expression='$n', ...)
        >>> len(session.displays)
        1
        """
        return self.views.displays()

    display = on_control(displays_.display)
    redisplay = on_control(displays_.redisplay)
    undisplay = on_control(displays_.undisplay)

    @property
    def frame(self) -> int:
        """The selected frame, which commands, expressions and views mean: 0 is the innermost.

        >>> session.frame
        0
        """
        return self.control.target.selected

    @property
    def frame_location(self) -> Location | None:
        """Where the selected frame stands: at its next instruction, or at its call.

        None for a host function, or without a frame.

        >>> session.run_to("fac")
        <Stop arrived, step 9, $fac @0x2e line 10>
        >>> session.frame_location
        <$fac @0x2e line 10>
        """
        return self.views.frame_location

    select_frame = on_control(control_.select_frame)

    @property
    def frames(self) -> Listed[Frame]:
        """The call frames, innermost first.

        >>> session.step(9)
        <Stop step, step 9, $fac @0x2e line 10>
        >>> session.frames
        (<Frame 0 $fac @0x2e line 10>, <Frame 1 $fac @0x3f line 20>)
        >>> session.frames[1].locals["n"]
        <$n i64 5>
        """
        return self.frame_rows(0, self.depth)

    @property
    def depth(self) -> int:
        """How many call frames there are.

        >>> session.step(9)
        <Stop step, step 9, $fac @0x2e line 10>
        >>> session.depth
        2
        """
        return self.control.depth

    @property
    def stack(self) -> Listed[StackSlot]:
        """The operands of the selected frame, top first.

        >>> session.step(2)
        <Stop step, step 2, $fac @0x32 line 12>
        >>> session.stack
        (<stack[0] i64 2>, <stack[1] i64 5>)
        >>> session.stack[0].value, session.stack[0].type, session.stack[0].bits
        (2, 'i64', 2)
        """
        return self.stack_rows(0)

    @property
    def stack_size(self) -> int:
        """How many operands the selected frame has.

        >>> session.step(2)
        <Stop step, step 2, $fac @0x32 line 12>
        >>> session.stack_size
        2
        """
        return self.stack_size_of()

    @property
    def labels(self) -> tuple[Label, ...]:
        """The structured instructions that are open in the selected frame, outermost first.

        >>> session.step(5)
        <Stop step, step 5, $fac @0x3a line 17>
        >>> session.labels
        (<Label 1 func $fac>, <Label 0 if 0>)
        """
        return self.labels_of()

    stack_size_of = on_views(SessionViews.stack_size_of)
    stack_rows = on_views(SessionViews.stack_rows)
    labels_of = on_views(SessionViews.labels_of)

    @property
    def locals(self) -> Variables[Variable]:
        """The parameters and locals of the selected frame, by number or name.

        >>> session.locals["n"]
        <$n i64 5>
        >>> session.locals["n"].value, session.locals[0].type
        (5, 'i64')
        """
        return self.locals_of()

    locals_of = on_views(SessionViews.locals_of)
    frame_rows = on_views(SessionViews.frame_rows)

    @property
    def globals(self) -> Variables[Variable]:
        """The globals of the selected frame's instance, by number or name.

        >>> counter = wl.Session(wl.assemble("(module (global $g i32 (i32.const 7)))"))
        >>> counter.globals["g"].value
        7
        """
        return self.views.globals()

    @checked
    def object(self, ref: int, start: int = 0) -> HeapObject:
        """Return the object in the GC heap that a reference (the bits of a value) refers to.

        Of an array the view has up to 256 elements from start on. Raises DebugError if it is no
        reference to an object.

        >>> text = '''(module (type $box (struct (field $v i32)))
        ...   (func (export "_start") (drop (struct.new $box (i32.const 7)))))'''
        >>> boxed = wl.Session(wl.assemble(text))
        >>> boxed.step(2)
        <Stop step, step 2, func[0] @0x2c line 2>
        >>> boxed.object(boxed.stack[0].bits).fields
        (<$v i32 7>,)
        """
        from wasmlab.debug.views.heap import object_view

        return object_view(self.control.store, ref, start)

    @property
    def memory_sizes(self) -> tuple[int, ...]:
        """Sizes in bytes of the memories of the selected frame's instance.

        >>> hello.memory_sizes
        (65536,)
        """
        return tuple(m.size for m in selected_instance(self.control.target).mems)

    @property
    def memory(self) -> MemorySlice:
        """The first memory of the selected frame's instance; DebugError if it has none.

        >>> hello.memory[16:21]
        b'Hello'
        """
        from wasmlab.engine.parts import MemorySlice

        mems = selected_instance(self.control.target).mems
        if not mems:
            raise DebugError("the module has no memory")
        return MemorySlice(mems[0])

    memory_rows = on_views(SessionViews.memory_rows)
    find_bytes = on_views(SessionViews.find_bytes)
