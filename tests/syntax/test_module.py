"""Modules: index spaces, what may be referred to, and what instructions say of themselves."""

import pytest

from wasmlab.binary.decode import decode
from wasmlab.errors import Crash
from wasmlab.isa.index import BY_MNEMONIC
from wasmlab.records import FrozenInstanceError
from wasmlab.syntax.instr import Catch, Instr, MemArg, Span
from wasmlab.syntax.module import (
    CODE_SECTION,
    Export,
    ExternKind,
    Global,
    Import,
    Module,
    extern_kind,
)
from wasmlab.syntax.types import (
    ANY,
    FUNCREF,
    I32,
    I64,
    STRUCT,
    ExternType,
    FuncType,
    GlobalType,
    Limits,
    MemIdx,
    MemType,
    RefType,
    TableType,
    TagType,
    func_deftype,
)

NULLARY = func_deftype(FuncType((), ()))
UNARY = func_deftype(FuncType((I32,), ()))
MEMORY = MemType(Limits(1))
TABLE = TableType(FUNCREF, Limits(1))
GLOBAL = GlobalType(I64, mutable=True)


def instr(mnemonic: str, *imms: object) -> Instr:
    return Instr(BY_MNEMONIC[mnemonic], imms, 0)


@pytest.mark.parametrize(
    ("t", "kind"),
    [
        (NULLARY, ExternKind.FUNC),
        (TABLE, ExternKind.TABLE),
        (MEMORY, ExternKind.MEMORY),
        (GLOBAL, ExternKind.GLOBAL),
        (TagType(UNARY), ExternKind.TAG),
    ],
)
def test_kind_of_an_external_type_is_that_of_its_import(t: ExternType, kind: ExternKind) -> None:
    assert extern_kind(t) is kind
    assert Import("m", "n", t).kind is kind


def test_imports_come_first_in_every_index_space() -> None:
    types: tuple[ExternType, ...] = (UNARY, TABLE, MEMORY, GLOBAL, TagType(UNARY), UNARY)
    own = MemType(Limits(7))
    module = Module(
        b"",
        imports=tuple(Import("m", "n", t) for t in types),
        mems=(own,),
        tags=(TagType(NULLARY),),
        globals=(Global(GlobalType(I32, mutable=False), ()),),
    )
    assert module.imported_funcs == 2
    assert module.func_types == (UNARY, UNARY)
    assert module.table_types == (TABLE,)
    assert module.mem_types == (MEMORY, own)
    assert module.tag_types == (TagType(UNARY), TagType(NULLARY))
    assert module.global_types == (GLOBAL, GlobalType(I32, mutable=False))


def test_function_may_be_referred_to_if_exported_or_named_in_an_initial_value() -> None:
    module = Module(
        b"",
        globals=(Global(GlobalType(FUNCREF, mutable=False), (instr("ref.func", 3), instr("end"))),),
        exports=(
            Export("f", ExternKind.FUNC, 1),
            Export("m", ExternKind.MEMORY, 5),
        ),
    )
    assert module.declared_funcs == {1, 3}


def test_offset_of_code_is_that_of_its_section() -> None:
    empty = decode(b"\0asm\1\0\0\0")
    assert empty.code_start == 0
    assert Module(b"", sections=((1, Span(8, 9)), (CODE_SECTION, Span(20, 30)))).code_start == 20


def test_module_and_its_parts_cannot_be_changed() -> None:
    module = Module(b"")
    with pytest.raises(FrozenInstanceError):
        module.start = None  # pyright: ignore[reportAttributeAccessIssue] - that is the test
    with pytest.raises(FrozenInstanceError):
        Import("m", "n", MEMORY).name = ""  # pyright: ignore[reportAttributeAccessIssue] - likewise


def test_modules_do_not_share_names() -> None:
    first, second = Module(b""), Module(b"")
    first.names.funcs[0] = "main"
    assert not second.names.funcs


def test_immediates_are_found_by_what_they_are() -> None:
    before, after = RefType(nullable=True, heap=ANY), RefType(nullable=False, heap=STRUCT)
    arg = MemArg(2, 16, MemIdx(1))
    assert instr("call", 5).idx(0) == 5
    assert instr("table.copy", 1, 2).idx(1) == 2
    assert instr("array.new_fixed", 1, 9).idx(-1) == 9
    assert instr("i32.load", arg).memarg is arg
    assert instr("br_table", (0, 1, 2)).indices == (0, 1, 2)
    assert instr("ref.test", ANY).heap_type is ANY
    assert instr("ref.test", NULLARY).heap_type is NULLARY
    assert instr("br_on_cast", 0, (before, after)).cast_types == (before, after)
    assert instr("try_table", None, (Catch("catch", 0, 1),)).catches == (Catch("catch", 0, 1),)


@pytest.mark.parametrize(
    ("of", "name"),
    [
        (instr("nop"), "memarg"),
        (instr("call", 5), "memarg"),
        (instr("nop"), "indices"),
        (instr("i32.load", MemArg(0, 0)), "indices"),
        (instr("call", 5), "heap_type"),
        (instr("br", 0), "cast_types"),
        (instr("br_on_cast", 0, (I32, I32)), "cast_types"),
        (instr("br", 0), "catches"),
        (instr("call", 5), "catches"),
    ],
)
def test_immediate_that_is_not_there_is_a_crash(of: Instr, name: str) -> None:
    with pytest.raises(Crash, match=of.row.mnemonic):
        getattr(of, name)


@pytest.mark.parametrize(
    ("of", "n"),
    [
        (instr("nop"), 0),
        (instr("nop"), -1),
        (instr("call", 5), 1),
        (instr("i32.load", MemArg(0, 0)), 0),
    ],
)
def test_index_that_is_not_there_is_a_crash(of: Instr, n: int) -> None:
    with pytest.raises(Crash, match=of.row.mnemonic):
        of.idx(n)
