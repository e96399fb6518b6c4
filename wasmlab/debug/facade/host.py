"""What a session offers of the program's dealings: its exports, host calls, output and files."""

from __future__ import annotations

from wasmlab.debug.forwarded import Parts, on_views
from wasmlab.debug.session_views import SessionViews
from wasmlab.debug.views.host_calls import HostCallViews
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.store import FuncInst

if TYPE_CHECKING:
    from wasmlab.debug.views.files import Files
    from wasmlab.debug.views.model import HostCall, Output


class Dealings(Parts):
    """What a program exports, and what it does with its host."""

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Names and signatures of the exported functions.

        >>> session.entries
        (('fac', '[i64] -> [i64]'), ('fac_loop', '[i64] -> [i64]'))
        """
        exports = self.control.program.instance.exports
        return tuple((n, str(e.type)) for n, e in exports.items() if isinstance(e, FuncInst))

    @property
    def host_calls(self) -> tuple[HostCall, ...]:
        """Every host call so far, decoded.

        >>> hello.run()
        <Stop exit, step 13>
        >>> hello.host_calls[0].name, hello.host_calls[0].result
        ('fd_write', 'OK, 14 bytes')
        """
        return self.host_calls_from(0)

    @property
    def host_call_count(self) -> int:
        """How many host calls were made so far.

        >>> hello.run()
        <Stop exit, step 13>
        >>> hello.host_call_count
        1
        """
        return HostCallViews(self.control.recorder).count

    next_host_call = on_views(SessionViews.next_host_call)
    host_calls_from = on_views(SessionViews.host_calls_from)

    @property
    def output(self) -> tuple[Output, ...]:
        """What the program printed, in order.

        >>> hello.run()
        <Stop exit, step 13>
        >>> hello.output[0].data[:5]
        b'Hello'
        """
        return self.output_from(0)

    @property
    def output_size(self) -> tuple[int, int]:
        """In how many pieces the program has printed how many bytes.

        >>> hello.run()
        <Stop exit, step 13>
        >>> hello.output_size
        (1, 14)
        """
        state = self.control.program.wasi.output_state
        return len(state.events), state.size

    output_from = on_views(SessionViews.output_from)

    @property
    def files(self) -> Files:
        """What the program changed in the directories that it was given.

        >>> hello.run()
        <Stop exit, step 13>
        >>> hello.files.diff()
        {}
        """
        from wasmlab.debug.views.files import Files

        return Files(self.control.program.wasi)
