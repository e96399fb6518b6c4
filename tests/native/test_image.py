"""The loop's image: linked, mapped, refused; LLVM is needed to compile it and for nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from llvmlite import binding  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.native.handlers.processor_ir import processor_ir
from wasmlab.native.image.executable import executable
from wasmlab.native.image.image import Image, packed, unpacked
from wasmlab.native.image.linker import linked
from wasmlab.native.image.platforms import PLATFORMS, this_platform
from wasmlab.native.loop import image_file, load_loop

if TYPE_CHECKING:
    from wasmlab.native.handlers.emitter import Ir

_BINDING: Ir = binding
X86, ARM = "x86_64-unknown-linux-elf", "aarch64-unknown-linux-elf"
ANSWER = """
@table = hidden constant [1 x i32] [i32 trunc (i64 sub (
  i64 ptrtoint (ptr @answer to i64), i64 ptrtoint (ptr @table to i64)) to i32)]
define i32 @answer() { ret i32 42 }
"""
COUNTS = """
import sys
from tests.native.stores import assembled, entered
from wasmlab.engine.slices import run_slices
from wasmlab.native import loop
from wasmlab.native.image.image import Image, unpacked
{patch}
assert (type(loop.load_loop().owner).__name__ == "LoadedByLlvm") is {by_llvm}
import tests.native.test_loop as kernels
from wasmlab.opening.inputs import load
from tests.native.stores import agree_at_random_ticks
file, names = next(iter(kernels.KERNELS.items()))
name, args = next(iter(names.items()))
module = load(kernels.BENCH / file)
both = [entered(module, name, args, e, limits=kernels.ROOMY) for e in ("reference", "native")]
agree_at_random_ticks(*both, 1)
"""


def compiled(source: str, triple: str, **options: str) -> bytes:
    _BINDING.initialize_all_targets()
    _BINDING.initialize_all_asmprinters()
    module: Ir = _BINDING.parse_assembly(source)
    module.triple = triple
    machine: Ir = _BINDING.Target.from_triple(triple).create_target_machine(
        **{"reloc": "pic", "codemodel": "small", **options}
    )
    return machine.emit_object(module)


@pytest.mark.parametrize("triple", [platform.triple for platform in PLATFORMS])
def test_table_of_handlers_holds_distances_from_itself(triple: str) -> None:
    image = linked(compiled(ANSWER, triple), ["answer"], "table", ["answer"])
    distance = int.from_bytes(image.code[image.table :][:4], "little", signed=True)
    assert image.table + distance == image.exports["answer"]


def test_reference_to_something_outside_is_refused() -> None:
    source = "declare double @floor(double)\n" + ANSWER.replace(
        "ret i32 42", "%x = call double @floor(double 1.0) %y = fptosi double %x to i32 ret i32 %y"
    )
    with pytest.raises(ValueError, match="outside"):
        linked(compiled(source, X86), ["answer"], "table", [])


def test_symbol_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="question"):
        linked(compiled(ANSWER, X86), ["question"], "table", [])


def test_absolute_address_is_refused() -> None:
    source = ANSWER + "@pointer = constant ptr @answer"
    with pytest.raises(ValueError, match="relocation 1 "):
        linked(compiled(source, X86), ["answer"], "table", [])


def test_address_on_aarch64_is_split_into_page_and_rest() -> None:
    source = ANSWER + "@word = internal constant i64 7\ndefine ptr @where() { ret ptr @word }"
    image = linked(compiled(source, ARM), ["word", "where"], "table", [])
    at, target = image.exports["where"], image.exports["word"]
    adrp, add = (int.from_bytes(image.code[at + i :][:4], "little") for i in (0, 4))
    pages = (adrp >> 29 & 3) | (adrp >> 5 & 0x7_FFFF) << 2
    assert adrp >> 24 & 0x9F == 0x90
    assert add >> 22 == 0x244
    assert ((at >> 12) + pages << 12) + (add >> 10 & 0xFFF) == target


def test_image_is_read_as_it_was_packed() -> None:
    image = Image(b"the code", {"run": 0, "keep": 2}, 0, ("leave", "probe"))
    assert unpacked(packed(image)) == image


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"wlabimg\x01", b"wlabimg\x02" + bytes(30)])
def test_file_that_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no image"):
        unpacked(data)


@pytest.mark.parametrize(
    "damaged",
    [
        Image(b"code", {"run": 5}, 0, ("leave",)),
        Image(b"code", {"run": -1}, 0, ("leave",)),
        Image(b"code", {"run": 0}, 1, ("leave",)),
        Image(b"code", {"run": 0}, 0, ("leave", "probe")),
    ],
)
def test_image_whose_parts_are_outside_is_refused(damaged: Image) -> None:
    with pytest.raises(ValueError, match="not in it"):
        unpacked(packed(damaged))


def test_image_that_is_cut_is_refused() -> None:
    data = packed(Image(b"code" * 100, {"run": 0}, 0, ("leave",)))
    for end in range(len(data) - 10):
        with pytest.raises(ValueError, match=r"."):
            unpacked(data[:end])


def test_processor_is_asked_in_code_of_every_platform() -> None:
    for platform in PLATFORMS:
        source = ANSWER + processor_ir(platform.cpu)
        image = linked(compiled(source, platform.triple), ["supported"], "table", [])
        assert image.exports["supported"] < len(image.code)


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's list of mappings")
def test_code_of_the_loop_is_never_writable() -> None:
    address = executable(b"\xc3" * 5000)
    addresses = [address, *load_loop().handlers.values()]
    found = dict[int, str]()
    for line in Path("/proc/self/maps").read_text("ascii").splitlines():
        start, end, flags = re.match(r"(\w+)-(\w+) (\S+)", line).groups()  # type: ignore[union-attr]
        found.update((a, flags) for a in addresses if int(start, 16) <= a < int(end, 16))
    assert found.keys() == set(addresses)
    assert set(found.values()) == {"r-xp"}


def ended(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


def test_loading_the_loop_imports_no_llvm() -> None:
    platform = this_platform()
    assert platform is not None, "the tests run where images are made for"
    image_file(platform)  # compiled, if need be
    script = "import sys; from wasmlab.native.machine import load_loop; load_loop()"
    ran = ended(f"{script}; sys.exit('llvmlite' in sys.modules)")
    assert ran.returncode == 0, ran.stderr


REFUSED = """
def refuse(code):
    raise OSError("the system gives no executable memory")
