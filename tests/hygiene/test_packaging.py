"""The wheel: three packages, with the samples in it."""

import tomllib
from importlib.metadata import EntryPoint, distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.hygiene.tree import ROOT
from wasmlab.native.image.platforms import PLATFORMS


def name(point: EntryPoint) -> str:
    return point.name


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Names of the files in a wheel that is built from the project."""
    folder = tmp_path_factory.mktemp("wheel")
    built = next(iter(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))
    with ZipFile(Path(built)) as archive:
        return frozenset(archive.namelist())


def test_wheel_has_three_packages_at_its_top(wheel: frozenset[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    packages = {name for name in tops if not name.endswith(".dist-info")}
    assert packages == {"wasmlab", "wasmlab_tui", "wasmlab_widgets"}


def test_wheel_carries_samples_but_not_how_to_build_them(wheel: frozenset[str]) -> None:
    assert "wasmlab/data/samples/hello.wat" in wheel
    assert "wasmlab/data/samples/c/words.wasm" in wheel
    assert not [name for name in wheel if name.endswith(("/build.py", "requirements.txt"))]


def test_wheel_carries_lessons_and_scripts_but_not_sources_of_lessons(
    wheel: frozenset[str],
) -> None:
    assert "wasmlab/data/notebooks/01_stack_machine.ipynb" in wheel
    assert "wasmlab_widgets/static/stepper.js" in wheel
    assert not [name for name in wheel if "notebooks/source" in name]


def test_wheel_carries_the_compiled_loop_of_each_platform(wheel: frozenset[str]) -> None:
    images = {name for name in wheel if name.startswith("wasmlab/native/images/")}
    names = {platform.name for platform in PLATFORMS}
    assert images == {f"wasmlab/native/images/{name}.image" for name in names}


@pytest.mark.parametrize("point", distribution("wasmlab").entry_points, ids=name)
def test_entry_point_loads(point: EntryPoint) -> None:
    assert callable(point.load())


def test_lock_has_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = (ROOT / "requirements.lock").read_text("utf-8")
    pins = {line.partition("==")[0] for line in locked.splitlines() if "==" in line}
    names = {line.partition(">=")[0].partition("[")[0] for line in wanted}
    assert names <= pins
