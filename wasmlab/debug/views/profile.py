"""What a profile says: the hottest functions and lines, and files that other tools open."""

from __future__ import annotations

import json
from collections import Counter

from wasmlab.debug.views.source import source_of
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.target import location, module_of
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Target
    from wasmlab.engine.profile import Profile
    from wasmlab.runtime.store import FuncInst

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


@dataclass(frozen=True, slots=True)
class HotFunction:
    """A function and the instructions that it executed."""

    name: str
    count: int
    """Its own instructions, exactly."""
    share: float
    """The share of all instructions that are its own, from 0 to 1; exact."""
    total: float
    """The share of those during which it was being called, as far as samples tell."""


@dataclass(frozen=True, slots=True)
class HotLine:
    """A line of the text, or an instruction where there is no text."""

    location: Location
    count: int
    share: float
    text: str


def hot_functions(target: Target, profile: Profile) -> list[HotFunction]:
    """Return the functions that executed anything, the hottest first."""
    everything, sampled = _everything(profile), sum(profile.stacks.values())
    totals: Counter[int] = Counter()
    for stack, weight in profile.stacks.items():
        totals.update(dict.fromkeys(stack, weight))
    found = [
        HotFunction(
            name=_name(target, target.store.funcs[addr]),
            count=sum(counts),
            share=sum(counts) / everything,
            total=totals[addr] / sampled if sampled else 0.0,
        )
        for addr, counts in profile.counts.items()
        if any(counts)
    ]
    return sorted(found, key=lambda hot: -hot.count)


def hot_lines(target: Target, profile: Profile, most: int) -> list[HotLine]:
    """Return the lines that were executed, the hottest first, and at most so many.

    A line counts every instruction on it. Without text each instruction counts for itself.
    """
    counts: Counter[tuple[int, int]] = Counter()
    places: dict[tuple[int, int], tuple[FuncInst, int, Location]] = {}
    for addr, times in profile.counts.items():
        func = target.store.funcs[addr]
        for pc, count in enumerate(times):
            if count:
                place = location(target, func, func.bound_code.instrs[pc].offset)
                key = (id(func.instance), place.line) if place.line else (addr, -1 - pc)
                places.setdefault(key, (func, pc, place))
                counts[key] += count
    everything = _everything(profile)
    return [
        HotLine(place, count, count / everything, _text(target, func, pc, place))
        for key, count in counts.most_common(most)
        for func, pc, place in (places[key],)
    ]


def _everything(profile: Profile) -> int:
    return sum(map(sum, profile.counts.values())) or 1


def _text(target: Target, func: FuncInst, pc: int, place: Location) -> str:
    module = module_of(target, func)
    if module is not None and place.line is not None:
        return source_of(module).line(place.line).text.strip()
    return func.bound_code.instrs[pc].row.mnemonic


def _name(target: Target, func: FuncInst) -> str:
    """Return a function's name, with its module's where there are several."""
    name, instance = inst_name(func), func.instance
    several = len(target.store.instances) > 1 and instance is not None and instance.name
    return f"{instance.name}:{name}" if several and instance is not None else name


# ---- files ----


def folded_stacks(target: Target, profile: Profile) -> str:
    """Return the sampled stacks in the folded format: a stack and its instructions on each line."""
    lines = Counter[str]()
    for stack, weight in profile.stacks.items():
        names = (_name(target, target.store.funcs[addr]).replace(";", ":") for addr in stack)
        lines[";".join(names)] += weight
    return "".join(f"{stack} {weight}\n" for stack, weight in sorted(lines.items()))


def speedscope(target: Target, profile: Profile, title: str) -> str:
    """Return the sampled stacks in speedscope's JSON format; weights are instructions."""
    numbers: dict[int, int] = {}
    samples = [
        [numbers.setdefault(addr, len(numbers)) for addr in stack] for stack in profile.stacks
    ]
    weights = list(profile.stacks.values())
    sampled = {
        "type": "sampled",
        "name": title,
        "unit": "none",
        "startValue": 0,
        "endValue": sum(weights),
        "samples": samples,
        "weights": weights,
    }
    frames = list(_frames(target, numbers))
    content = {
        "$schema": _SCHEMA,
        "exporter": "wasmlab",
        "name": title,
        "shared": {"frames": frames},
        "profiles": [sampled],
    }
    return json.dumps(content)


def _frames(target: Target, numbers: dict[int, int]) -> Iterator[dict[str, str | int]]:
    for addr in numbers:
        func = target.store.funcs[addr]
        frame: dict[str, str | int] = {"name": _name(target, func)}
        module = module_of(target, func)
        if module is not None and func.code is not None:
            place = location(target, func, func.code.instrs[0].offset)
            frame["file"] = module.name
            if place.line is not None:
                frame["line"] = place.line
        yield frame
