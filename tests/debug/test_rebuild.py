"""The file of a module is built anew while it is debugged: it is noticed, and gone on with."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import wasmlab as wl
from wasmlab import tools
from wasmlab.debug.commands.table import execute
from wasmlab.debug.rebuild import changes_on_disk, reload
from wasmlab.debug.views.model import StopReason
from wasmlab.errors import DebugError, Interrupted, Malformed, WasmlabError

TEXT = """(module
  (func $leaf (param $n i32) (result i32)
    local.get $n
    i32.const 3
    i32.mul)
  (func $other (nop))
  (func (export "unnamed") (result i32)
    i32.const 5
    i32.const 6
    i32.add)
  (func (param i64)
    i64.const 1
    local.get 0
    i64.add
    drop)
  (global $g (mut i32) (i32.const 0))
  (memory 1)
  (func $main (export "_start") (local $i i32)
    call $other
    (loop $l
      (global.set $g (i32.add (global.get $g) (call $leaf (local.get $i))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 6))))))
"""
MOVED = TEXT.replace("(module", ";; more\n\n(module (func $new) (global $h i32 (i32.const 1))")
"""The same functions, lower and with higher indices."""
Write = Callable[[str | bytes], None]


@pytest.fixture(params=["text", "binary"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[wl.Session, Write]:
    """Return a session over a file, and what builds that anew."""
    path = tmp_path / "program"

    def write(content: str | bytes) -> None:
        if isinstance(content, str) and request.param == "binary":
            content = wl.assemble(content).data
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    write(TEXT)
    return wl.Session(wl.load(path)), write


def instruction_at(session: wl.Session, number: int) -> str:
    """Return the text of the instruction that a breakpoint is at."""
    place = next(b.location for b in session.breakpoints if b.number == number)
    session.run_to(place.offset)
    found = session.instruction
    assert found is not None
    return found.text


def places(session: wl.Session) -> dict[int, str]:
    return {b.number: b.location.func_name for b in session.breakpoints}


def test_file_that_changed_is_noticed_and_restart_says_what_to_do(
    opened: tuple[wl.Session, Write],
) -> None:
    session, write = opened
    assert not changes_on_disk(session)
    assert execute(session, "restart").lines == ()
    write(MOVED)
    (change,) = changes_on_disk(session)
    said = execute(session, "restart").lines
    assert said == (f"{change.path} changed on disk: reload runs the new one.",)
    assert session.module.data == wl.assemble(TEXT).data


def test_file_of_the_same_size_is_noticed_and_a_touch_is_no_change(
    opened: tuple[wl.Session, Write],
) -> None:
    session, write = opened
    path = session.files_read[0]
    os.utime(path, ns=(1, 1))
    assert not changes_on_disk(session)
    write(TEXT)
    assert not changes_on_disk(session)
    write(TEXT.replace("i32.const 6)", "i32.const 7)"))
    assert changes_on_disk(session)
    write(TEXT)
    assert not changes_on_disk(session)


def test_touched_file_is_read_once(
    opened: tuple[wl.Session, Write], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _ = opened
    os.utime(session.files_read[0], ns=(1, 1))
    assert not changes_on_disk(session)
    monkeypatch.setattr(Path, "open", None)
    assert not changes_on_disk(session)


def test_preloaded_module_that_changed_is_noticed_and_reloaded(tmp_path: Path) -> None:
    library = tmp_path / "library.wat"
    text = '(module (func (export "two") (result i32) (i32.const 2)))'
    library.write_text(text)
    program = tmp_path / "program.wat"
    program.write_text("""(module (func $two (import "lib" "two") (result i32))
      (global $g (mut i32) (i32.const 0)) (func (export "_start") (global.set $g (call $two))))""")
    session = wl.Session(wl.load(program), preload={"lib": wl.load(library)})
    session.break_at("two")
    library.write_text(text.replace("i32.const 2", "i32.const 3"))
    assert [change.path for change in changes_on_disk(session)] == [library]
    reload(session)
    assert session.run().breakpoint == 1
    session.run()
    assert session.evaluate("$g") == 3
    library.unlink()
    assert execute(session, "restart").lines == (f"{library} is gone from disk.",)
    reload(session)
    session.run()
    session.run()
    assert session.evaluate("$g") == 3


def test_reload_runs_the_new_module_from_the_beginning(opened: tuple[wl.Session, Write]) -> None:
    session, write = opened
    session.run()
    write(TEXT.replace("i32.const 3", "i32.const 4"))
    said = execute(session, "reload")
    assert said.lines == (f"{session.files_read[0]} changed on disk.",)
    assert session.tick == 0
    session.run()
    assert session.evaluate("$g") == 60
    assert execute(session, "reload").lines == ("Nothing changed on disk.",)


def test_breakpoints_stay_at_their_functions_and_instructions(
    opened: tuple[wl.Session, Write],
) -> None:
    session, write = opened
    multiplied = next(i for i in range(99) if session.module.data[i] == 0x6C and i > 0x30)
    session.break_at(multiplied, "$n == 2")
    session.break_at("$main", hits=2)
    session.break_at("unnamed")
    session.enable_breakpoint(3, on=False)
    before = session.breakpoints
    write(MOVED)
    assert reload(session).lost == ()
    assert [(b.number, b.condition, b.hits, b.enabled) for b in session.breakpoints] == [
        (b.number, b.condition, b.hits, b.enabled) for b in before
    ]
    assert places(session)[1] == "$leaf"
    assert session.run().breakpoint == 1
    assert session.instruction is not None
    assert session.instruction.text == "i32.mul"
    assert session.evaluate("$n") == 2


def test_new_breakpoint_after_a_reload_has_a_new_number(opened: tuple[wl.Session, Write]) -> None:
    session, write = opened
    session.break_at("$leaf")
    session.watch("global $g")
    write(MOVED)
    reload(session)
    assert session.break_at("$main").number == 3


@pytest.mark.parametrize(
    ("old", "new", "function", "instruction"),
    [
        ("i32.const 3\n", "i32.const 4\n", "$leaf", "i32.const 4"),
        ("    local.get $n\n", "    nop\n    local.get $n\n", "$leaf", "i32.const 3"),
        ("i32.const 3\n    i32.mul", "i32.const 3\n    nop\n    i32.mul", "$leaf", "i32.const 3"),
        ("local.get $n\n", "nop nop local.get $n drop local.get $n\n", "$leaf", "i32.const 3"),
    ],
)
def test_breakpoint_goes_where_its_instruction_went(
    opened: tuple[wl.Session, Write], old: str, new: str, function: str, instruction: str
) -> None:
    session, write = opened
    session.step(3)
    session.run_to("$leaf")
    session.step()
    assert session.location is not None
    session.break_at(session.location.offset)
    assert old in TEXT
    write(TEXT.replace(old, new))
    assert reload(session).lost == ()
    assert places(session) == {1: function}
    assert instruction_at(session, 1) == instruction


def test_function_without_a_name_is_found_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "program.wat"
    path.write_text(TEXT)
    session = wl.Session(wl.load(path))
    session.break_at("13")
    path.write_text(MOVED)
    reload(session)
    assert [b.location.line for b in session.breakpoints] == [15]


def test_function_that_was_renamed_is_found_by_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "program.wat"
    path.write_text(TEXT)
    session = wl.Session(wl.load(path))
    session.break_at("5")
    path.write_text(MOVED.replace("$leaf", "$leaves"))
    reload(session)
    assert [(b.location.func_name, b.location.line) for b in session.breakpoints] == [
        ("$leaves", 7)
    ]


def test_function_without_a_name_in_a_binary_is_that_of_its_index_if_it_is_alike(
    tmp_path: Path,
) -> None:
    path = tmp_path / "program.wasm"
    text = "(module (func (nop) (nop) (drop (i32.const 1))) (func (drop (f32.const 2))))"
    path.write_bytes(wl.assemble(text).data)
    session = wl.Session(wl.load(path))
    session.break_at("func[0]")
    session.break_at("func[1]")
    other = "(module (func (nop) (drop (i32.const 1))) (func (unreachable) (nop) (nop)))"
    path.write_bytes(wl.assemble(other).data)
    (lost,) = reload(session).lost
    assert places(session) == {1: "func[0]"}
    assert lost.startswith("breakpoint 2 has no place any more: func[1]")


def test_breakpoint_in_all_functions_of_a_name_is_in_those_that_there_are_now(
    tmp_path: Path,
) -> None:
    path = tmp_path / "program.wat"
    text = '(module (@name "m") (func $a (@name "same")) (func $b (@name "same")){})'
    path.write_text(text.format(""))
    session = wl.Session(wl.load(path))
    session.break_at("$same")
    path.write_text(text.format(' (func $c (@name "same"))'))
    reload(session)
    assert len(session.breakpoints[0].locations) == 3


def test_breakpoint_at_the_calls_of_an_import_stays(tmp_path: Path) -> None:
    path = tmp_path / "program.wat"
    text = '(module (import "h" "f" (func $f)) (func (export "_start") (call $f)))'
    path.write_text(text)
    session = wl.Session(wl.load(path), stub_imports="zero")
    session.break_at("h.f")
    path.write_text(text.replace("(call $f)", "(nop) (call $f) (call $f)"))
    reload(session)
    assert [session.run().breakpoint, session.run().breakpoint] == [1, 1]
    path.write_text(text.replace("(call $f)", "(nop)"))
    (lost,) = reload(session).lost
    assert "nothing calls it" in lost


def test_reload_says_how_many_breakpoints_and_watchpoints_are_kept(
    opened: tuple[wl.Session, Write],
) -> None:
    session, write = opened
    session.break_at("$leaf")
    write(MOVED)
    assert execute(session, "reload").lines[1:] == ("1 breakpoint is kept.",)
    session.break_at("$main")
    session.watch("global $g")
    session.run()
    kept = "2 breakpoints and 1 watchpoint are kept."
    assert execute(session, "reload").lines == ("Nothing changed on disk.", kept)
    assert execute(session, "reload --replay").lines[1] == kept


def test_what_has_no_place_any_more_is_named_with_the_reason(
    opened: tuple[wl.Session, Write],
) -> None:
    session, write = opened
    session.break_at("$other")
    session.break_at("$main", "$i == 1")
    session.run()
    session.run_to("$leaf")
    session.watch("$n")
    session.watch("global $g")
    write(
        TEXT.replace("  (func $other (nop))\n", "").replace("call $other", "").replace("$i", "$k")
    )
    said = execute(session, "reload").lines
    assert "breakpoint 1 has no place any more: $other" in said[1]
    assert said[1].endswith("(the function is gone)")
    assert "breakpoint 2 has no place any more: $main" in said[2]
    assert "$i" in said[2]
    assert "watchpoint 3 has no place any more: $n" in said[3]
    assert said[4:] == ("1 watchpoint is kept.",)
    assert [w.text for w in session.watchpoints] == ["global $g"]
    assert session.breakpoints == ()


def test_watchpoints_stay_at_their_bytes_and_globals(opened: tuple[wl.Session, Write]) -> None:
    session, write = opened
    session.watch("global 0")
    session.watch("memory[0x10:0x14]", "rw")
    session.enable_breakpoint(2, on=False)
    write(MOVED)
    reload(session)
    watched = [(w.number, w.text, w.access, w.enabled) for w in session.watchpoints]
    assert watched == [
        (1, "global $g", "w", True),
        (2, "memory[0x10:0x14]", "rw", False),
    ]
    stop = session.run()
    assert (stop.reason, stop.breakpoint) == (StopReason.WATCHPOINT, 1)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("", WasmlabError, "it is empty"),
        ("(module\n  (func\n    i32.add))", wl.Invalid, r":3:5\)$"),
        ("(module\n  (func\n    nonsense))", wl.AssembleError, r":3:5\)$"),
        ("(module (memory", wl.AssembleError, ":1:"),
        (b"\0asm\1\0\0\0\1", Malformed, "unexpected end"),
        (b"\x7fELF", Malformed, "a native program"),
        (b"WLAB", Malformed, "not WebAssembly"),
        ('(module (import "no" "such" (func)))', wl.Unlinkable, "unknown import"),
    ],
)
def test_file_with_a_fault_leaves_the_session_as_it_was(
    tmp_path: Path, content: str | bytes, error: type[WasmlabError], message: str
) -> None:
    path = tmp_path / "program.wat"
    path.write_text(TEXT)
    session = wl.Session(wl.load(path))
    session.break_at("$leaf")
    session.run()
    tick, before = session.tick, session.breakpoints
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for line in ("reload", "reload --replay"):
        with pytest.raises(error, match=message):
            execute(session, line)
    assert (session.tick, session.breakpoints) == (tick, before)
    assert session.run().breakpoint == 1


def test_file_that_is_gone_or_empty_is_said_to_be_so(opened: tuple[wl.Session, Write]) -> None:
    session, write = opened
    path = session.files_read[0]
    write(b"")
    assert execute(session, "restart").lines == (f"{path} is empty on disk now.",)
    path.unlink()
    assert execute(session, "restart").lines == (f"{path} is gone from disk.",)
    with pytest.raises(WasmlabError, match="is gone from disk"):
        reload(session)
    path.mkdir()
    assert execute(session, "restart").lines == (f"{path} is no file any more.",)
    with pytest.raises(WasmlabError, match="is no file any more"):
        reload(session)


def test_huge_file_is_noticed_without_reading_it(
    opened: tuple[wl.Session, Write], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, write = opened
    monkeypatch.setattr("wasmlab.opening.inputs.MAX_SIZE", 1000)
    write(b"\0asm\1\0\0\0" + bytes(2000))
    monkeypatch.setattr("wasmlab.opening.inputs.module_of", None)
    assert changes_on_disk(session)
    with pytest.raises(WasmlabError, match="is too big"):
        reload(session)


def test_text_becomes_a_binary_and_back(tmp_path: Path) -> None:
    path = tmp_path / "program.wat"
    path.write_text(TEXT)
    session = wl.Session(wl.load(path))
    session.break_at("10")
    path.write_bytes(wl.assemble(MOVED).data)
    reload(session)
    path.write_text(MOVED)
    reload(session)
    assert [b.location.line for b in session.breakpoints] == [12]


def test_replay_shows_the_first_difference_and_stands_there(
    opened: tuple[wl.Session, Write],
) -> None:
    session, write = opened
    session.break_at("$main")
    session.run()
    session.break_at("$leaf")
    while session.run().breakpoint is not None:
        pass
    write(TEXT.replace("i32.const 3", "i32.const 4"))
    said = execute(session, "reload --replay")
    assert any("differ from step" in line for line in said.lines)
    assert said.stop is session.stop
    assert session.instruction is not None
    assert session.instruction.text == "i32.const 4"
    assert [b.number for b in session.breakpoints] == [1, 2]
    execute(session, "restart")
    assert session.run().breakpoint == 2


def test_replay_of_a_preloaded_module_compares_too(tmp_path: Path) -> None:
    library = tmp_path / "library.wat"
    text = '(module (func $two (export "two") (result i32) (i32.const 2)))'
    library.write_text(text)
    program = wl.assemble("""(module (func $two (import "lib" "two") (result i32))
      (func (export "_start") (drop (call $two))))""")
    path = tmp_path / "program.wasm"
    path.write_bytes(program.data)
    session = wl.Session(wl.load(path), preload={"lib": wl.load(library)})
    session.run()
    library.write_text(text.replace("i32.const 2", "i32.const 3"))
    found = reload(session, replay=True)
    assert found.replay is not None
    assert found.replay.comparison.tick is not None


def test_host_file_serves_imports_that_are_new(tmp_path: Path) -> None:
    from wasmlab.opening.options import host_imports  # only here

    host = tmp_path / "host.py"
    host.write_text("def one(): pass\ndef two(): pass\n")
    path = tmp_path / "program.wat"
    text = '(module (import "h" "one" (func $f)) (func (export "_start") (call $f)))'
    path.write_text(text)
    module = wl.load(path)
    session = wl.Session(module, imports=host_imports(host, [module]))
    path.write_text(text.replace('"one"', '"two"'))
    reload(session)
    session.run()
    assert [call.name for call in session.host_calls] == ["two"]


def test_module_of_no_file_is_not_reloaded() -> None:
    session = wl.Session(wl.assemble(TEXT))
    assert not changes_on_disk(session)
    with pytest.raises(DebugError, match="not read from a file"):
        reload(session)


def test_recording_is_not_reloaded(tmp_path: Path) -> None:
    session = wl.Session(wl.assemble(TEXT))
    session.run()
    session.save(tmp_path / "run.wlab")
    again = wl.open_recording(tmp_path / "run.wlab")
    assert not changes_on_disk(again)
    with pytest.raises(DebugError, match="not read from a file"):
        reload(again)


def test_another_module_is_given_in_python() -> None:
    session = wl.Session(wl.assemble(TEXT))
    session.break_at("$leaf")
    session.break_at("$other")
    session.restart(module=wl.assemble(MOVED.replace("$other", "$elsewhere")))
    assert places(session)[1] == "$leaf"
    assert session.run().breakpoint in {1, 2}


def test_reload_of_a_large_module_can_be_stopped_while_it_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "program.wat"
    path.write_text('(module (func (export "f") (nop)))')
    session = wl.Session(wl.load(path))

    def refuse(_tool: tools.Tool, _args: object, _data: bytes) -> int:
        session.pause()
        return 1

    monkeypatch.setattr(tools, "status", refuse)
    path.write_text(f"(module {'(func (drop (i32.const 7)) (nop) (nop) (nop))' * 2000})")
    with pytest.raises(Interrupted):
        reload(session)
    assert session.views.progress.total is None
    assert session.module.functions[0].name == "f"
