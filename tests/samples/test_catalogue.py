from pathlib import Path

import pytest

from wasmlab.errors import WasmlabError
from wasmlab.samples import Sample, catalogue, folder, header, templates

LIMIT = 8_000_000


def sample(name: str) -> Sample:
    return next(s for s in catalogue() if s.name == name)


def test_catalogue_begins_with_hello() -> None:
    assert catalogue()[0].name == "hello"


def test_catalogue_names_every_program_once() -> None:
    names = [s.name for s in catalogue()]
    assert len(names) == len(set(names))
    assert {"factorial", "walk", "trap", "dispatch", "greeter", "c/hello", "c/words"} <= set(names)


def test_sample_in_c_has_its_header_in_the_source() -> None:
    words = sample("c/words")
    assert words.path.name == "words.wasm"
    assert words.source.name == "words.c"
    assert words.stdin.endswith(b"a dog and a cat.\n")
    assert words.stdout == b"4 the\n3 cat\n3 dog\n"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("cpp/exceptions", "exceptions.cpp"),
        ("cpp/exceptions-legacy", "exceptions-legacy.cpp"),
        ("kotlin/shapes", "shapes.kt"),
    ],
)
def test_sample_in_cpp_and_kotlin_has_its_header_in_the_source(name: str, source: str) -> None:
    assert sample(name).source.name == source
    assert sample(name).stdout


def test_sample_command_has_paths_that_exist() -> None:
    greeter = sample("greeter")
    assert greeter.command[:2] == ("run", str(folder() / "greeter.wat"))
    assert greeter.args == ("--preload", f"textlib={folder() / 'textlib.wat'}")


def test_sample_names_the_modules_that_it_imports() -> None:
    assert sample("greeter").preload == {"textlib": folder() / "textlib.wat"}
    assert sample("hello").preload == {}


def test_header_ends_with_the_comment() -> None:
    assert header(";; title: One\n\n;; shows: Two\n") == {"title": ["One"]}


def test_header_keeps_lines_in_order_and_their_inner_spaces() -> None:
    assert header("// expect: a\n// expect:   b\n") == {"expect": ["a", "  b"]}


def test_templates_are_not_samples() -> None:
    assert {t.name for t in templates()} == {
        "templates/loop",
        "templates/module",
        "templates/wasi",
    }
    assert not [s for s in catalogue() if s.name.startswith("templates/")]


def test_every_sample_starts_with_its_title_and_shows_a_sentence() -> None:
    for found in catalogue() + templates():
        assert found.source.read_text("utf-8")[3:].startswith("title: ")
        assert found.shows.endswith(".")


def test_binaries_are_small_enough_for_a_wheel() -> None:
    assert sum(path.stat().st_size for path in folder().rglob("*.wasm")) <= LIMIT


def test_header_without_a_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "samples").mkdir(parents=True)
    (tmp_path / "data" / "samples" / "hello.wat").write_text(";; title: Only this\n")
    monkeypatch.setattr("wasmlab.samples._PACKAGE", tmp_path)
    with pytest.raises(WasmlabError, match=r"no exit and no run and no shows .*hello\.wat"):
        catalogue()


def test_missing_samples_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wasmlab.samples._PACKAGE", tmp_path / "wasmlab")
    with pytest.raises(WasmlabError, match="install wasmlab again"):
        folder()
