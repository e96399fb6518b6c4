"""All attacks one after the other: ``make attack``.

What they tried is written into README.md, unless something failed.

    python -m tests.attack [SECONDS [SEED [ATTACK...]]]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.attack import calls, commit, modules, recordings
from tests.readme import markdown, write_table

ATTACKS = {
    "calls": calls.attack,
    "commit": commit.attack,
    "modules": modules.attack,
    "recordings": recordings.attack,
}
HEAD = ["tried, and what held each time", "how often"]


def main() -> None:
    """Give each attack its part of the time."""
    words = sys.argv[1:]
    seconds, seed = float(words[0]) if words else 900.0, int(words[1]) if words[1:] else 0
    names = words[2:] or list(ATTACKS)
    memory = Path("/dev/shm")  # noqa: S108 - a disk in memory, on which syncing takes no time
    rows = [HEAD]
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        for name in names:
            os.environ["XDG_STATE_HOME"] = f"{folder}/state"
            place = Path(folder) / name
            place.mkdir()
            found = ATTACKS[name](seconds / len(names), seed, place)
            rows += [[f"{what}: {held}", f"{tried:,}"] for what, tried, held in found]
            print("\n".join(markdown([HEAD, *rows[-len(found) :]])[2:]), flush=True)
    if names == list(ATTACKS):
        write_table("reliability", "make attack", markdown(rows))


if __name__ == "__main__":
    main()
