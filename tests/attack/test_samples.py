"""A few of the cases that ``make attack`` tries by the thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attack.calls import attempt, changing, furnished
from tests.attack.modules import attempt as attempt_module
from tests.attack.modules import mutant
from tests.attack.recordings import End, all_of_them, failed, summary
from tests.attack.trees import picture

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.host.wasi.fs.mount import Mode


@pytest.mark.parametrize("mode", ["real", "overlay"])
def test_guest_in_a_directory_that_changes_reaches_nothing_outside(
    mode: Mode, tmp_path: Path
) -> None:
    work, outside = furnished(tmp_path)
    before = picture(outside)
    with changing(work, tmp_path / "elsewhere", seed=1):
        for seed in range(5):
            assert attempt(work, mode, seed)
    assert picture(outside) == before


def test_forged_recordings_are_refused_or_replayed() -> None:
    counts = all_of_them(0, 0, 300)
    assert not failed(counts), summary(counts)
    assert counts[End.ACCEPTED] > 100 < counts[End.REFUSED]


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_mutated_module_ends_alike_in_both_tiers(first: int) -> None:
    ends = {attempt_module(mutant(seed), seed) for seed in range(first, first + 10)}
    assert "ran" in ends
