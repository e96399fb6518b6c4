"""A function beside the loop that says whether the processor can run it."""

from __future__ import annotations

SUPPORTED = "supported"
_FEATURES = sum(1 << bit for bit in (0, 9, 13, 19, 20, 23))
"""SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT: those of x86-64-v2 in ECX for leaf 1."""
_MASK = _FEATURES.to_bytes(4, "little")
_CPUID = b"".join((
    b"\x53",              # push rbx
    b"\xb8\1\0\0\0",      # mov eax, 1
    b"\x31\xc9",          # xor ecx, ecx
    b"\x0f\xa2",          # cpuid
    b"\x5b",              # pop rbx
    b"\x81\xe1" + _MASK,  # and ecx, mask
    b"\x31\xc0",          # xor eax, eax
    b"\x81\xf9" + _MASK,  # cmp ecx, mask
    b"\x0f\x94\xc0",      # sete al
    b"\xc3",              # ret
))  # fmt: skip
"""Machine code, as constants: an assembler of LLVM for another machine is not always there."""


def processor_ir(cpu: str) -> str:
    """Return LLVM IR of a function without operands: 1 if code for a processor can run, else 0."""
    if cpu != "x86-64-v2":
        return f"\ndefine i32 @{SUPPORTED}() {{\n  ret i32 1\n}}\n"
    text = "".join(f"\\{byte:02x}" for byte in _CPUID)
    return f'\n@{SUPPORTED} = constant [{len(_CPUID)} x i8] c"{text}", align 16\n'
