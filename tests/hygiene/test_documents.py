"""What README and ARCHITECTURE promise is there."""

import re
from pathlib import Path

import pytest

from tests.hygiene.codemap import files_of, with_tables, without_tables
from tests.hygiene.tree import ROOT
from wasmlab.cli.main import main

README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
LONGEST_ARCHITECTURE = 500
"""Lines, without the tables of files, which grow with the house."""


def commands(text: str, program: str) -> set[str]:
    """Return the first words after a program's name in code of a document."""
    return set(re.findall(rf"(?:^    |`){program} ([a-z]+)(?=[\s`])", text, re.MULTILINE))


@pytest.mark.parametrize("target", sorted(commands(README + ARCHITECTURE, "make")))
def test_make_target_of_documents_exists(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_make_setup_says_what_it_does_before_it_takes_time() -> None:
    """Without a terminal to watch, an installation in silence looks like one that is stuck."""
    recipe = MAKEFILE.partition("$(STAMP): ")[2].partition("\n\n")[0].split("\n\t")[1:]
    slow = [n for n, line in enumerate(recipe) if "-m venv" in line or "$(PIP)" in line]
    assert len(slow) == 3
    assert all(recipe[n - 1].startswith("@echo") for n in slow)
    assert all(line.startswith("@") for line in recipe)


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


def test_tables_of_files_are_up_to_date() -> None:
    assert with_tables(ARCHITECTURE) == ARCHITECTURE, "make map writes them"


def test_codemap_names_every_subfolder_of_what_it_lists_by_file() -> None:
    for name in ("debug", "engine/recording", "native"):
        folders = {p.parent.name for p in (ROOT / "wasmlab" / name).glob("*/__init__.py")}
        assert folders <= {path.parent.name for path in files_of(ROOT / "wasmlab" / name)}
        assert all(f"`{folder}/" in ARCHITECTURE for folder in folders)


def test_files_that_architecture_names_exist() -> None:
    named = set(re.findall(r"`((?:wasmlab|tui|tests|notebooks)/[\w/]+(?:\.py|/))", ARCHITECTURE))
    assert len(named) > 20
    assert not [name for name in named if not (ROOT / name).exists()]


def test_files_of_the_lives_exist() -> None:
    lives = ARCHITECTURE[ARCHITECTURE.index("### The life of a step") :]
    lives = lives[: lives.index("## Codemap")]
    named = set(re.findall(r"`([\w/]+\.py)`", lives))
    places = (ROOT, ROOT / "wasmlab", ROOT / "tui" / "wasmlab_tui", ROOT / "wasmlab" / "debug")
    assert len(named) > 12
    assert not [name for name in named if not any((place / name).is_file() for place in places)]


def test_glossary_defines_each_word_once() -> None:
    glossary = ARCHITECTURE[ARCHITECTURE.index("## Glossary") : ARCHITECTURE.index("## Decisions")]
    words = re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)[2:]
    assert len(words) == len(set(words)) > 25


def test_architecture_is_short() -> None:
    assert len(without_tables(ARCHITECTURE).splitlines()) <= LONGEST_ARCHITECTURE


PAGES = sorted(ROOT.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text("utf-8"))
    assert not [target for target, _ in links if target and not (ROOT / target).exists()]
    for target, anchor in links:
        heads = (
            re.findall(r"^#+ (.*)$", (ROOT / (target or page)).read_text("utf-8"), re.MULTILINE)
            if anchor
            else []
        )
        assert not anchor or anchor in {
            re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in heads
        }


def test_options_that_security_names_exist() -> None:
    options = set(re.findall(r"`(--[a-z-]+)", (ROOT / "SECURITY.md").read_text("utf-8")))
    sources = [path.read_text("utf-8") for path in (ROOT / "wasmlab").rglob("*.py")]
    assert options
    assert not [o for o in options if not any(f'"{o}"' in text for text in sources)]


def test_modules_that_recordings_names_exist() -> None:
    rows = re.findall(
        r"^\|.*\|([^|]*)\|$", (ROOT / "RECORDINGS.md").read_text("utf-8"), re.MULTILINE
    )
    named = {name for row in rows for name in re.findall(r"`([a-z_/]+)`", row)}
    known = {str(path.with_suffix("")) for path in (ROOT / "wasmlab").rglob("*.py")}
    assert named
    assert not [name for name in named if not any(path.endswith(f"/{name}") for path in known)]
