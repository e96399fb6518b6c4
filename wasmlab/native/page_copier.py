"""Copies of many pages at once: only those that are marked as written and differ."""

from __future__ import annotations

import ctypes
import hashlib
from array import array
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import llvmlite  # pyright: ignore[reportMissingTypeStubs] - it ships no types
from llvmlite import binding  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.native.cache.object_cache import cached
from wasmlab.native.store_rows import address_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.native.handlers.emitter import Ir

_BINDING: Ir = binding
_LEVEL = 2
_PAGE_SHIFT = 12
SEGMENT_SHIFT = 8
"""Slots are numbered through segments of 1 << 8 pages."""
_BLOCK = 64
"""Bytes that are compared at once."""

_SOURCE = f"""
declare i64 @llvm.vector.reduce.or.v8i64(<8 x i64>)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define internal ptr @copy_in(i32 %slot, ptr %segments) alwaysinline {{
  %wide = zext i32 %slot to i64
  %segment = lshr i64 %wide, {SEGMENT_SHIFT}
  %number = and i64 %wide, {(1 << SEGMENT_SHIFT) - 1}
  %at = getelementptr i64, ptr %segments, i64 %segment
  %base = load ptr, ptr %at
  %offset = shl i64 %number, {_PAGE_SHIFT}
  %copy = getelementptr i8, ptr %base, i64 %offset
  ret ptr %copy
}}

define internal i1 @differ(ptr %a, ptr %b) {{
entry:
  br label %block
block:
  %at = phi i64 [ 0, %entry ], [ %next, %same ]
  %in_a = getelementptr i8, ptr %a, i64 %at
  %in_b = getelementptr i8, ptr %b, i64 %at
  %of_a = load <8 x i64>, ptr %in_a, align 1
  %of_b = load <8 x i64>, ptr %in_b, align 1
  %bits = xor <8 x i64> %of_a, %of_b
  %any = call i64 @llvm.vector.reduce.or.v8i64(<8 x i64> %bits)
  %other = icmp ne i64 %any, 0
  br i1 %other, label %end, label %same
same:
  %next = add i64 %at, {_BLOCK}
  %more = icmp ult i64 %next, {1 << _PAGE_SHIFT}
  br i1 %more, label %block, label %end
end:
  ret i1 %other
}}

define i64 @keep(ptr %data, ptr %dirty, ptr %slots, i64 %count, ptr %segments, ptr %free_end) {{
entry:
  br label %page
page:
  %number = phi i64 [ 0, %entry ], [ %following, %next ]
  %free = phi ptr [ %free_end, %entry ], [ %left, %next ]
  %taken = phi i64 [ 0, %entry ], [ %used, %next ]
  %more = icmp ult i64 %number, %count
  br i1 %more, label %look, label %done
look:
  %mark_at = getelementptr i8, ptr %dirty, i64 %number
  %mark = load i8, ptr %mark_at
  %is_marked = icmp ne i8 %mark, 0
  br i1 %is_marked, label %compare, label %next
compare:
  %offset = shl i64 %number, {_PAGE_SHIFT}
  %now = getelementptr i8, ptr %data, i64 %offset
  %slot_at = getelementptr i32, ptr %slots, i64 %number
  %slot = load i32, ptr %slot_at
  %before = call ptr @copy_in(i32 %slot, ptr %segments)
  %other = call i1 @differ(ptr %now, ptr %before)
  br i1 %other, label %copy, label %next
copy:
  %top = getelementptr i32, ptr %free, i64 -1
  %new = load i32, ptr %top
  %target = call ptr @copy_in(i32 %new, ptr %segments)
  call void @llvm.memcpy.p0.p0.i64(ptr %target, ptr %now, i64 {1 << _PAGE_SHIFT}, i1 false)
  store i32 %new, ptr %slot_at
  %one_more = add i64 %taken, 1
  br label %next
next:
  %left = phi ptr [ %free, %look ], [ %free, %compare ], [ %top, %copy ]
  %used = phi i64 [ %taken, %look ], [ %taken, %compare ], [ %one_more, %copy ]
  %following = add i64 %number, 1
  br label %page
done:
  ret i64 %taken
}}

define void @put(ptr %data, ptr %dirty, ptr %now, ptr %wanted, i64 %count, ptr %segments) {{
entry:
  br label %page
page:
  %number = phi i64 [ 0, %entry ], [ %following, %next ]
  %more = icmp ult i64 %number, %count
  br i1 %more, label %look, label %done
look:
  %mark_at = getelementptr i8, ptr %dirty, i64 %number
  %mark = load i8, ptr %mark_at
  %is_marked = icmp ne i8 %mark, 0
  %now_at = getelementptr i32, ptr %now, i64 %number
  %is = load i32, ptr %now_at
  %wanted_at = getelementptr i32, ptr %wanted, i64 %number
  %slot = load i32, ptr %wanted_at
  %other = icmp ne i32 %is, %slot
  %needed = or i1 %is_marked, %other
  br i1 %needed, label %copy, label %next
copy:
  %offset = shl i64 %number, {_PAGE_SHIFT}
  %target = getelementptr i8, ptr %data, i64 %offset
  %source = call ptr @copy_in(i32 %slot, ptr %segments)
  call void @llvm.memcpy.p0.p0.i64(ptr %target, ptr %source, i64 {1 << _PAGE_SHIFT}, i1 false)
  br label %next
next:
  %following = add i64 %number, 1
  br label %page
done:
  ret void
}}
"""


