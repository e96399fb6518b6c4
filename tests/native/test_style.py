"""Without tail calls the loop does the same."""

from __future__ import annotations

import pytest

from tests.native.stores import agree_at_random_ticks, assembled, entered
from tests.native.test_loop import BENCH, CALLS, IMPORTS, KERNELS, ROOMY
from tests.native.test_objects import OBJECTS
from wasmlab.native.loop import TAIL_CALLS, load_loop
from wasmlab.opening.inputs import load


@pytest.fixture(autouse=True)
def returning_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    tail_calling = load_loop()
    monkeypatch.setenv(TAIL_CALLS, "0")
    assert load_loop() is not tail_calling


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file, names in KERNELS.items() for name in names]
)
def test_kernel_without_tail_calls_agrees_with_reference(file: str, name: str) -> None:
    args, module = KERNELS[file][name], load(BENCH / file)
    reference, native = (
        entered(module, name, args, e, limits=ROOMY) for e in ("reference", "native")
    )
    agree_at_random_ticks(reference, native, len(name))


def test_calls_without_tail_calls_agree_with_reference() -> None:
    module = assembled(CALLS)
    reference, native = (entered(module, "main", (6,), e, IMPORTS) for e in ("reference", "native"))
    agree_at_random_ticks(reference, native, 1)


def test_objects_without_tail_calls_agree_with_reference() -> None:
    module = assembled(OBJECTS)
    reference, native = (entered(module, "main", (6,), e) for e in ("reference", "native"))
    agree_at_random_ticks(reference, native, 2)
