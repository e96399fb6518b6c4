"""Names of C++ and Rust: shown as they were written, found by either, hostile ones left alone."""

import subprocess
import sys

import pytest

import wasmlab as wl
from tests.hygiene.tree import ROOT
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views import demangled
from wasmlab.debug.views.backtrace import backtrace_lines
from wasmlab.debug.views.demangled import LONGEST_MANGLED, Demangled
from wasmlab.errors import NoSuchLocation
from wasmlab.escape import SHORT_NAME, cut_in_middle

PUSH = "_ZNSt6vectorIiSaIiEE9push_backERKi"
PUSH_WRITTEN = "std::vector<int, std::allocator<int>>::push_back(int const&)"
PAD = "_ZN4core3fmt9Formatter3pad17h9b2b3a0e5b4d1b31E"
PAD_TOO = "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE"
CLOSURE = "_RNCNvC6_123foo3bar0B3_"
TEXT = f"""(module
  (func ${PUSH} (param i32 i32) (result i32) (i32.const 3))
  (func ${PAD} (drop (call ${PUSH} (i32.const 1) (i32.const 2))))
  (func ${PAD_TOO} (call ${PAD}))
  (func $_Zwrong (call ${PAD_TOO}))
  (func (export "_start") (call $_Zwrong)))"""


def deep() -> wl.Session:
    """Return a session in the innermost function."""
    session = wl.Session(wl.assemble(TEXT))
    session.break_at(f"${PUSH}")
    session.run()
    return session


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (PUSH, Demangled(PUSH_WRITTEN, PUSH_WRITTEN.removesuffix("(int const&)"))),
        (PAD, Demangled("core::fmt::Formatter::pad", "core::fmt::Formatter::pad")),
        (CLOSURE, Demangled("123foo::bar::{closure#0}", "123foo::bar::{closure#0}")),
        ("_Z1fIiEvT_", Demangled("void f<int>(int)", "f<int>")),
        ("_ZThn8_N3foo3barEv", Demangled(*["non-virtual thunk to foo::bar()"] * 2)),
        ("main", None),
        ("_Zwrong", None),
        ("", None),
    ],
)
def test_mangled_name_is_read_as_it_was_written(name: str, written: Demangled | None) -> None:
    assert demangled.demangled(name) == written


def test_frames_show_names_without_parameters_and_the_stop_shows_them_whole() -> None:
    session = deep()
    pad = "core::fmt::Formatter::pad"
    short = PUSH_WRITTEN.removesuffix("(int const&)")
    names = [frame.func_name for frame in session.frames]
    assert names == [short, pad, pad, "$_Zwrong", "func[4]"]
    assert PUSH_WRITTEN in session.stop.message
    assert any(line.startswith(f"  0  {short}(1, 2)") for line in execute(session, "bt").lines)
    lines = list(backtrace_lines(session.control.program, [session.module]))
    assert PUSH_WRITTEN in lines[0]


@pytest.mark.parametrize(
    "where", [PUSH, f"${PUSH}", PUSH_WRITTEN, PUSH_WRITTEN.removesuffix("(int const&)")]
)
def test_breakpoint_takes_the_name_as_it_is_and_as_it_was_written(where: str) -> None:
    session = wl.Session(wl.assemble(TEXT))
    assert [p.func for p in session.break_at(where).locations] == [0]
    session.run()
    assert session.location is not None
    assert session.location.func == 0


def test_breakpoint_by_a_written_name_of_several_functions_is_in_each() -> None:
    session = wl.Session(wl.assemble(TEXT))
    found = session.break_at("core::fmt::Formatter::pad")
    assert [place.func for place in found.locations] == [1, 2]


def test_unknown_written_name_says_which_are_like_it() -> None:
    session = wl.Session(wl.assemble(TEXT))
    with pytest.raises(NoSuchLocation, match="did you mean core::fmt::Formatter::pad"):
        session.break_at("fmt::Formatter::pad")


def test_breakpoints_find_functions_of_written_names_again_after_a_change() -> None:
    session = wl.Session(wl.assemble(TEXT))
    session.break_at(f"${PAD_TOO}")
    changed = TEXT.replace("(func $_Zwrong", "(func $new) (func $_Zwrong").replace(
        f"(func ${PAD} ", f"(func $other) (func ${PAD} "
    )
    session.restart(module=wl.assemble(changed))
    assert [b.location.func for b in session.breakpoints] == [3]


