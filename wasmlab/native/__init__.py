"""What needs llvmlite: LLVM semantics of the rows become machine code here, and only here."""
