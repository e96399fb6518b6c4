from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from wasmlab.binary import custom
from wasmlab.binary.decode import decode
from wasmlab.errors import Invalid, Malformed

if TYPE_CHECKING:
    from wasmlab.syntax.module import Module

Section = Callable[[int, bytes], bytes]

EMPTY = b"\0asm\x01\0\0\0"


def with_custom(section: Section, name: bytes, payload: bytes) -> Module:
    return decode(EMPTY + section(0, bytes([len(name)]) + name + payload))


def test_names_are_read_by_index(section: Section) -> None:
    payload = (
        b"\x00\x02\x01m"
        b"\x01\x07\x02\x00\x01a\x05\x01b"
        b"\x02\x06\x01\x05\x01\x00\x01x"
        b"\x0b\x04\x01\x00\x01t"
    )
    names = with_custom(section, b"name", payload).names
    assert (names.module, names.funcs, names.tags) == ("m", {0: "a", 5: "b"}, {0: "t"})
    assert names.locals == {5: {0: "x"}}


def test_malformed_names_are_a_warning_and_the_rest_is_kept(section: Section) -> None:
    payload = b"\x01\x04\x01\x00\x01\xff\x04\x04\x01\x00\x01t"
    module = with_custom(section, b"name", payload)
    assert module.names.types == {0: "t"}
    assert len(module.warnings) == 1
    assert module.warnings[0].startswith('custom section "name": malformed UTF-8 encoding (at')


def test_truncated_names_are_a_warning(section: Section) -> None:
    module = with_custom(section, b"name", b"\x01\x07\x02\x00\x01a")
    assert module.names.funcs == {}
    assert "length out of bounds" in module.warnings[0]


def test_subsection_of_the_future_is_passed_over(section: Section) -> None:
    module = with_custom(section, b"name", b"\x01\x04\x01\x00\x01a\x63\x02\xff\xff")
    assert (module.names.funcs, module.warnings) == ({0: "a"}, ())


def test_disorder_is_a_warning_and_an_error_if_strict(section: Section) -> None:
    module = with_custom(section, b"name", b"\x01\x07\x02\x05\x01a\x05\x01b")
    assert module.names.funcs == {5: "a"}
    assert "out of order" in module.warnings[0]
    with pytest.raises(Malformed, match="out of order"):
        custom.check_customs(module)


def test_many_complaints_are_summed_up(section: Section) -> None:
    module = with_custom(section, b"name", b"\x01\x00" * 6)
    assert len(module.warnings) == 4
    assert "more like these" in module.warnings[-1]


def test_second_name_section_is_a_warning(section: Section) -> None:
    one = section(0, b"\x04name\x00\x02\x01a")
    two = section(0, b"\x04name\x00\x02\x01b")
    module = decode(EMPTY + one + two)
    assert module.names.module == "a"
    assert "multiple name sections" in module.warnings[0]


def test_producers_are_read(section: Section) -> None:
    payload = b"\x01\x08language\x01\x01C\x0299"
    module = with_custom(section, b"producers", payload)
    assert custom.producers(module) == {"language": (("C", "99"),)}


def test_target_features_are_read(section: Section) -> None:
    module = with_custom(section, b"target_features", b"\x02+\x04simd-\x02gc")
    assert custom.target_features(module) == (("+", "simd"), ("-", "gc"))


def test_dylink_is_read_and_unknown_parts_are_passed_over(section: Section) -> None:
    payload = (
        b"\x01\x04\x10\x02\x01\x00\x02\x04\x01\x02so\x63\x01\xff"
        b"\x03\x04\x01\x01f\x01\x04\x06\x01\x01m\x01f\x02\x05\x04\x01\x02/l"
    )
    found = custom.dylink(with_custom(section, b"dylink.0", payload))
    assert found is not None
    assert (found.memory_size, found.memory_align, found.table_size) == (16, 4, 1)
    assert (found.needed, found.runtime_path) == (("so",), ("/l",))
    assert (found.exports, found.imports) == ({"f": 1}, {("m", "f"): 2})


def test_urls_and_build_id_are_read(section: Section) -> None:
    assert custom.source_mapping_url(with_custom(section, b"sourceMappingURL", b"\x01u")) == "u"
    assert custom.external_debug_info(with_custom(section, b"external_debug_info", b"\x01d")) == "d"
    assert custom.build_id(with_custom(section, b"build_id", b"\x02\x01\xff")) == b"\x01\xff"


@pytest.mark.parametrize(
    "name", [b"producers", b"target_features", b"dylink.0", b"sourceMappingURL", b"build_id"]
)
def test_malformed_contents_are_a_warning_only(section: Section, name: bytes) -> None:
    module = with_custom(section, name, b"\x09")
    assert len(module.warnings) == 1
    with pytest.raises(Malformed):
        custom.check_customs(module)


def test_unknown_sections_are_left_alone(section: Section) -> None:
    module = with_custom(section, b"mine", b"\xff\xff")
    custom.check_customs(module)
    assert module.warnings == ()
    assert module.data[module.customs[0].payload.start :] == b"\xff\xff"


def hinted(section: Section, offset: int) -> Module:
    # (func (param i32) (if (local.get 0) (then))), hint at offset of its body
    hints = section(0, b"\x19metadata.code.branch_hint" + bytes([1, 0, 1, offset, 1, 1]))
    code = section(10, b"\x01\x07\x00\x20\x00\x04\x40\x0b\x0b")
    return decode(
        EMPTY + section(1, b"\x01\x60\x01\x7f\x00") + section(3, b"\x01\x00") + hints + code
    )


def test_branch_hints_are_at_offsets_in_the_module(section: Section) -> None:
    module = hinted(section, 3)
    custom.check_customs(module)
    ((offset, likely),) = custom.branch_hints(module)[0].items()
    assert likely
    assert module.data[offset] == 0x04


def test_branch_hint_elsewhere_is_invalid_if_strict(section: Section) -> None:
    module = hinted(section, 1)
    assert module.warnings == ()
    with pytest.raises(Invalid, match=r"@metadata\.code\.branch_hint annotation: invalid target"):
        custom.check_customs(module)