class _Functions(NamedTuple):
    keep: Callable[[int, int, int, int, int, int], int]
    put: Callable[[int, int, int, int, int, int], None]
    engine: object
    """What keeps the code alive."""


@cache
def load_functions() -> _Functions:
    """Return the copying functions, compiled now or taken from the cache of compiled objects."""
    _BINDING.initialize_native_target()
    _BINDING.initialize_native_asmprinter()
    machine = _target_machine()
    module: Ir = _BINDING.parse_assembly(f'target triple = "{machine.triple}"')
    engine: Ir = _BINDING.create_mcjit_compiler(module, machine)
    engine.add_object_file(_BINDING.ObjectFileRef.from_data(cached(_key(), _compiled)))
    engine.finalize_object()
    words = [ctypes.c_uint64] * 6
    keep = ctypes.CFUNCTYPE(ctypes.c_uint64, *words)(engine.get_function_address("keep"))
    put = ctypes.CFUNCTYPE(None, *words)(engine.get_function_address("put"))
    return _Functions(keep, put, engine)


def _target_machine() -> Ir:
    """Return this kind of machine; copying needs nothing that only some of them have."""
    return _BINDING.Target.from_default_triple().create_target_machine(opt=_LEVEL, jit=True)


def _key() -> str:
    llvm = ".".join(map(str, _BINDING.llvm_version_info))
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for part in (llvmlite.__version__, llvm, _BINDING.get_process_triple()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _compiled() -> bytes:
    module: Ir = _BINDING.parse_assembly(_SOURCE)
    module.triple = _BINDING.get_default_triple()
    module.verify()
    return _target_machine().emit_object(module)


class PageCopier:
    """Copies between an arena and segments, which are never moved."""

    def __init__(self, segments: Sequence[object]) -> None:
        self._segments = segments
        self._addresses = array("Q")
        self._functions = load_functions()

    def keep(
        self,
        data: object,
        dirty: object,
        first: int,
        count: int,
        slots: array[int],
        free: array[int],
    ) -> None:
        """Copy marked pages that differ from their slots into free ones, the last free one first.

        Taken slots are no longer free. The marks stay.
        """
        taken = self._functions.keep(
            address_of(data) + (first << _PAGE_SHIFT),
            address_of(dirty) + first,
            slots.buffer_info()[0],
            count,
            self._known(),
            free.buffer_info()[0] + len(free) * free.itemsize,
        )
        del free[len(free) - taken :]

    def put(
        self,
        data: object,
        dirty: object,
        first: int,
        count: int,
        now: array[int],
        wanted: array[int],
    ) -> None:
        """Give pages the contents of the wanted slots where they are marked, or in others now."""
        self._functions.put(
            address_of(data) + (first << _PAGE_SHIFT),
            address_of(dirty) + first,
            now.buffer_info()[0],
            wanted.buffer_info()[0],
            count,
            self._known(),
        )

    def _known(self) -> int:
        """Return where the addresses of all segments are."""
        for segment in self._segments[len(self._addresses) :]:
            self._addresses.append(address_of(segment))
        return self._addresses.buffer_info()[0]
