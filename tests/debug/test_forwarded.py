"""Methods of Session that are functions over its parts: help() and calls see their signatures."""

import pydoc
from inspect import getdoc, isfunction, signature

import pytest

import wasmlab as wl
from wasmlab.debug.history import reverse
from wasmlab.engine.grants import Grants
from wasmlab.records import fields

METHODS = [name for name, found in vars(wl.Session).items() if isfunction(found) and name[0] != "_"]


@pytest.mark.parametrize("name", METHODS)
def test_method_of_session_has_a_docstring_and_begins_with_self(name: str) -> None:
    method = getattr(wl.Session, name)
    assert getdoc(method)
    assert next(iter(signature(method).parameters)) == "self"
    assert method.__name__ == name


def test_forwarded_method_has_the_signature_and_docstring_of_its_function() -> None:
    assert str(signature(wl.Session.step_back)) == "(self, n: 'int' = 1) -> 'Stop'"
    assert wl.Session.step_back.__doc__ == reverse.step_back.__doc__


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
