"""What is typed for a place: names that several functions have, names of main, names of exports."""

from __future__ import annotations

import pytest

from wasmlab.debug.commands.table import execute
from wasmlab.debug.session import Session
from wasmlab.errors import BadExpression, NoSuchLocation
from wasmlab.module import Module, assemble
from wasmlab.opening.inputs import load
from wasmlab.samples import folder

TWINS = """(module
  (func $double (@name "helper") (param $x i32) (result i32)
    (i32.mul (local.get $x) (i32.const 2)))
  (func $triple (@name "helper") (param $x i32) (result i32)
    (i32.mul (local.get $x) (i32.const 3)))
  (func $other (@name "twice#2") (result i32) (i32.const 1))
  (func $a (@name "twice"))
  (func $b (@name "twice"))
  (func $unnamed (@name ""))
  (func (export "run") (result i32)
    (call $b)
    (i32.add (call $triple (i32.const 4)) (call $double (i32.const 5)))))"""


def load_sample(name: str) -> Module:
    return load(folder() / name)


def places(session: Session, where: str) -> list[str]:
    return [place.func_name for place in session.break_at(where).locations]


def twins() -> Session:
    return Session(assemble(TWINS), invoke="run")


def ran_through(session: Session) -> list[str]:
    """Run to the end; return the functions of the stops at breakpoints."""
    found: list[str] = []
    while (stop := session.run()).breakpoint is not None:
        found.append(stop.location.func_name if stop.location else "")
    return found


def test_breakpoint_at_a_name_of_several_stops_in_all_and_lists_them() -> None:
    session = twins()
    (line,) = execute(session, "break helper").lines
    assert line.startswith("Breakpoint 1: 2 functions are called helper: $helper#1 at ")
    assert "$helper#2 at " in line
    assert ran_through(session) == ["$helper#2", "$helper#1"]
    assert session.breakpoints[0].count == 2


def test_breakpoint_at_a_name_of_several_stays_in_all_after_restart_and_goes_as_one() -> None:
    session = twins()
    number = session.break_at("$helper").number
    session.restart()
    assert ran_through(session) == ["$helper#2", "$helper#1"]
    session.remove_breakpoint(number)
    session.restart()
    assert ran_through(session) == []


@pytest.mark.parametrize("where", ["helper#2", "$helper#2", "func[1]"])
def test_one_of_several_functions_can_be_named(where: str) -> None:
    assert places(twins(), where) == ["$helper#2"]


def test_functions_of_one_name_are_told_apart_in_frames() -> None:
    session = twins()
    session.run_to("helper")
    assert [frame.func_name for frame in session.frames] == ["$helper#2", "func[6]"]


def test_name_that_a_function_has_is_not_the_second_of_another_name() -> None:
    session = twins()
    assert places(session, "twice#2") == ["$twice#2"]
    assert session.breakpoints[0].location.func == 2
    assert places(session, "twice") == ["$twice#1", "func[4]"]


@pytest.mark.parametrize("where", ['$"with a blank"', "$with a blank", "with a blank"])
def test_name_with_blanks_is_found_as_it_is_written(where: str) -> None:
    session = Session(assemble('(module (func $"with a blank" (export "run")))'), invoke="run")
    assert places(session, where) == ["$with a blank"]


def test_empty_name_is_shown_as_the_index() -> None:
    assert places(twins(), "func[5]") == ["func[5]"]


def test_calls_of_a_name_of_several_are_those_of_all() -> None:
    session = twins()
    session.run()
    assert [call.results[0].value for call in session.calls("helper")] == [12, 10]
    assert [found.text for found in session.find("i32.mul", func="helper")] == ["i32.mul"] * 2


@pytest.mark.parametrize("where", ["$f", "f"])
def test_name_of_a_function_comes_before_that_of_an_export(where: str) -> None:
    text = '(module (func $g (export "f")) (func $f (export "g")) (func (export "run")))'
    session = Session(assemble(text), invoke="run")
    assert places(session, where) == ["$f"]


@pytest.mark.parametrize(
    ("sample", "name"),
    [
        ("c/hello.wasm", "$__original_main"),
        ("cpp/exceptions.wasm", "$__original_main"),
        ("rust/hello.wasm", "hello::main"),
        ("go/hello.wasm", "$main.main"),
    ],
)
def test_main_of_a_sample_is_reached(sample: str, name: str) -> None:
    session = Session(load_sample(sample))
    assert places(session, "main") == [name]
    stop = session.run()
    assert stop.location is not None
    assert (stop.breakpoint, stop.location.func_name) == (1, name)


def test_main_with_a_dollar_is_the_function_of_that_name_if_there_is_one() -> None:
    session = Session(load_sample("rust/hello.wasm"))
    assert places(session, "$main") == ["$main"]
    assert places(Session(load_sample("c/hello.wasm")), "$main") == ["$__original_main"]


