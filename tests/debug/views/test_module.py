from __future__ import annotations

import wasmlab as wl
from wasmlab.debug.views.module import first_offset, memory_regions, module_items

TEXT = """
(module
  (import "m" "f" (func $f (param i32)))
  (memory 2 4)
  (table 3 funcref)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (global (export "__heap_base") i32 (i32.const 2048))
  (global (export "__data_end") i32 (i32.const 512))
  (data (i32.const 256) "some\\1b text")
  (data "later")
  (func $push (export "push")
    (global.set $__stack_pointer (i32.sub (global.get $__stack_pointer) (i32.const 16)))))
"""


def test_module_items_name_everything_by_section() -> None:
    found = {(i.section, i.index): i for i in module_items(wl.assemble(TEXT))}
    assert found["imports", 0].text == "m.f  [i32] -> []"
    assert found["functions", 1].text.startswith("$push  [] -> []")
    assert found["exports", 2].func == 1
    assert found["memories", 0].text == "2 to 4 pages"
    assert found["tables", 0].text == "3 func"
    assert found["data", 0].address == 256
    assert found["data", 0].text == '10 bytes  memory 0 from 0x100  "some\\x1b text"'
    assert found["data", 1].address is None
    assert ("custom", 0) in found


def test_first_offset_of_an_import_is_none() -> None:
    module = wl.assemble(TEXT)
    offset = first_offset(module, 1)
    assert first_offset(module, 0) is None
    assert offset is not None
    assert wl.Session(module, stub_imports="trap").source.line_at(offset) == 12


def test_memory_regions_follow_the_stack_pointer() -> None:
    session = wl.Session(wl.assemble(TEXT), stub_imports="trap", invoke="push")
    before = memory_regions(session.module, 131_072, session.globals)
    assert [(r.start, r.end, r.text) for r in before] == [
        (256, 266, "data 0"),
        (266, 512, "bss, up to __data_end"),
        (512, 1024, "C stack, free"),
        (2048, 131_072, "heap, from __heap_base"),
    ]
    session.step(4)
    after = memory_regions(session.module, 131_072, session.globals)
    assert (1008, 1024, "C stack, in use") in [(r.start, r.end, r.text) for r in after]


def test_find_bytes_returns_the_next_address() -> None:
    session = wl.Session(wl.assemble(TEXT), stub_imports="trap")
    assert session.find_bytes(b"text") == 262
    assert session.find_bytes(b"text", 263) is None
    assert session.find_bytes(b"text", 0, memory=1) is None
