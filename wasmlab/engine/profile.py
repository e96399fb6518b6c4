"""Profiles: how often each instruction was executed, exactly, and samples of the call stack.

The stack is sampled after certain numbers of instructions, not of seconds, so that a run that
repeats has the same profile again. A sample stands for the instructions since the one before.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager

from wasmlab.exec.observe import observed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.observer import Observer
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Generator

    from wasmlab.runtime.store import Store

Stack = tuple[int, ...]
"""Function addresses, the outermost first."""
_SHORTEST, _LONGEST = 997, 500_009
_PARTS = 512
"""The next sample is due after this part of the run so far; both limits are primes."""
_DEEPEST = 1000
"""Frames of a sample; of more, the outermost are left out."""


@dataclass(slots=True, eq=False)
class Profile:
    """The profile of a store from the tick at which it was made."""

    store: Store
    counts: dict[int, array[int]] = field(default_factory=dict[int, "array[int]"])
    """By function address, how often each pc was executed; complete when the profile is."""
    stacks: Counter[Stack] = field(default_factory=Counter[Stack])
    """Sampled instructions by call stack."""
    sampled: int = field(init=False)
    """The tick of the last sample."""

    def __post_init__(self) -> None:
        """Begin at the store's present tick."""
        self.sampled = self.store.tick


@contextmanager
def profiled(profile: Profile) -> Generator[None]:
    """Count meanwhile what the profile's store executes."""
    with observed(profile.store, Observer()) as observer:
        try:
            yield
        finally:
            profile.counts = observer.counts()


def run_sampled(profile: Profile, run: Callable[[int], Status]) -> Status:
    """Run an invocation with ``run(limit)``, and sample its call stack now and then.

    Raises what ``run`` raises, after a last sample.
    """
    store = profile.store
    entry = store.agent.record(0, FUNC) if store.agent.depth else None
    try:
        while True:
            status = run(store.tick + max(_SHORTEST, min(store.tick // _PARTS, _LONGEST)))
            if status is not Status.FUEL:
                return status
            _sample(profile, entry)
    finally:
        _sample(profile, entry)


def _sample(profile: Profile, entry: int | None) -> None:
    """Count the instructions since the last sample for the call stack, or for an ended entry."""
    store = profile.store
    depth = store.agent.depth
    stack = tuple(store.agent.record(n, FUNC) for n in range(max(depth - _DEEPEST, 0), depth))
    if not stack and entry is not None:
        stack = (entry,)
    if stack and store.tick > profile.sampled:
        profile.stacks[stack] += store.tick - profile.sampled
    profile.sampled = store.tick
