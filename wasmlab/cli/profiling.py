"""``wasmlab run --profile``: where the instructions went, as tables or as a file."""

from __future__ import annotations

from contextlib import contextmanager

from wasmlab.cli.terminal import complain
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.arguments import Option

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from wasmlab.debug.views.target import Target
    from wasmlab.engine.profile import Profile
    from wasmlab.engine.program import Program
    from wasmlab.module import Module
    from wasmlab.output_file import Replacing

_SPEEDSCOPE, _FOLDED = ".json", ".folded"
_LISTED = 15
_WIDEST = 60
"""Characters of a name or a line."""


def _profile_file(text: str) -> str:
    """Return the name of a file whose suffix tells the form of a profile.

    Raises UsageError for another suffix.
    """
    if text and _suffix(text) not in {_SPEEDSCOPE, _FOLDED}:
        hint = "write --profile=FILE.json (speedscope) or --profile=FILE.folded"
        raise UsageError(f"a profile's file ends in .json or .folded, not {text}", hint=hint)
    return text


def _suffix(file: str) -> str:
    from pathlib import Path  # most runs write no profile

    return Path(file).suffix


PROFILE = Option(
    ("--profile",),
    "print which functions and lines executed most; --profile=FILE.json (speedscope) or"
    " --profile=FILE.folded gets it",
    "FILE",
    read=_profile_file,
    optional=True,
)


@contextmanager
def profiling(
    file: str | None, program: Program, modules: Sequence[Module], rule: Callable[[], Replacing]
) -> Generator[Profile | None]:
    """Profile a program meanwhile; then print the profile, or write it to a file if one is named.

    None: do nothing. Raises WouldReplace or WasmlabError if the file cannot be written.
    """
    if file is None:
        yield None
        return
    from wasmlab.debug.views.target import Target
    from wasmlab.engine.profile import Profile, profiled

    profile = Profile(program.store)
    try:
        with profiled(profile):
            yield profile
    finally:
        target = Target(program, {id(module.syntax): module for module in modules})
        if file:
            _write(file, target, profile, rule())
        else:
            _tell(target, profile)


def _write(path: str, target: Target, profile: Profile, rule: Replacing) -> None:
    from wasmlab.debug.views.profile import folded_stacks, speedscope
    from wasmlab.output_file import write_output

    is_folded = _suffix(path) == _FOLDED
    name = target.program.module.name
    text = folded_stacks(target, profile) if is_folded else speedscope(target, profile, name)
    write_output(path, text.encode(), rule)


def _tell(target: Target, profile: Profile) -> None:
    from wasmlab.debug.views.plain_text import place_text
    from wasmlab.debug.views.profile import hot_functions, hot_lines

    complain(f"{'function':<{_WIDEST}} {'instructions':>16}    self  total*")
    for hot in hot_functions(target, profile)[:_LISTED]:
        shares = f"{hot.share:>7.1%} {hot.total:>7.1%}"
        complain(f"{_cut(hot.name):<{_WIDEST}} {hot.count:>16,} {shares}")
    complain(f"\n{'line':<{_WIDEST}} {'instructions':>16}    self")
    for hot in hot_lines(target, profile, _LISTED):
        where = _cut(f"{place_text(hot.location)}  {hot.text}")
        complain(f"{where:<{_WIDEST}} {hot.count:>16,} {hot.share:>7.1%}")
    complain("\n* with the functions it called, from samples; all else is counted exactly")


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