@pytest.mark.parametrize(
    ("funcs", "main"),
    [
        # the C library's __main_void calls main with arguments
        (
            "(func $__main_void (call $__main_argc_argv)) (func $__main_argc_argv)",
            "$__main_argc_argv",
        ),
        # an older one calls main by its own name
        ("(func $__original_main (call $main)) (func $main)", "$main"),
        # main that nothing calls leads to the one that is called
        ("(func $__original_main) (func $main (call $__original_main))", "$__original_main"),
        ("(func $__main_void)", "$__main_void"),
        ("(func $main.main) (func $runtime.main (call $main.main))", "$main.main"),
        ("(func $_RNvCs5QK_5hello4main) (func $__main_void)", "hello::main"),
        ("(func $_ZN1a1b4main17h0123456789abcdefE) (func $main)", "$main"),
        ("(func $main (call $main))", "$main"),
    ],
)
def test_main_is_what_the_start_code_calls_in_the_end(funcs: str, main: str) -> None:
    session = Session(assemble(f'(module (func (export "_start")) {funcs})'))
    assert places(session, "main") == [main]


def test_main_is_the_export_where_no_function_has_the_name() -> None:
    session = Session(assemble('(module (func $f (export "main")))'), invoke="main")
    assert places(session, "main") == ["$f"]


LINES = """\
(module
  ;; a comment
  (func $f (param i32)

    (block $b
      (br_if $b (local.get 0))
      ;; a comment
      nop
    )
    (drop
      (i32.const 1)
    )
  )

  (func $g (export "run")
    (call $f (i32.const 0))
    nop)
  (memory 1)
)
"""
FOUND = {3: 6, 4: 6, 5: 6, 6: 6, 7: 8, 8: 8, 9: 10, 10: 10, 11: 11, 12: 13, 13: 13, 17: 17}
"""Lines of ``LINES`` that mean code, and where that is."""
BETWEEN = {1: "is line 5", 2: "is line 5", 14: "are lines 13 and 16", 18: "is line 17"}


@pytest.mark.parametrize(("line", "found"), FOUND.items())
def test_line_without_instruction_means_the_next_of_the_function_and_says_so(
    line: int, found: int
) -> None:
    session = Session(assemble(LINES), invoke="run")
    made = session.break_at(str(line))
    assert made.location.line == found
    assert made.note == ("" if line == found else f"line {line} has none: set at line {found}")
    assert session.locate(str(line)).locations == (made.location,)


@pytest.mark.parametrize(("line", "found"), FOUND.items())
def test_until_goes_where_break_stops(line: int, found: int) -> None:
    session = Session(assemble(LINES), invoke="run")
    said = execute(session, f"until {line}")
    note = f"line {line} has none: going to line {found}."
    assert said.lines == (() if line == found else (note,))
    assert said.stop is not None
    assert said.stop.location is not None
    assert said.stop.location.line == found


@pytest.mark.parametrize(("line", "nearest"), BETWEEN.items())
def test_line_between_functions_names_the_nearest(line: int, nearest: str) -> None:
    session = Session(assemble(LINES), invoke="run")
    for command in ("break", "until"):
        with pytest.raises(NoSuchLocation, match=f"on line {line}; the nearest {nearest}"):
            execute(session, f"{command} {line}")


def test_line_after_the_text_says_how_many_there_are() -> None:
    with pytest.raises(NoSuchLocation, match="line 99: the text has 19 lines"):
        Session(assemble(LINES), invoke="run").break_at("99")


def test_closing_line_is_the_last_step_of_the_function() -> None:
    session = Session(assemble(LINES), invoke="run")
    session.break_at("13")
    assert session.run().breakpoint == 1
    assert session.instruction is not None
    assert session.instruction.mnemonic == "end"
    session.step()
    assert session.location is not None
    assert session.location.func_name == "$g"


def test_offset_inside_an_instruction_means_the_next_one_and_says_so() -> None:
    session = Session(assemble(LINES), invoke="run")
    here = session.break_at("16").location.offset
    made = session.break_at(f"0x{here + 1:x}")
    assert made.location.offset == here + 2
    assert made.note == f"0x{here + 1:x} has none: set at 0x{here + 2:x}"


def test_offset_outside_of_functions_is_an_error_that_names_the_nearest() -> None:
    session = Session(assemble(LINES), invoke="run")
    last = session.locate("13").locations[0].offset
    first = session.locate("16").locations[0].offset
    near = f"offset 0x{last + 1:x}; the nearest are offsets 0x{last:x} and 0x{first:x}"
    with pytest.raises(NoSuchLocation, match=near):
        session.break_at(last + 1)


