"""Work grows with the size of a module, not with its square, whatever it has many of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.growth import DIMENSIONS, calls_of, text_of
from wasmlab.binary.body import decode_body
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State, StopReason
from wasmlab.debug.views.symbols import func_name
from wasmlab.valid.module import validate_module
from wasmlab_tui.render.status import trail_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.module import Module

_SLICE = 7
"""Instructions of a run at once: blocks begin at many places."""
_LONGEST = 500
SMALL, FACTOR = 100, 8
"""Sizes compared: large enough that what a module costs at least does not count."""
MOST = 1.3
"""Times FACTOR: with squares it would be FACTOR times FACTOR."""


def load(module: Module) -> None:
    wl.load(module.data)


def validate(module: Module) -> None:
    validate_module(module.syntax)


def show(module: Module) -> None:
    assert module.wat()


def run_in_slices(module: Module) -> None:
    session = begin(module)
    while session.state is State.PAUSED:
        session.step(_SLICE)


def step_and_look(module: Module) -> None:
    session = begin(module)
    session.step()
    assert session.source.line(1).text
    assert session.globals is not None
    assert len(trail_text(session.trail)) < _LONGEST


def break_everywhere(module: Module) -> None:
    session, syntax = begin(module), module.syntax
    for func in syntax.funcs:
        for instr in decode_body(syntax, func).instrs:
            session.break_at(instr.offset)
    assert session.run().reason is not StopReason.TRAP


def break_by_name(module: Module) -> None:
    session, syntax = begin(module), module.syntax
    for index in range(syntax.imported_funcs, len(syntax.func_types)):
        session.break_at(func_name(syntax, index))


def begin(module: Module) -> Session:
    return Session(module, engine="reference", invoke="run", stub_imports="zero")


ACTS = [load, validate, show, run_in_slices, step_and_look, break_everywhere, break_by_name]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_work_on_a_module_grows_with_its_size(
    dimension: str, act: Callable[[Module], None]
) -> None:
    small, large = (work(dimension, act, n) for n in (SMALL, SMALL * FACTOR))
    assert large <= MOST * FACTOR * small


def work(dimension: str, act: Callable[[Module], None], n: int) -> int:
    module = wl.assemble(text_of(dimension, n))
    return calls_of(lambda: act(module))
