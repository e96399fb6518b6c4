"""What ``import wasmlab`` brings along, and what the import contracts cover."""

import ast
import subprocess
import sys
import tomllib

import pytest

from tests.hygiene.tree import PACKAGES, ROOT, imported, parsed, sources
from wasmlab import hints

HEAVY = ("textual", "rich", "llvmlite", "anywidget", "wasmlab_tui", "wasmlab_widgets")
LOADED = "import sys, {module}; print(*sorted({{n.partition('.')[0] for n in sys.modules}}))"


def loaded_by(module: str) -> set[str]:
    """Return the top-level names of all modules that importing module loads."""
    program = (sys.executable, "-I", "-c", LOADED.format(module=module))
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["wasmlab", "wasmlab.cli.main", "wasmlab.samples"])
def test_import_loads_no_front_end_and_no_compiler(module: str) -> None:
    assert not loaded_by(module).intersection(HEAVY)


def test_classes_of_the_library_are_not_made_by_a_code_generator() -> None:
    places = [path for path in sources(*PACKAGES) if "dataclasses" in imported(parsed(path))]
    assert [path.parent.name for path in places] == ["records"], "from wasmlab.records import"


def test_modules_load_typing_only_for_words_that_hints_lacks() -> None:
    words = set(hints.__all__)
    loading = {
        str(path.relative_to(ROOT))
        for path in sources("wasmlab")
        for node in parsed(path).body
        if isinstance(node, ast.ImportFrom) and node.module == "typing"
        if {name.name for name in node.names} <= words
    }
    assert not loading, "from wasmlab.hints import"


def test_enumerations_are_not_the_standard_librarys() -> None:
    places = [path for path in sources(*PACKAGES) if "enum" in imported(parsed(path))]
    assert {path.parent.name for path in places} <= {"records"}, "from wasmlab.records import"


def test_import_contract_names_every_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = next(c["layers"] for c in settings["contracts"] if c["type"] == "layers")
    named = {name.strip("()") for layer in layers for name in layer.split(" | ")}
    entries = (p for p in (ROOT / "wasmlab").iterdir() if p.name not in {"__init__.py", "data"})
    present = {
        f"wasmlab.{p.stem}" for p in entries if p.suffix == ".py" or (p / "__init__.py").exists()
    }
    assert present <= named