def test_line_of_a_disassembly_means_what_is_shown_there() -> None:
    session = Session(Module(assemble(LINES).syntax), invoke="run")
    source = session.source
    shown = [source.line(n) for n in range(1, source.line_count + 1)]
    head = next(text.number for text in shown if "(func $f" in text.text)
    made = session.break_at(str(head))
    assert made.location == session.locate("$f").locations[0]
    assert source.line_at(made.location.offset) == head + 2
    assert made.note == f"line {head} has none: set at line {head + 2}"
    with pytest.raises(NoSuchLocation, match=f"line 1; the nearest is line {head}"):
        session.break_at("1")


def test_folded_line_of_a_long_disassembly_means_the_first_instruction_of_its_function() -> None:
    session = Session(load_sample("go/hello.wasm"))
    source = session.source
    lines = range(1, source.line_count)
    line = next(n for n in lines if "(func $main.main " in source.line(n).text)
    assert places(session, str(line)) == ["$main.main"]
    assert session.breakpoints[0].location == session.locate("main.main").locations[0]


def test_line_of_a_file_is_that_of_the_module_with_that_name() -> None:
    library = assemble('(module\n(func (export "f")\nnop))', file="lib.wat")
    text = '(module\n(import "lib" "f" (func $f))\n(func (export "run")\n(call $f)))'
    session = Session(assemble(text, file="main.wat"), preload={"lib": library}, invoke="run")
    assert session.locate("3").locations[0].line == 4
    found = session.locate("some/lib.wat:2").locations[0]
    assert (found.module, found.line) == ("lib", 3)


SHARED = """(module
  (global $a (@name "g") (mut i32) (i32.const 1))
  (global $b (@name "g") (mut i32) (i32.const 2))
  (func (export "run") (param $p (@name "x") i32) (param $q (@name "x") i32)
    (local $r (@name "y") i32) (local $s (@name "") i32)
    nop))"""


def test_variables_that_share_a_name_are_told_apart_wherever_they_are_named() -> None:
    session = Session(assemble(SHARED), invoke="run", invoke_args=(3, 4))
    assert [v.name for v in session.locals] == ["$x#1", "$x#2", "$y", "3"]
    assert [v.name for v in session.globals] == ["$g#1", "$g#2"]
    assert session.evaluate("$x#2 - $x#1 + 10 * global.g#2") == 21
    session.set("$x#2", 9)
    session.set("global g#2", 8)
    assert [v.value for v in session.locals] == [3, 9, 0, 0]
    assert [v.value for v in session.globals] == [1, 8]


@pytest.mark.parametrize(
    ("what", "names"), [("$x", r"\$x#1, \$x#2"), ("global.g", r"global \$g#1, global \$g#2")]
)
def test_name_that_variables_share_is_none_of_them_but_names_all(what: str, names: str) -> None:
    session = Session(assemble(SHARED), invoke="run", invoke_args=(3, 4))
    with pytest.raises(BadExpression, match=f"there are {names}"):
        session.evaluate(what)
    with pytest.raises(BadExpression, match=f"there are {names}"):
        session.watch(what)


def test_head_of_a_folded_function_means_what_is_executed_first() -> None:
    text = """(module
  (func $f (export "_start")
    (local i32)
    (drop
      (i32.add
        (i32.const 1)
        (i32.const 2)))))"""
    s = Session(assemble(text, file="folded.wat"))
    assert [s.break_at(line).location.line for line in ("2", "3", "4")] == [6, 6, 4]


def test_unknown_function_gets_the_near_names_or_some_that_there_are() -> None:
    funcs = "".join(f"(func $part{n})" for n in range(8))
    session = Session(assemble(f'(module {funcs} (func (export "_start")))'))
    with pytest.raises(NoSuchLocation, match=r"did you mean \$part. or \$part. or \$part.\?"):
        session.locate("$part")
    with pytest.raises(NoSuchLocation, match=r"it defines \$part0, .*\$part4 and 4 more"):
        session.locate("xyzzy")


def test_unknown_function_with_letters_of_another_gets_no_such_hint() -> None:
    session = Session(assemble('(module (func $sum) (func $fill) (func (export "_start")))'))
    with pytest.raises(NoSuchLocation, match="it defines"):
        session.locate("nosuch")
    with pytest.raises(NoSuchLocation, match=r"did you mean \$fill\?"):
        session.locate("fil")


@pytest.mark.parametrize(
    ("text", "invoke", "way"),
    [
        ('(module (func (export "_start")))', None, "can be read; restart"),
        ('(module (func (export "f")))', "f", "can be read; call one, or restart"),
    ],
)
def test_advice_without_a_frame_is_what_can_be_done(
    text: str, invoke: str | None, way: str
) -> None:
    session = Session(assemble(text), invoke=invoke)
    session.run()
    with pytest.raises(BadExpression) as caught:
        session.evaluate("$x")
    assert str(caught.value).endswith(way)
