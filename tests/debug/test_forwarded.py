"""Methods of Session that are functions over its parts: help() and calls see their signatures."""

import pydoc
import subprocess
import sys
from inspect import getdoc, ismethod, isroutine, signature

import pytest

import wasmlab as wl
from wasmlab.debug.history import skipping
from wasmlab.engine.grants import Grants
from wasmlab.records import fields

METHODS = [
    name
    for name in dir(wl.Session)
    if isroutine(found := getattr(wl.Session, name)) and name[0] != "_" and not ismethod(found)
]


def test_methods_of_session_are_found_in_all_its_parts() -> None:
    assert {"restart", "step", "goto", "who_wrote", "watch", "evaluate", "next_host_call"} <= {
        *METHODS
    }


@pytest.mark.parametrize("name", METHODS)
def test_method_of_session_has_a_docstring_and_begins_with_self(name: str) -> None:
    method = getattr(wl.Session, name)
    assert getdoc(method)
    assert next(iter(signature(method).parameters)) == "self"
    assert method.__name__ == name


def test_forwarded_method_has_the_signature_and_docstring_of_its_function() -> None:
    assert str(signature(wl.Session.step_back)) == "(self, n: 'int' = 1) -> 'Stop'"
    assert wl.Session.step_back.__doc__ == skipping.step_back.__doc__


def test_help_shows_forwarded_methods_and_the_keywords_of_session() -> None:
    shown = pydoc.plain(pydoc.render_doc(wl.Session))
    assert "step_back(self, n: 'int' = 1) -> 'Stop'" in shown
    assert "Take back n instructions" in shown
    assert "stub_imports: 'str | None' = None" in shown


def test_keywords_of_session_are_the_fields_of_grants() -> None:
    keywords = [
        p.name for p in signature(wl.Session).parameters.values() if p.kind == p.KEYWORD_ONLY
    ]
    assert keywords == [field.name for field in fields(Grants)]


def test_unknown_keyword_of_session_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Session.*colour"):
        wl.Session(wl.assemble("(module)"), colour="red")  # pyright: ignore[reportCallIssue] - it is wrong


def test_arguments_that_a_method_does_not_take_are_named_and_do_nothing() -> None:
    s = wl.Session(wl.assemble('(module (func (export "_start") nop nop))'))
    s.step()
    with pytest.raises(TypeError, match="step: too many positional arguments"):
        s.step(1, 2)  # pyright: ignore[reportCallIssue] - it is wrong
    with pytest.raises(TypeError, match="step: multiple values for argument 'n'"):
        s.step(1, n=2)  # pyright: ignore[reportCallIssue] - likewise
    with pytest.raises(TypeError, match="goto: missing a required argument: 'tick'"):
        s.goto()  # pyright: ignore[reportCallIssue] - likewise
    with pytest.raises(TypeError, match="step: got an unexpected keyword argument 'm'"):
        s.step(m=2)  # pyright: ignore[reportCallIssue] - likewise
    assert s.tick == 1


def test_session_loads_no_signatures_and_no_questions_until_they_are_asked_for() -> None:
    script = (
        "import sys, wasmlab.debug.session\n"
        "print(*{'inspect', 'typing', 'wasmlab.debug.history.find'} & {*sys.modules})"
    )
    said = subprocess.check_output([sys.executable, "-P", "-c", script], text=True)
    assert not said.split()