def _doubling(times: int) -> str:
    """Return a name whose parameters double in length, each made of two of the one before."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    base36 = [a + b for a in ("", *digits[1:]) for b in digits][: times + 1]
    return "_Z1f1AIiiE" + "".join(f"S_IS{n}_S{n}_E" for n in base36)


HOSTILE = ["_Z1f" + "P" * 1_000_000 + "i", _doubling(100), "_Z1f" + "P" * 4_000 + "i", "_ZN" * 1000]


@pytest.mark.parametrize("name", HOSTILE, ids=["1 MB", "doubling", "deep", "nested"])
def test_hostile_name_stays_as_it_is(name: str) -> None:
    assert demangled.demangled(name) is None


def test_name_that_becomes_long_is_bounded() -> None:
    names = [demangled.demangled(_doubling(times)) for times in range(12)]
    assert max(len(found.whole) for found in names if found) < LONGEST_MANGLED * 4


def test_control_characters_of_a_mangled_name_are_escaped() -> None:
    session = wl.Session(wl.assemble('(module (func $"_ZN3a\\1bbE" nop) (start 0))'), stdin=None)
    assert "\x1b" not in session.frames[0].func_name
    assert session.frames[0].func_name == "a\\x1bb"


def test_names_stay_mangled_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "demangle", None)
    demangled.reader.cache_clear()
    try:
        name = "_ZN4core3fmt9Formatter5widthE"
        session = wl.Session(wl.assemble(f"(module (func ${name} nop) (start 0))"))
        assert session.frames[0].func_name == f"${name}"
    finally:
        demangled.reader.cache_clear()


def test_library_is_loaded_for_a_mangled_name_only() -> None:
    program = """import sys, wasmlab as wl
s = wl.Session(wl.assemble('(module (func $%s nop) (start 0))'))
s.frames, s.stop.message, s.step()
print('demangle' in sys.modules)"""
    for name, loaded in (("main", "False\n"), (PAD, "True\n")):
        done = subprocess.run(
            (sys.executable, "-c", program % name),
            capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        assert done.stdout == loaded


@pytest.mark.parametrize(("length", "shown"), [(SHORT_NAME, SHORT_NAME), (1_000, SHORT_NAME)])
def test_long_name_is_cut_in_the_middle(length: int, shown: int) -> None:
    cut = cut_in_middle("a" + "-" * (length - 2) + "z")
    assert (len(cut), cut[0], cut[-1]) == (shown, "a", "z")


def test_long_name_leaves_arguments_and_place_in_sight() -> None:
    name = "_ZN" + "".join(f"{len(part)}{part}" for part in ["alpha" * 9] * 9) + "E"
    session = wl.Session(wl.assemble(f"(module (func ${name} nop) (start 0))"))
    (line,) = execute(session, "bt").lines
    assert line.endswith("alpha()   0x" + line.rpartition("0x")[2])
    assert len(line) < SHORT_NAME + 30


def test_info_symbol_shows_the_mangled_name_and_the_whole_written_one() -> None:
    session = deep()
    names = (PUSH_WRITTEN, f"  mangled: ${PUSH}")
    assert execute(session, "info symbol").lines[:2] == names
    assert execute(session, f"info symbol {PUSH}").lines[:2] == names
    assert execute(session, "info symbol core::fmt::Formatter::pad").lines[1::3] == (
        f"  mangled: ${PAD}",
        f"  mangled: ${PAD_TOO}",
    )
    assert execute(session, "info symbol _Zwrong").lines[0] == "$_Zwrong"


def test_info_symbol_says_how_to_read_names_without_the_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "demangle", None)
    demangled.reader.cache_clear()
    try:
        session = wl.Session(wl.assemble("(module (func $_ZN1a1cEv nop) (start 0))"))
        said = execute(session, "info symbol").lines
        assert said[:2] == ("$_ZN1a1cEv", f"  {demangled.HOW_TO_READ}")
    finally:
        demangled.reader.cache_clear()


def test_info_symbol_of_an_address_says_what_is_there() -> None:
    text = '(module (memory 1) (data $texts (i32.const 8) "a text") (func $f nop) (start $f))'
    session = wl.Session(wl.assemble(text))
    assert execute(session, "info symbol 8").lines == ('0x8  "a text"  data 0 texts',)
    assert execute(session, "info symbol 0x100").lines == (
        "0x100  nothing is known of this address",
    )
