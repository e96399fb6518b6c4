"""What README and ARCHITECTURE promise is there."""

import re

import pytest

from tests.hygiene.tree import ROOT
from wasmlab.cli.main import main

README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
LONGEST_ARCHITECTURE = 600


def commands(text: str, program: str) -> set[str]:
    """Return the first words after a program's name in code of a document."""
    return set(re.findall(rf"(?:^    |`){program} ([a-z]+)(?=[\s`])", text, re.MULTILINE))


@pytest.mark.parametrize("target", sorted(commands(README + ARCHITECTURE, "make")))
def test_make_target_of_documents_exists(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("command", sorted(commands(README, "wasmlab")))
def test_command_of_readme_exists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert command in capsys.readouterr().out


def test_files_of_readme_exist() -> None:
    named = set(re.findall(r"\bsamples/[\w/]+\.\w+", README))
    assert named
    assert not [name for name in named if not (ROOT / name).is_file()]


def test_every_make_target_is_explained() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    explained = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
    assert targets == explained


def test_codemap_names_every_package() -> None:
    packages = {path.parent.name for path in (ROOT / "wasmlab").glob("*/__init__.py")}
    assert packages <= set(re.findall(r"`wasmlab\.(\w+)`", ARCHITECTURE))


def test_architecture_is_short() -> None:
    assert len(ARCHITECTURE.splitlines()) <= LONGEST_ARCHITECTURE
