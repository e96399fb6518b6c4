"""Random walks through time; ``make fuzz`` takes many more, WASMLAB_WALKS says how many."""

import os

import pytest

from tests.fuzz.travel import ENGINES, SAMPLES, difference, sample, smithed

WALKS = int(os.environ.get("WASMLAB_WALKS", "2"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(WALKS))
@pytest.mark.parametrize("name", SAMPLES)
def test_walk_through_a_sample_sees_what_a_fresh_run_sees(
    name: str, seed: int, engine: str
) -> None:
    assert not difference(sample(name), engine, seed)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(2 * WALKS))
def test_walk_through_a_random_module_sees_what_a_fresh_run_sees(seed: int, engine: str) -> None:
    assert not difference(smithed(seed), engine, seed)
