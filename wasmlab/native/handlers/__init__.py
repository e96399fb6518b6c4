"""Handlers of instructions, written as LLVM IR: one function each, which the loop is made of."""
