"""Copying of pages as LLVM IR: only those that are marked as written and differ."""

from __future__ import annotations

from wasmlab.native.layout import PAGE_SHIFT, SEGMENT_SHIFT

KEEP, PUT = "keep", "put"
_BLOCK = 64
"""Bytes that are compared, and copied, at once."""

PAGE_COPY_IR = f"""
declare i64 @llvm.vector.reduce.or.v8i64(<8 x i64>)

define internal ptr @copy_in(i32 %slot, ptr %segments) alwaysinline {{
  %wide = zext i32 %slot to i64
  %segment = lshr i64 %wide, {SEGMENT_SHIFT}
  %number = and i64 %wide, {(1 << SEGMENT_SHIFT) - 1}
  %at = getelementptr i64, ptr %segments, i64 %segment
  %base = load ptr, ptr %at
  %offset = shl i64 %number, {PAGE_SHIFT}
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
  %more = icmp ult i64 %next, {1 << PAGE_SHIFT}
  br i1 %more, label %block, label %end
end:
  ret i1 %other
}}

define internal void @copy_page(ptr %to, ptr %from) {{
entry:
  br label %block
block:
  %at = phi i64 [ 0, %entry ], [ %next, %block ]
  %source = getelementptr i8, ptr %from, i64 %at
  %target = getelementptr i8, ptr %to, i64 %at
  %words = load <8 x i64>, ptr %source, align 1
  store <8 x i64> %words, ptr %target, align 1
  %next = add i64 %at, {_BLOCK}
  %more = icmp ult i64 %next, {1 << PAGE_SHIFT}
  br i1 %more, label %block, label %end
end:
  ret void
}}

define i64 @{KEEP}(ptr %data, ptr %dirty, ptr %slots, i64 %count, ptr %segments, ptr %free_end) {{
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
  %offset = shl i64 %number, {PAGE_SHIFT}
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
  call void @copy_page(ptr %target, ptr %now)
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

define void @{PUT}(ptr %data, ptr %dirty, ptr %now, ptr %wanted, i64 %count, ptr %segments) {{
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
  %offset = shl i64 %number, {PAGE_SHIFT}
  %target = getelementptr i8, ptr %data, i64 %offset
  %source = call ptr @copy_in(i32 %slot, ptr %segments)
  call void @copy_page(ptr %target, ptr %source)
  br label %next
next:
  %following = add i64 %number, 1
  br label %page
done:
  ret void
}}
"""
