"""Objects of the GC heap as a session shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from wasmlab.debug.views.values import reference_text
from wasmlab.errors import DebugError
from wasmlab.runtime.store import Store

if TYPE_CHECKING:
    from wasmlab.debug.views.model import HeapObject

PROGRAM = """
(module
  (type $node (struct (field $value (mut i32)) (field $next (ref null $node)) (field v128)))
  (type $bytes (array (mut i8)))
  (type (array (ref null $node)))
  (tag $e (param i32 (ref $node)))
  (func (export "f") (result i32)
    (local $n (ref null $node)) (local $b (ref null $bytes)) (local $a anyref) (local $x exnref)
    (local.set $n (struct.new $node (i32.const -1) (ref.null $node) (v128.const i64x2 1 2)))
    (local.set $n (struct.new $node (i32.const 7) (local.get $n) (v128.const i64x2 3 4)))
    (local.set $b (array.new $bytes (i32.const 0xfe) (i32.const 1000)))
    (local.set $a (array.new_fixed 2 2 (local.get $n) (ref.null $node)))
    (block $h (result i32 (ref $node) exnref)
      (try_table (catch_ref $e $h)
        (throw $e (i32.const 9) (ref.as_non_null (local.get $n))))
      (unreachable))
    (local.set $x) (drop)
    (call $pause))
  (func $pause))
"""


@pytest.fixture(name="session", scope="module")
def _session() -> wl.Session:
    session = wl.Session(wl.assemble(PROGRAM), invoke="f")
    session.break_at("$pause")
    session.run()
    session.step_out()
    return session


def view(session: wl.Session, local: str) -> HeapObject:
    found = {variable.name: variable.bits for variable in session.locals}
    return session.object(found[local])


def test_structure_shows_its_type_and_fields_by_name(session: wl.Session) -> None:
    node = view(session, "$n")
    assert (node.kind, node.type, node.length) == ("struct", "$node", None)
    assert [field.name for field in node.fields] == ["$value", "$next", "2"]
    value, following, vector = node.fields
    assert (value.value, value.mutable) == (7, True)
    assert (vector.bits, vector.mutable) == (3 | 4 << 64, False)
    assert node.references == (following.bits,)


def test_field_that_refers_to_an_object_leads_to_it(session: wl.Session) -> None:
    last = session.object(view(session, "$n").references[0])
    assert last.fields[0].value == -1
    assert last.fields[1].text == "null"
    assert last.references == ()


def test_array_shows_as_many_elements_as_are_asked_for(session: wl.Session) -> None:
    array = view(session, "$b")
    assert (array.kind, array.type, array.length) == ("array", "$bytes", 1000)
    assert [element.index for element in array.fields] == list(range(256))
    assert {element.value for element in array.fields} == {-2}
    assert array.fields[0].type == "i8"
    assert [e.index for e in session.object(array.ref, 998).fields] == [998, 999]


def test_array_of_references_lists_those_that_are_not_null(session: wl.Session) -> None:
    array = view(session, "$a")
    assert array.type == "type[2]"
    assert array.references == (view(session, "$n").ref,)


def test_exception_shows_its_arguments(session: wl.Session) -> None:
    exception = view(session, "$x")
    assert (exception.kind, exception.type) == ("exception", "tag 0")
    assert exception.fields[0].value == 9
    assert exception.references == (view(session, "$n").ref,)


@pytest.mark.parametrize("ref", [0, 1, 2, 3, 8, 32, 1 << 40])
def test_what_is_no_reference_to_an_object_is_refused(session: wl.Session, ref: int) -> None:
    with pytest.raises(DebugError, match="is no reference to an object"):
        session.object(ref)


def test_reference_is_read_as_the_type_and_address_of_its_object(session: wl.Session) -> None:
    texts = {v.name: (v.text, v.bits) for v in session.locals}
    for local, kind in (("$n", "$node"), ("$b", "$bytes"), ("$a", "type[2]"), ("$x", "exception")):
        text, bits = texts[local]
        assert text == f"{kind} 0x{bits:x}"


def test_reference_outside_the_heap_is_read_as_a_number() -> None:
    assert reference_text(Store(), 1 << 40) == f"ref 0x{1 << 40:x}"
