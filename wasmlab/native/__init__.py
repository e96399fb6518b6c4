"""The native tier: LLVM semantics of the rows become machine code."""