loop.executable = refuse
"""
NOT_SUPPORTED = """
def read(data):
    image = unpacked(data)
    at = image.exports["supported"]
    no = bytes.fromhex({no!r})
    return image._replace(code=image.code[:at] + no + image.code[at + len(no):])
loop.unpacked = read
"""
DAMAGED = "loop.image_file = lambda *_, **__: b'wlabimg\\x01' + bytes(100)"
ELSEWHERE = "loop.this_platform = lambda: None"
NO = "00008052c0035fd6" if os.name != "nt" and os.uname().machine != "x86_64" else "31c0c3"
"""The function that returns 0."""


@pytest.mark.parametrize(
    "patch",
    [REFUSED, NOT_SUPPORTED.format(no=NO), ELSEWHERE, DAMAGED],
    ids=["refused", "old", "elsewhere", "damaged"],
)
def test_where_the_image_does_not_fit_llvm_loads_the_loop(patch: str) -> None:
    ran = ended(COUNTS.format(patch=patch, by_llvm=True))
    assert ran.returncode == 0, ran.stderr


def test_where_the_image_fits_it_is_mapped() -> None:
    assert this_platform() is not None, "the tests run where images are made for"
    ran = ended(COUNTS.format(patch="", by_llvm=False))
    assert ran.returncode == 0, ran.stderr
