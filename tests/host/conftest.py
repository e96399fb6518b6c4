"""Guests with a directory in memory, over a host directory, and the host directory itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from guest import Guest

from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.wasi import Wasi

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state directory, where commits are noted: one of the test's own."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture(params=["memory", "overlay", "real"])
def guest(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guest]:
    """A guest with an empty directory ``/`` as descriptor 3, on each kind of volume."""
    root = tmp_path / "root"
    root.mkdir()
    directory = Dir() if request.param == "memory" else Dir(root, mode=request.param)
    with Wasi(args=["prog"], dirs={"/": directory}) as wasi:
        yield Guest(wasi)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A host directory with a file, a directory, and links, beside a secret outside of it."""
    (tmp_path / "secret").write_text("do not read")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("do not read")
    inside = tmp_path / "root"
    (inside / "sub" / "deep").mkdir(parents=True)
    (inside / "a.txt").write_text("alpha")
    (inside / "sub" / "b.txt").write_text("beta")
    (inside / "link").symlink_to("a.txt")
    return inside
